import { expect, test, vi } from 'vitest';
import { createAsk } from '../../src/search/ask.ts';
import { createStoreClient } from '../../src/store/client.ts';
import { useClickHouse } from '../support/clickhouse.ts';

const store = useClickHouse();

test('the store stops computing what nobody waits for any longer', { timeout: 60_000 }, async () => {
  const ask = createAsk(createStoreClient(store().config('audit_reader')), 'audit');
  const controller = new AbortController();
  const endless = 'SELECT count() AS endless FROM numbers(1000000000000) WHERE sipHash64(number) = 0';
  const answer = ask(endless, {}, controller.signal);
  const running = async (): Promise<unknown[]> =>
    await store().query(
      "SELECT query_id FROM system.processes WHERE query LIKE 'SELECT count() AS endless%'",
    );
  await vi.waitFor(async () => expect(await running()).toHaveLength(1), { timeout: 20_000 });

  controller.abort(new Error('gone'));

  await expect(answer).rejects.toThrow('gone');
  await vi.waitFor(async () => expect(await running()).toEqual([]), { timeout: 30_000 });
});
