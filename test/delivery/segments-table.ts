import type { TestClickHouse } from '../support/clickhouse.ts';

/** As the migration makes it, as far as inserts are concerned; nothing where it is there. */
export async function makeSegmentsTable(store: TestClickHouse): Promise<void> {
  await store.client.command({
    query: `CREATE TABLE IF NOT EXISTS audit.segments
      (seal String, shortfall String, signature String, key_id LowCardinality(String))
      ENGINE = MergeTree ORDER BY tuple() SETTINGS non_replicated_deduplication_window = 100000`,
  });
}
