import { randomUUID } from 'node:crypto';
import type { StoredRecord } from '../../src/record/record.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';

type Fields = Partial<Record<keyof StoredRecord, unknown>>;

/** Adds records; what is not given is left to the column's default. */
export async function addRecords(store: TestClickHouse, records: readonly Fields[]): Promise<void> {
  await store.client.insert({
    table: 'audit.records',
    values: records.map((record) => ({ record_id: randomUUID(), ...record })),
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  });
}
