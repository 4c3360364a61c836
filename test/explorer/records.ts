import { randomUUID } from 'node:crypto';
import type { StoredRecord } from '../../src/record/record.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';

export type Fields = Partial<Record<keyof StoredRecord, unknown>>;

export const FROM = '2026-11-20T12:00:00Z';
export const TO = '2026-11-20T13:00:00Z';

export const ALICE: Fields = {
  actor_id: 'user-1',
  actor_name: 'alice',
  actor_type: 'user',
  actor_assurance: 'verified',
  source_address: '::ffff:10.1.2.3',
};

/** As ClickHouse takes a time. */
export function at(minute: number): string {
  return new Date(Date.parse(FROM) + minute * 60_000).toISOString().replace('T', ' ').replace('Z', '');
}

/** A request, the statement it caused, and somebody else who was refused. */
export function visit(minute: number, order: string): readonly Fields[] {
  const request = randomUUID();
  return [
    {
      ...ALICE,
      record_id: request,
      request_id: request,
      occurred_at: at(minute),
      category: 'http',
      action: 'update',
      outcome: 'success',
      http_method: 'PATCH',
      http_route: '/orders/:id',
      url_path: `/orders/${order}`,
      http_status: 200,
      target_type: 'route',
    },
    {
      ...ALICE,
      request_id: request,
      occurred_at: at(minute + 0.01),
      category: 'db',
      action: 'update',
      outcome: 'success',
      target_type: 'orders',
      target_id: order,
      target_tables: ['orders'],
      changed_fields: ['paid'],
      old_values: { paid: 'false' },
      new_values: { paid: 'true' },
      db_rows: 1,
      transaction_outcome: 'autocommit',
    },
    {
      occurred_at: at(minute + 0.02),
      category: 'http',
      action: 'read',
      outcome: 'denied',
      actor_id: 'user-2',
      actor_name: 'bob',
      actor_type: 'user',
      actor_assurance: 'claimed',
      http_method: 'GET',
      url_path: '/admin',
      http_status: 403,
    },
  ];
}

/** @returns Their ids, in the same order. */
export async function addRecords(store: TestClickHouse, records: readonly Fields[]): Promise<string[]> {
  const rows = records.map((record) => ({
    record_id: randomUUID(),
    recorded_at: new Date().toISOString().replace('T', ' ').replace('Z', ''),
    service_name: 'shop',
    ...record,
  }));
  await store.client.insert({
    table: 'audit.records',
    values: rows,
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  });
  return rows.map(({ record_id: id }) => String(id));
}

/** So many at once, a microsecond apart. */
export async function addManyRecords(store: TestClickHouse, count: number): Promise<void> {
  await store.client.command({
    query: `INSERT INTO audit.records (record_id, occurred_at, recorded_at, category, action, outcome, actor_id, url_path, error_message)
      SELECT generateUUIDv4(), toDateTime64('2026-11-19 00:00:00', 9, 'UTC') + INTERVAL number MICROSECOND, now64(6),
        'http', 'read', 'success', 'load', '/load', repeat('x', 1000)
      FROM numbers({count: UInt64})`,
    query_params: { count },
    clickhouse_settings: { async_insert: 0 },
  });
}
