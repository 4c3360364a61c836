import { readFileSync } from 'node:fs';
import { ATTESTATION_LIST, FINGERPRINT_ATTRIBUTES, INTEGRITY_OBJECTS } from './record-integrity.ts';

/** An attribute as OCSF publishes it. */
export interface Attribute {
  readonly type: string;
  readonly object_type?: string;
  readonly is_array?: boolean;
  readonly requirement: string;
  /** Only where one of these is applied. */
  readonly profiles?: readonly string[];
  /** The attribute that says in words what this one says in a number. */
  readonly sibling?: string;
  readonly enum?: Readonly<Record<string, string>>;
  readonly deprecated?: boolean;
}

/** A class or an object. */
export interface Entry {
  readonly uid?: number;
  readonly caption?: string;
  readonly category_uid?: number;
  readonly category_name?: string;
  readonly profiles?: readonly string[];
  readonly constraints?: { readonly at_least_one?: readonly string[]; readonly just_one?: readonly string[] };
  readonly attributes: Readonly<Record<string, Attribute>>;
}

interface Type {
  readonly type?: string;
  readonly regex?: string;
  readonly range?: readonly [number, number];
  readonly max_len?: number;
}

interface Schema {
  readonly types: Readonly<Record<string, Type>>;
  readonly classes: Readonly<Record<string, Entry>>;
  readonly objects: Readonly<Record<string, Entry>>;
}

type Members = Readonly<Record<string, unknown>>;

const OTHER = '99';
const { types, classes, objects } = readPublished();

function readPublished(): Schema {
  const file = new URL('./published/ocsf-1.8.0.json', import.meta.url);
  const schema = JSON.parse(readFileSync(file, 'utf8')) as Schema;
  const fingerprint = schema.objects['fingerprint'] as Entry;
  return {
    ...schema,
    objects: {
      ...schema.objects,
      ...INTEGRITY_OBJECTS,
      fingerprint: {
        ...fingerprint,
        attributes: { ...fingerprint.attributes, ...FINGERPRINT_ATTRIBUTES },
      },
    },
  };
}

/** What is wrong with an event by the schema of OCSF; nothing where it keeps to it. */
export function problemsOfOcsf(event: Members): string[] {
  const found = Object.values(classes).find(({ uid }) => uid === event['class_uid']);
  if (found === undefined) return [`class_uid: ${String(event['class_uid'])} is no class that is known here`];
  const metadata = event['metadata'] as Members;
  const applied = (metadata['profiles'] ?? []) as readonly string[];
  const known = new Set([...(found.profiles ?? []), 'record_integrity']);
  const attributes = { ...found.attributes, attestation_list: ATTESTATION_LIST };
  return [
    ...differs('metadata.version', metadata['version'], '1.9.0'),
    ...differs('class_name', event['class_name'], found.caption),
    ...differs('category_uid', event['category_uid'], found.category_uid),
    ...differs('category_name', event['category_name'], found.category_name),
    ...applied.filter((name) => !known.has(name)).map((name) => `metadata.profiles: ${name} is not for it`),
    ...problemsOfEntry('', event, { ...found, attributes }, applied),
  ];
}

function problemsOfEntry(path: string, value: Members, entry: Entry, applied: readonly string[]): string[] {
  const names = Object.keys(value);
  const isApplied = ({ profiles }: Attribute): boolean =>
    profiles?.some((name) => applied.includes(name)) ?? true;
  const missing = Object.entries(entry.attributes)
    .filter(([, attribute]) => attribute.requirement === 'required' && isApplied(attribute))
    .filter(([name]) => value[name] === undefined)
    .map(([name]) => `${path}${name} is required`);
  const { at_least_one = names, just_one = [] } = entry.constraints ?? {};
  if (at_least_one.length > 0 && !at_least_one.some((name) => names.includes(name)))
    missing.push(`${path} has none of ${at_least_one.join(', ')}`);
  if (just_one.length > 0 && just_one.filter((name) => names.includes(name)).length !== 1)
    missing.push(`${path} has not just one of ${just_one.join(', ')}`);
  return [
    ...missing,
    ...names.flatMap((name) => {
      const attribute = entry.attributes[name];
      if (attribute === undefined || !isApplied(attribute))
        return [`${path}${name} is not an attribute of it`];
      if (attribute.deprecated === true) return [`${path}${name} is deprecated`];
      return [
        ...problemsOfValue(`${path}${name}`, value[name], attribute, applied),
        ...problemsOfSibling(`${path}${name}`, value[name], attribute, value),
      ];
    }),
  ];
}

function problemsOfValue(
  path: string,
  value: unknown,
  attribute: Attribute,
  applied: readonly string[],
): string[] {
  if (attribute.is_array === true) {
    if (!Array.isArray(value) || value.length === 0) return [`${path} is no list of something`];
    const { is_array: _, ...one } = attribute;
    return value.flatMap((item, index) => problemsOfValue(`${path}[${index}]`, item, one, applied));
  }
  if (attribute.enum !== undefined && !(String(value) in attribute.enum))
    return [`${path}: ${String(value)} is not in its list`];
  if (attribute.type !== 'object_t') return problemsOfType(path, value, attribute.type);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is no object`];
  if (attribute.object_type === 'object') return [];
  const entry = objects[attribute.object_type ?? ''];
  return entry === undefined
    ? [`${path}: ${attribute.object_type ?? ''} is no object that is known here`]
    : problemsOfEntry(`${path}.`, value as Members, entry, applied);
}

function problemsOfType(path: string, value: unknown, name: string): string[] {
  const { type = name, regex, range, max_len = Infinity } = types[name] ?? {};
  if (type === 'json_t') return [];
  if (type === 'boolean_t') return typeof value === 'boolean' ? [] : [`${path} is not true or false`];
  if (type === 'integer_t' || type === 'long_t') {
    if (!Number.isInteger(value)) return [`${path} is no whole number`];
    const [least, most] = range ?? [-Infinity, Infinity];
    return (value as number) >= least && (value as number) <= most
      ? []
      : [`${path}: ${String(value)} is out of range`];
  }
  if (type !== 'string_t') return [`${path}: ${type} is no type that is known here`];
  if (typeof value !== 'string' || value === '') return [`${path} is no text`];
  if (regex !== undefined && !new RegExp(regex).test(value)) return [`${path}: ${value} is no ${name}`];
  return value.length <= max_len ? [] : [`${path} is longer than ${max_len}`];
}

/** A number and its words say the same; what is not in the list has words of its own. */
function problemsOfSibling(path: string, value: unknown, attribute: Attribute, beside: Members): string[] {
  if (attribute.sibling === undefined || attribute.enum === undefined) return [];
  const words = beside[attribute.sibling];
  const caption = attribute.enum[String(value)];
  if (String(value) === OTHER)
    return words === undefined ? [`${path}: ${attribute.sibling} must say which`] : [];
  return words === undefined ? [] : differs(attribute.sibling, words, caption);
}

function differs(path: string, found: unknown, expected: unknown): string[] {
  return found === expected ? [] : [`${path}: ${String(found)} is not ${String(expected)}`];
}
