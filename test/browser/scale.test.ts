import { beforeAll, describe, expect, test } from 'vitest';
import { useExplorer } from './support/explorer.ts';
import { total } from './support/rows.ts';

const { store, explorer, read } = useExplorer();
const RECORDS = 1_000_000;

beforeAll(async () => {
  // A million in an hour, made by the engine itself.
  await store().client.command({
    query: `INSERT INTO audit.records (record_id, occurred_at, recorded_at, category, action, outcome, actor_type, actor_id, actor_name, actor_assurance,
        http_method, http_route, url_path, http_status, target_type, target_id, trace_id)
      SELECT generateUUIDv7(), toDateTime64('2026-11-20 12:00:00', 9, 'UTC') + INTERVAL number * 3600 MICROSECOND, now64(6),
        'http', 'read', if(number % 50 = 0, 'denied', 'success'), 'user', concat('user-', toString(number % 1000)), '', 'verified',
        'GET', '/orders/:id', concat('/orders/', toString(number)), 200, 'route', '/orders/:id', lower(hex(number))
      FROM numbers({count:UInt64})`,
    query_params: { count: RECORDS },
  });
});

/** Rows that the engine has read for anybody since it began. */
async function rowsRead(): Promise<number> {
  const rows = await store().query<{ value: string }>(
    "SELECT toString(value) AS value FROM system.events WHERE event = 'SelectedRows'",
  );
  return Number(rows[0]?.value ?? 0);
}

interface Page {
  readonly records: readonly { readonly record: { readonly record_id: string } }[];
  readonly next?: string;
}

/** As the page asks for it. */
async function ask(search: string, after: string): Promise<Page> {
  const { origin, searchParams } = new URL(explorer().url);
  const query = new URLSearchParams({
    search,
    from: '2026-11-20T12:00:00Z',
    to: '2026-11-20T13:00:00Z',
    limit: '100',
    after,
  });
  const answer = await fetch(`${origin}/api/records?${query}`, {
    headers: { Authorization: `Bearer ${searchParams.get('token')}` },
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Page;
}

describe('with a million records in an hour', () => {
  test.each([
    ['everything', '', 1.2, 0.1],
    ['one in fifty', 'outcome:denied', 3.5, 1.2],
    ['one person, late names included', 'actor:user-7', 8, 4],
  ])('no page of %s makes the engine read them again and again', async (_, search, mostFirst, mostNext) => {
    const seen = new Set<string>();
    const costs: { rows: number; millis: number }[] = [];
    let after = '';
    for (let number = 0; number < 6; number++) {
      const [before, began] = [await rowsRead(), performance.now()];
      const page = await ask(search, after);
      costs.push({ rows: (await rowsRead()) - before, millis: Math.round(performance.now() - began) });
      for (const { record } of page.records) seen.add(record.record_id);
      after = page.next ?? '';
    }
    console.log(
      `pages of ${search || 'everything'}: ${costs.map(({ rows, millis }) => `${rows} rows, ${millis} ms`).join('; ')}`,
    );
    expect(seen.size).toBe(600);
    const [first = Infinity, ...next] = costs.map(({ rows }) => rows / RECORDS);
    expect(first).toBeLessThan(mostFirst);
    expect(Math.max(...next)).toBeLessThan(mostNext);
  });

  test('the page shows them, counts them, and goes on', async () => {
    const { page } = await read('/?from=2026-11-20T12:00:00Z&to=2026-11-20T13:00:00Z');
    await page.locator('.rows .row').first().waitFor();
    const height = (): Promise<number> => page.locator('.rows').evaluate((box) => box.clientHeight);
    const first = await height();
    await page.getByRole('grid').evaluate((box) => box.scrollTo(0, box.scrollHeight));
    await expect.poll(height).toBeGreaterThan(first);
    await expect.poll(() => total(page)).toBe(RECORDS);
  });
});
