/**
 * The fields of the Elastic Common Schema 9 that `audit.ecs` uses, written by hand from its field reference: types, allowed values
 * of the categorisation fields, and nothing beside them but the namespace of our own.
 */
type Schema = Readonly<Record<string, unknown>>;

const keyword: Schema = { type: 'string', minLength: 1 };
const long: Schema = { type: 'integer' };
const date: Schema = { type: 'string', format: 'date-time' };
const address: Schema = { type: 'string', anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] };

function fields(properties: Readonly<Record<string, Schema>>, ...required: readonly string[]): Schema {
  return { type: 'object', properties, required, additionalProperties: false, minProperties: 1 };
}

function listOf(items: Schema): Schema {
  return { type: 'array', items, minItems: 1, uniqueItems: true };
}

const CATEGORIES = [
  ['api', 'authentication', 'configuration', 'database', 'driver', 'email', 'file', 'host', 'iam'],
  ['intrusion_detection', 'library', 'malware', 'network', 'package', 'process', 'registry', 'session'],
  ['threat', 'vulnerability', 'web'],
].flat();

const TYPES = [
  ['access', 'admin', 'allowed', 'change', 'connection', 'creation', 'deletion', 'denied', 'device', 'end'],
  ['error', 'group', 'indicator', 'info', 'installation', 'protocol', 'start', 'user'],
].flat();

/** Which types the reference expects of the categories that we use. */
export const EXPECTED_TYPES: Readonly<Record<string, readonly string[]>> = {
  api: [
    'access',
    'admin',
    'allowed',
    'change',
    'creation',
    'deletion',
    'denied',
    'end',
    'info',
    'start',
    'user',
  ],
  authentication: ['start', 'end', 'info'],
  database: ['access', 'change', 'info', 'error'],
  web: ['access', 'error', 'info'],
};

const body = fields({ bytes: long, content: keyword });

export const ECS_SCHEMA: Schema = fields(
  {
    '@timestamp': date,
    ecs: fields({ version: { type: 'string', pattern: '^9\\.' } }, 'version'),
    message: keyword,
    event: fields(
      {
        id: keyword,
        kind: {
          enum: ['alert', 'asset', 'enrichment', 'event', 'metric', 'state', 'pipeline_error', 'signal'],
        },
        category: listOf({ enum: CATEGORIES }),
        type: listOf({ enum: TYPES }),
        outcome: { enum: ['failure', 'success', 'unknown'] },
        action: keyword,
        module: keyword,
        dataset: keyword,
        provider: keyword,
        code: keyword,
        reason: keyword,
        created: date,
        ingested: date,
        start: date,
        end: date,
        duration: long,
        sequence: long,
      },
      'id',
      'kind',
      'type',
      'outcome',
    ),
    log: fields({ level: keyword }),
    user: fields({
      id: keyword,
      name: keyword,
      roles: listOf(keyword),
      effective: fields({ id: keyword, name: keyword, roles: listOf(keyword) }),
    }),
    organization: fields({ id: keyword }),
    source: fields({ address: keyword, ip: address, port: long }),
    http: fields({
      request: fields({ method: keyword, id: keyword, body }),
      response: fields({ status_code: long, body }),
    }),
    url: fields({ path: keyword, query: keyword, original: keyword }),
    user_agent: fields({ original: keyword }),
    service: fields({
      name: keyword,
      version: keyword,
      environment: keyword,
      node: fields({ name: keyword }),
    }),
    host: fields({ hostname: keyword, name: keyword }),
    process: fields({ pid: long }),
    trace: fields({ id: keyword }),
    span: fields({ id: keyword }),
    error: fields({ code: keyword, message: keyword }),
    related: fields({ user: listOf(keyword), ip: listOf(address) }),
    // A field set of our own, as the guidelines for custom fields ask for.
    audit_register: { type: 'object' },
  },
  '@timestamp',
  'ecs',
  'event',
);
