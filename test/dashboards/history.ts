import { randomUUID } from 'node:crypto';
import type { StoredRecord } from '../../src/record/record.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';

type Fields = Partial<Record<keyof StoredRecord, unknown>>;

export const FROM = new Date('2026-11-20T12:00:00Z');
export const TO = new Date('2026-11-20T13:00:00Z');

/** Names himself so that a quote with a careless backslash would end the string he stands in. */
export const SNEAKY = `\\') OR 1 = 1 -- ,$&`;

const by = (id: string, name: string): Fields => ({
  actor_id: id,
  actor_name: name,
  actor_type: 'user',
  actor_assurance: 'verified',
  source_address: '::ffff:10.1.2.3',
  session_id: `session-${id}`,
});
const ALICE = by('user-1', 'alice');
const BOB = by('user-2', 'bob');

const request = (method: string, path: string, status: number, outcome: string): Fields => ({
  category: 'http',
  action: method === 'GET' ? 'read' : 'create',
  http_method: method,
  url_path: path,
  http_status: status,
  outcome,
  target_type: 'route',
});
const statement = (action: string, table: string, rows: number, fields: Fields): Fields => ({
  category: 'db',
  action,
  outcome: 'success',
  target_type: table,
  db_rows: rows,
  transaction_outcome: 'autocommit',
  http_method: 'POST',
  http_route: '/work',
  ...fields,
});

/** Of an hour, with a little in the hour before; what happened is told by the tests that count it. */
export async function addHistory(store: TestClickHouse): Promise<void> {
  const late = randomUUID();
  const records: Fields[] = [
    { ...at(-30), ...ALICE, ...request('GET', '/before', 200, 'success') },
    { ...at(-20), ...ALICE, ...request('GET', '/before', 200, 'success') },
    { ...at(1), ...ALICE, ...request('GET', '/orders', 200, 'success') },
    { ...at(2), ...ALICE, ...statement('update', 'orders', 1, { target_id: '7' }) },
    { ...at(3), ...ALICE, ...statement('delete', 'orders', 4, { target_ids: ['1', '2', '3', '4'] }) },
    { ...at(4), ...BOB, ...request('GET', '/admin', 403, 'denied') },
    {
      ...at(5),
      ...BOB,
      ...statement('create', 'payments', 1, {
        transaction_outcome: 'rolled_back',
        transaction_id: randomUUID(),
      }),
    },
    {
      ...at(6),
      ...BOB,
      ...statement('delete', 'items', 2, { transaction_outcome: 'unknown', transaction_id: late }),
    },
    {
      ...at(7),
      ...BOB,
      category: 'transaction',
      action: 'rollback',
      outcome: 'success',
      transaction_id: late,
    },
    {
      ...at(8),
      ...BOB,
      ...statement('create', 'orders', 0, {
        outcome: 'failure',
        error_type: '23505',
        error_message: 'duplicate key',
      }),
    },
    {
      ...at(9),
      actor_type: 'system',
      actor_id: 'shop',
      actor_name: 'shop',
      ...statement('delete', 'orders', 9, { http_method: '', http_route: '' }),
    },
    { ...at(10), actor_type: 'anonymous', ...request('GET', '/nowhere', 404, 'failure'), environment: '' },
    // Somebody with a token that bears bob's identifier and is not signed by the issuer.
    {
      ...at(12),
      ...by('user-2', 'not bob'),
      actor_assurance: 'invalid',
      ...request('GET', '/orders', 401, 'denied'),
    },
    {
      ...at(11),
      ...by(SNEAKY, 'mallory'),
      actor_assurance: 'claimed',
      ...request('GET', '/orders', 401, 'denied'),
    },
  ];
  await store.client.insert({
    table: 'audit.records',
    values: records.map((record) => ({
      record_id: randomUUID(),
      service_name: 'shop',
      environment: 'test',
      ...record,
    })),
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  });
}

function at(minute: number): Fields {
  const time = new Date(FROM.getTime() + minute * 60_000);
  return { occurred_at: time.toISOString().replace('T', ' ').replace('Z', '') };
}
