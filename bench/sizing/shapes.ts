import { createHash, randomBytes } from 'node:crypto';
import { createBlankRecord } from '../../dist/pipeline/blank-record.js';
import { SCHEMA_VERSION } from '../../dist/record/columns.js';
import type { StoredRecord } from '../../dist/record/record.js';
import { uuidV7 } from '../../dist/record/uuid.js';

/** What records may be like, and so what a row costs. Ids of others are random, as they are in life: they are what does not compress. */
export interface Shape {
  readonly name: string;
  readonly what: string;
  readonly record: (row: number) => Partial<StoredRecord>;
}

const TENANTS = 200;
const USERS = 20_000;
const ROUTES = 60;
const START = Date.UTC(2026, 9, 1);
/** Of one service, between two records. */
const STEP_MICROS = 700;

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
const pick = (of: number): number => Math.floor(Math.random() * of);
const digest = (value: number): string => createHash('md5').update(String(value)).digest('hex');

function actor(): Partial<StoredRecord> {
  const user = pick(USERS);
  return {
    actor_type: 'user',
    actor_id: `auth0|${digest(user).slice(0, 24)}`,
    actor_name: `user${user}@example.com`,
    actor_roles: user % 20 === 0 ? ['admin', 'support'] : ['customer'],
    actor_assurance: 'verified',
    auth_method: 'jwt',
    auth_issuer: 'https://login.example.com/',
    tenant_id: `tenant-${user % TENANTS}`,
    session_id: digest(user + pick(3)),
    source_address: `::ffff:10.${user % 250}.${pick(250)}.${pick(250)}`,
    source_port: 1024 + pick(60_000),
    user_agent: `Mozilla/5.0 (X11; Linux x86_64; rv:${100 + (user % 40)}.0) Gecko/20100101 Firefox/${100 + (user % 40)}.0`,
  };
}

function request(row: number): Partial<StoredRecord> {
  const id = uuidV7();
  const route = pick(ROUTES);
  return {
    ...actor(),
    category: 'http',
    action: row % 3 === 0 ? 'create' : 'read',
    outcome: 'success',
    policy_level: 'metadata',
    policy_rule: 'default',
    record_id: id,
    request_id: id,
    trace_id: hex(16),
    span_id: hex(8),
    correlation_id: id,
    duration_us: 500 + pick(90_000),
    target_type: 'route',
    target_id: `/api/v1/resource${route}/:id`,
    http_method: row % 3 === 0 ? 'POST' : 'GET',
    http_route: `/api/v1/resource${route}/:id`,
    url_path: `/api/v1/resource${route}/${pick(1_000_000)}`,
    http_status: 200,
    response_size: 200 + pick(4_000),
  };
}

function write(row: number): Partial<StoredRecord> {
  const table = pick(30);
  const id = String(pick(5_000_000));
  return {
    ...actor(),
    category: 'db',
    action: 'update',
    outcome: 'success',
    policy_level: 'request',
    policy_rule: 'writes',
    record_id: uuidV7(),
    request_id: uuidV7(),
    trace_id: hex(16),
    span_id: hex(8),
    parent_span_id: hex(8),
    correlation_id: uuidV7(),
    duration_us: 200 + pick(20_000),
    target_type: `shop.table${table}`,
    target_id: id,
    target_ids: [id],
    target_tables: [`shop.table${table}`],
    changed_fields: ['status', 'note', 'updated_at'],
    new_values: {
      status: 'paid',
      note: `seen by desk ${pick(900)}`,
      updated_at: new Date(START + row).toISOString(),
    },
    db_system: 'postgresql',
    db_namespace: 'shop',
    db_statement: `UPDATE shop.table${table} SET status = ?, note = ?, updated_at = ? WHERE id = ?`,
    db_parameters: ['paid', `seen by desk ${pick(900)}`, new Date(START + row).toISOString(), id],
    db_rows: 1,
    db_backend_pid: 1000 + pick(50),
    transaction_id: uuidV7(),
    transaction_outcome: 'committed',
    http_method: 'POST',
    http_route: `/api/v1/resource${table}/:id`,
    url_path: `/api/v1/resource${table}/${id}`,
    attributes: { 'audit.transaction.position': String(row % 4) },
  };
}

function body(row: number): string {
  const lines = Array.from({ length: 12 }, () => ({
    sku: hex(6),
    count: pick(9),
    price: pick(90_000) / 100,
  }));
  return JSON.stringify({ order: pick(1_000_000), note: `line ${row} ${hex(20)}`, lines });
}

export const SHAPES: readonly Shape[] = [
  { name: 'request', what: 'a request, level `metadata`', record: request },
  {
    name: 'write',
    what: 'an UPDATE of one row with three new values and its parameters, level `request`',
    record: write,
  },
  {
    name: 'mixed',
    what: 'one request and two writes of it, in turn',
    record: (row) => (row % 3 === 0 ? request(row) : write(row)),
  },
  {
    name: 'bodies',
    what: 'a request with the JSON of its bodies, 1 KB each, level `request_response`',
    record: (row) => ({
      ...request(row),
      policy_level: 'request_response',
      request_body: body(row),
      response_body: body(row),
    }),
  },
];

const blank = createBlankRecord({
  name: 'shop',
  version: '4.11.2',
  instance: 'shop-7d9f',
  environment: 'production',
});

/** A row of a shape at its place in the chain. */
export function rowOf(shape: Shape, row: number, chain: string, segment: string): StoredRecord {
  const at = BigInt(START) * 1_000n + BigInt(row * STEP_MICROS);
  return {
    ...blank(),
    ...shape.record(row),
    occurred_at: at * 1_000n + BigInt(pick(1_000)),
    recorded_at: at + 900n,
    chain_id: chain,
    sequence: row + 1,
    segment_id: segment,
    schema_version: SCHEMA_VERSION,
  } as StoredRecord;
}
