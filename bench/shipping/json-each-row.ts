import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { jsonRowOf, makeBatches } from './batches.ts';
import type { ShippingTask } from './variants.ts';
import type { Way } from './ways.ts';

const BATCHES_AT_ONCE = 2;

/** What makes ours fast or slow on the server holds for both, so that senders are compared. */
const SETTINGS = {
  async_insert: 0,
  wait_end_of_query: 1,
  max_insert_block_size: '1000000',
  min_insert_block_size_rows: '1000000',
  min_insert_block_size_bytes: '0',
  materialize_skip_indexes_on_insert: 0,
} as const;

/** Objects into the same table by the usual client: no compression, which on loopback is the fastest. */
export async function jsonEachRow({ url, batches, rowsOfBatch }: ShippingTask): Promise<Way> {
  const log = { level: ClickHouseLogLevel.OFF };
  const client = createClient({ url, log, max_open_connections: BATCHES_AT_ONCE });
  const records = makeBatches(batches, rowsOfBatch);
  const chain = records[0]?.[0]?.chain_id ?? '';
  const rows = records.map((batch) => batch.map(jsonRowOf));
  const insert = async (values: object[]): Promise<void> => {
    await client.insert({
      table: 'audit.records',
      values,
      format: 'JSONEachRow',
      clickhouse_settings: { ...SETTINGS, insert_deduplication_token: `${chain}/${rows.indexOf(values)}` },
    });
  };
  return {
    chain,
    async run() {
      const left = rows.values();
      const sender = async (): Promise<void> => {
        for (const values of left) await insert(values);
      };
      await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, sender));
    },
    close: () => client.close(),
  };
}
