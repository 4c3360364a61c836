import { expect, test, vi } from 'vitest';
import { createAsk } from '../../src/search/ask.ts';
import { createStoreClient } from '../../src/store/client.ts';
import { useClickHouse } from '../support/clickhouse.ts';

const store = useClickHouse();

test('the store stops computing what nobody waits for any longer', { timeout: 60_000 }, async () => {
  const ask = createAsk(createStoreClient(store().config('audit_reader')), 'audit');
  const controller = new AbortController();
  // Thirty parts, each of which takes two seconds of sleep.
  await store().client.command({
    query:
      'INSERT INTO audit.records (record_id, occurred_at) SELECT generateUUIDv4(), now64(9) FROM numbers(60000)',
    clickhouse_settings: {
      max_block_size: '2000',
      min_insert_block_size_rows: '2000',
      max_insert_threads: '1',
    },
  });
  const sleep = 'SELECT count() AS endless FROM audit.records WHERE sleepEachRow(0.001) = 0';
  const answer = ask(sleep, {}, controller.signal);
  const running = async (): Promise<unknown[]> =>
    await store().query(
      "SELECT query_id FROM system.processes WHERE query LIKE 'SELECT count() AS endless%'",
    );
  await vi.waitFor(async () => expect(await running()).toHaveLength(1), { timeout: 20_000 });

  controller.abort(new Error('gone'));

  await expect(answer).rejects.toThrow('gone');
  await vi.waitFor(async () => expect(await running()).toEqual([]), { timeout: 30_000 });
});
