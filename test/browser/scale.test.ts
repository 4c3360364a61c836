import { beforeAll, describe, expect, test } from 'vitest';
import { useExplorer } from './support/explorer.ts';
import { total } from './support/rows.ts';

const { store, read } = useExplorer();
const RECORDS = 1_000_000;
/** A page of 100 may make the engine read some granules of 8192 rows, never the register. */
const MOST_READ = 100_000;

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

interface Logged {
  readonly millis: number;
  readonly rows: number;
}

/** What the engine says that it read for the pages of the list since then. */
async function pagesSince(since: string): Promise<Logged[]> {
  await store().client.command({ query: 'SYSTEM FLUSH LOGS' });
  return store().query<Logged>(
    `SELECT toUInt32(query_duration_ms) AS millis, toUInt64(read_rows) AS rows FROM system.query_log
     WHERE type = 'QueryFinish' AND user = 'audit_reader' AND query LIKE '%LIMIT {limit:UInt32}%' AND event_time_microseconds > {since:DateTime64(6)}`,
    { since },
  );
}

describe('with a million records in an hour', () => {
  test.each([
    ['everything', ''],
    ['one in fifty', '&search=outcome:denied'],
  ])('each page of %s costs the engine a bounded part of them', async (_, search) => {
    const [{ now } = { now: '' }] = await store().query<{ now: string }>('SELECT toString(now64(6)) AS now');
    const { page } = await read(`/?from=2026-11-20T12:00:00Z&to=2026-11-20T13:00:00Z${search}`);
    await page.locator('.rows .row').first().waitFor();
    const list = page.getByRole('grid');
    const rows = (): Promise<number> =>
      page.locator('.rows').evaluate((box) => Math.round(box.clientHeight / 34));
    await expect
      .poll(
        async () => {
          await list.evaluate((box) => box.scrollTo(0, box.scrollHeight));
          return rows();
        },
        { interval: 50, timeout: 45_000 },
      )
      .toBeGreaterThan(500);
    const pages = await pagesSince(now);
    expect(pages.length).toBeGreaterThanOrEqual(5);
    const most = Math.max(...pages.map((one) => Number(one.rows)));
    console.log(
      `pages: ${pages.length}, slowest ${Math.max(...pages.map((one) => one.millis))} ms, at most ${most} rows read`,
    );
    expect(most).toBeLessThan(MOST_READ);
    await expect.poll(() => total(page)).toBe(search === '' ? RECORDS : RECORDS / 50);
  });
});
