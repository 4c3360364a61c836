/**
 * Makes test/siem/published/*.json of the schemas that OCSF and Elastic publish, without their prose:
 *
 *     node scripts/reduce-siem-schemas.mjs <ocsf 1.8.0.json> <folder of @elastic/ecs>
 *
 * Where they come from is in test/siem/published/README.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const CLASSES = ['api_activity', 'application_error', 'authentication', 'datastore_activity'];
/** What events of these classes are made of here; a test that meets another object fails. */
const OBJECTS = [
  'actor',
  'api',
  'database',
  'fingerprint',
  'http_request',
  'http_response',
  'metadata',
  'network_endpoint',
  'object',
  'product',
  'query_info',
  'request',
  'resource_details',
  'response',
  'service',
  'session',
  'table',
  'url',
  'user',
];

const [ocsfFile, ecsFolder] = process.argv.slice(2);
if (ocsfFile === undefined || ecsFolder === undefined)
  throw new Error('Give the file of OCSF and the folder of @elastic/ecs.');
write('ocsf-1.8.0', reduceOcsf(JSON.parse(readFileSync(ocsfFile, 'utf8'))));
write('ecs-9.4.0', reduceEcs(createRequire(import.meta.url)(resolve(ecsFolder))));

function reduceOcsf({ version, classes, objects, dictionary }) {
  return {
    version,
    types: mapValues(dictionary.types.attributes, ({ type, regex, range, max_len }) => ({
      type,
      regex,
      range,
      max_len,
    })),
    classes: mapValues(pick(classes, CLASSES), reduceOcsfEntry),
    objects: mapValues(pick(objects, OBJECTS), reduceOcsfEntry),
  };
}

function reduceOcsfEntry({ uid, caption, category_uid, category_name, profiles, constraints, attributes }) {
  return {
    ...(uid !== undefined && { uid, caption, category_uid, category_name, profiles }),
    constraints,
    attributes: mapValues(attributes, (attribute) => ({
      type: attribute.type,
      object_type: attribute.object_type,
      is_array: attribute.is_array,
      requirement: attribute.requirement,
      profiles: attribute.profiles,
      sibling: attribute.sibling,
      enum: attribute.enum && mapValues(attribute.enum, ({ caption }) => caption),
      deprecated: attribute['@deprecated'] && true,
    })),
  };
}

function reduceEcs({ EcsVersion, EcsFlat }) {
  return {
    version: EcsVersion,
    fields: mapValues(EcsFlat, ({ type, normalize, allowed_values }) => ({
      type,
      is_array: normalize.includes('array') || undefined,
      allowed:
        allowed_values &&
        Object.fromEntries(allowed_values.map((value) => [value.name, value.expected_event_types ?? []])),
    })),
  };
}

function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
}

function pick(object, names) {
  return Object.fromEntries(names.map((name) => [name, object[name]]));
}

function write(name, schema) {
  const file = new URL(`../test/siem/published/${name}.json`, import.meta.url);
  const { version, ...parts } = schema;
  const lines = Object.entries(parts).map(
    ([part, entries]) => `${JSON.stringify(part)}: ${lineEach(entries)}`,
  );
  writeFileSync(file, `{"version": ${JSON.stringify(version)},\n${lines.join(',\n')}}\n`);
}

function lineEach(entries) {
  const lines = Object.entries(entries).map(
    ([name, entry]) => `${JSON.stringify(name)}: ${JSON.stringify(entry)}`,
  );
  return `{\n${lines.join(',\n')}}`;
}
