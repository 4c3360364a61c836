import { beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { useExplorer } from './support/explorer.ts';

const { store, read } = useExplorer();
const COUNT = 750;

beforeAll(async () => {
  await addVisits(COUNT, '2026-11-20 08:00:00');
});

/** One every second, told apart by their path. */
async function addVisits(count: number, from: string): Promise<void> {
  await store().client.command({
    query: `INSERT INTO audit.records (record_id, occurred_at, recorded_at, category, action, outcome, actor_type, actor_id, url_path, http_method)
      SELECT generateUUIDv7(), toDateTime64({from:String}, 9, 'UTC') + INTERVAL number SECOND, now64(6), 'http', 'read', 'success', 'user', 'load',
        concat('/visit/', toString(number)), 'GET'
      FROM numbers({count:UInt64})`,
    query_params: { count, from },
  });
}

const MORNING = 'from=2026-11-20T08:00:00Z&to=2026-11-20T09:00:00Z';

function firstInSight(page: Page): Promise<string> {
  return page.locator('.list-scroll').evaluate((box) => {
    const top = box.getBoundingClientRect().top + 28;
    const row = [...box.querySelectorAll('.rows .row')].find((one) => one.getBoundingClientRect().top >= top);
    return row?.querySelector('.what')?.textContent ?? '';
  });
}

/** Search and period of a request. */
function questionOf(query: URLSearchParams): string {
  return ['search', 'from', 'to'].map((name) => query.get(name) ?? '').join(' ');
}

describe('the list', () => {
  test('goes on page after page to its very end, each record once, with few rows in the document', async () => {
    const { page } = await read(`/?${MORNING}`);
    const asked: string[] = [];
    page.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url());
      if (pathname === '/api/records') asked.push(searchParams.get('after') ?? '');
    });
    const list = page.getByRole('grid');
    const seen = new Set<string>();
    await page.locator('.rows .row').first().waitFor();
    await expect
      .poll(
        async () => {
          for (const path of await page.locator('.rows .row .what').allInnerTexts()) seen.add(path);
          await list.evaluate((box) => box.scrollBy(0, box.clientHeight * 0.8));
          return seen.size;
        },
        { interval: 20, timeout: 50_000 },
      )
      .toBe(COUNT);
    expect(await page.locator('.rows .row').count()).toBeLessThan(80);
    expect(await list.getAttribute('aria-rowcount')).toBe(String(COUNT + 1));
    // Keysets: each page begins behind another record.
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.every((after) => /^2026-11-20T08:\d\d:\d\d\.?\d*Z,[\da-f-]{36}$/.test(after))).toBe(true);
  });

  test('announces what arrives and moves nothing until it is wanted', async () => {
    const { page } = await read('/?last=all');
    await expect.poll(() => page.locator('.live').innerText()).toBe('Live');
    await page.getByRole('grid').evaluate((box) => box.scrollTo(0, 900));
    await expect.poll(() => firstInSight(page)).not.toBe('/visit/749');
    const reading = await firstInSight(page);
    await addVisits(37, new Date(Date.now() - 60_000).toISOString().replace('T', ' ').slice(0, 19));
    await expect.poll(() => page.locator('.arrivals').innerText()).toBe('37 new');
    expect(await firstInSight(page)).toBe(reading);
    await page.locator('.arrivals').click();
    await expect.poll(() => firstInSight(page)).toBe('/visit/36');
    expect(await page.locator('.arrivals').count()).toBe(0);
  });

  test('hears nothing while it is paused, and all of it afterwards', async () => {
    const { page } = await read('/?last=all');
    await expect.poll(() => page.locator('.live').innerText()).toBe('Live');
    await page.locator('.live').click();
    await expect.poll(() => page.locator('.live').innerText()).toBe('Paused');
    await addVisits(2, new Date(Date.now() - 10_000).toISOString().replace('T', ' ').slice(0, 19));
    // What would have been told by now, had it been asked: another page is told.
    const other = await read('/?last=15m');
    await other.page.getByText('/visit/1', { exact: true }).first().waitFor();
    expect(await page.locator('.arrivals').count()).toBe(0);
    await page.locator('.live').click();
    await expect.poll(() => page.locator('.arrivals').innerText()).toBe('2 new');
  });

  test('goes on live with the very search and period of the list', async () => {
    const { page } = await read('/?search=actor:load&last=30d');
    const asked = (path: string): string[] =>
      requests
        .filter(({ pathname }) => pathname === path)
        .map(({ searchParams }) => questionOf(searchParams));
    const requests: URL[] = [];
    page.on('request', (request) => requests.push(new URL(request.url())));
    await page.reload();
    await expect.poll(() => asked('/api/live')).toHaveLength(1);
    expect(asked('/api/live')).toEqual(asked('/api/records').slice(0, 1));
    expect(asked('/api/live')[0]).toMatch(/^actor:load \d{4}-.*Z $/);
  });

  test('asks once for each search: also of a search that follows another', async () => {
    const { page } = await read('/?search=actor:load&last=30d');
    await expect.poll(() => page.locator('.live').innerText()).toBe('Live');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.getByRole('combobox').fill('actor:load path:/visit/7');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.rows .what').allInnerTexts()).toContain('/visit/7');
    await expect.poll(() => asked).toContain('/api/integrity');
    const once = ['/api/histogram', '/api/integrity', '/api/live', '/api/records'];
    await expect.poll(() => asked.filter((path) => once.includes(path)).sort()).toEqual(once);
  });

  test('stays live while it goes on, and misses nothing that arrives behind the page under way', async () => {
    const from = new Date(Date.now() - 1_000_000).toISOString().replace('T', ' ').slice(0, 19);
    await addVisits(250, from);
    const { page } = await read('/?last=1h');
    await expect.poll(() => page.locator('.live').innerText()).toBe('Live');
    const lives: string[] = [];
    page.on('request', (request) => request.url().includes('/api/live') && lives.push(request.url()));
    const [held, release] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    await page.route(/\/api\/records\?.*after=/, async (route) => {
      const response = await route.fetch();
      held.resolve(undefined);
      await release.promise;
      await route.fulfill({ response });
    });
    await page.getByRole('grid').evaluate((box) => box.scrollTo(0, box.scrollHeight));
    await held.promise;
    // Its place is in the page under way, whose answer is already made; the other one is announced at once.
    await addVisits(
      1,
      new Date(Date.parse(`${from}Z`) + 100_500).toISOString().replace('T', ' ').slice(0, 23),
    );
    await addVisits(1, new Date(Date.now() - 1_000).toISOString().replace('T', ' ').slice(0, 19));
    await expect.poll(() => page.locator('.arrivals').innerText()).toBe('1 new');
    release.resolve(undefined);
    await expect.poll(() => page.locator('.arrivals').innerText()).toBe('2 new');
    expect(lives).toEqual([]);
  });

  test('announces as new neither what was there before nor what is of another time', async () => {
    const add = (path: string, millis: number): Promise<unknown> =>
      store().client.command({
        query: `INSERT INTO audit.records (record_id, occurred_at, recorded_at, category, action, outcome, actor_type, actor_id, url_path, http_method)
          SELECT generateUUIDv7(), toDateTime64({at:String}, 9, 'UTC'), now64(6), 'http', 'read', 'success', 'user', 'backfill', {path:String}, 'GET'`,
        query_params: {
          path,
          at: new Date(Date.now() - millis).toISOString().replace('T', ' ').slice(0, 19),
        },
      });
    await add('/newest', 60_000);
    await add('/late', 20 * 3_600_000);
    await add('/days-before', 3 * 86_400_000);
    const { page } = await read('/?search=actor:backfill');
    await expect.poll(() => page.locator('.rows .what').allInnerTexts()).toEqual(['/newest', '/late']);
    await expect.poll(() => page.locator('.live').innerText()).toBe('Live');
    await add('/weeks-before', 20 * 86_400_000);
    await add('/fresh', 1_000);
    await expect.poll(() => page.locator('.arrivals').innerText()).toBe('1 new');
    await page.keyboard.press('n');
    await expect
      .poll(() => page.locator('.rows .what').allInnerTexts())
      .toEqual(['/fresh', '/newest', '/late']);
  });

  test('has nothing live about a time that is over', async () => {
    const { page } = await read(`/?${MORNING}`);
    await page.locator('.rows .row').first().waitFor();
    expect(await page.locator('.live').isDisabled()).toBe(true);
  });
});
