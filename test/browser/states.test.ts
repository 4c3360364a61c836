import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import type { Explorer } from '../../src/explorer/server.ts';
import { startTestClickHouse } from '../support/clickhouse.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';
import { seedHistory } from '../support/seeded-history.ts';
import { launchChromium } from './support/chromium.ts';
import { startPage } from './support/explorer.ts';
import { openReader } from './support/reader.ts';
import { HOUR, sentences } from './support/rows.ts';

let browser: Browser;
let store: TestClickHouse;
let explorer: Explorer;

beforeAll(async () => {
  browser = await launchChromium();
  store = await startTestClickHouse();
  explorer = await startPage(store);
});
afterAll(async () => {
  await explorer?.close();
  await browser?.close();
  await store?.stop();
});

async function see(
  path: string,
  check: (page: Page) => Promise<void>,
  expected?: RegExp,
  entry = explorer.url,
): Promise<void> {
  const reader = await openReader(browser, entry, expected === undefined ? {} : { expected });
  await reader.open(path);
  await check(reader.page);
  await reader.expectClean();
  await reader.close();
}

/** In this order: the store is empty, has a history, is slow, and is down. */
describe('the page says', () => {
  test('of an empty register what to do, and shows the first record by itself', async () => {
    await see('/?last=all', async (page) => {
      await page.getByRole('heading', { name: 'No records yet' }).waitFor();
      expect(await page.locator('.command').innerText()).toContain(
        `AUDIT_REGISTER_CLICKHOUSE_URL=${store.url} node --require audit-register`,
      );
      await seedHistory(store);
      await expect.poll(() => sentences(page)).toContain('alice deleted orders / 1042 committed');
    });
  });

  test('that nothing was found, of when the newest record is, and shows it', async () => {
    await see('/?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z', async (page) => {
      await page.getByRole('heading', { name: 'Nothing found' }).waitFor();
      await expect.poll(() => page.locator('.note').innerText()).toContain('2026-11-20 12:44:00.000000007');
      await page.getByRole('button', { name: 'Search all time' }).click();
      await expect.poll(() => sentences(page)).toContain('alice deleted orders / 1042 committed');
    });
  });

  test('that it loads, that it is slow, and that it was cancelled', async () => {
    await see(`/?${HOUR}&search=actor:alice`, async (page) => {
      await page.locator('.rows .row').first().waitFor();
      let letGo = (): void => {};
      const held = new Promise<void>((resolve) => (letGo = resolve));
      await page.route('**/api/records?*', async (route) => (await held, route.continue()), { times: 1 });
      await page.getByRole('combobox').fill('actor:bob');
      await page.keyboard.press('Enter');
      await page.locator('.skeleton-row').first().waitFor();
      await page.getByText('This takes longer than usual').waitFor();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('heading', { name: 'Cancelled' }).waitFor();
      letGo();
      await page.getByRole('button', { name: 'Search again' }).click();
      await expect.poll(() => sentences(page)).toContainEqual(expect.stringMatching(/^bob /));
    });
  });

  test('that delivery is behind', async () => {
    const late = new Date(Date.now() - 7 * 60_000).toISOString().replace('T', ' ').replace('Z', '');
    await store.client.insert({
      table: 'audit.records',
      format: 'JSONEachRow',
      values: [
        {
          record_id: crypto.randomUUID(),
          occurred_at: late,
          recorded_at: late,
          category: 'app',
          action: 'late',
          outcome: 'success',
        },
      ],
    });
    await see('/', async (page) => {
      await page.getByText('Delivery is behind by 7 min.').waitFor();
    });
  });

  test('to who may not read that it is the permission', async () => {
    const refused = await startPage(store, 'audit_writer');
    try {
      await see(
        '/',
        async (page) => {
          await page.getByRole('heading', { name: 'You may not see these records' }).waitFor();
          expect(await page.locator('.note').innerText()).toMatch(/audit_writer/);
        },
        /status of 50\d|answer 50\d/,
        refused.url,
      );
    } finally {
      await refused.close();
    }
  });

  test('to who has no token where it is', async () => {
    const { origin } = new URL(explorer.url);
    await see(
      '/',
      async (page) => {
        await page
          .getByText(/has printed/)
          .first()
          .waitFor();
      },
      /status of 401/,
      origin,
    );
  });

  test('that the store does not answer, and why', async () => {
    await see(
      `/?${HOUR}&search=actor:alice`,
      async (page) => {
        await page.locator('.rows .row').first().waitFor();
        await store.engine.stop();
        await page.getByRole('combobox').fill('actor:bob');
        await page.keyboard.press('Enter');
        await expect
          .poll(() => page.getByRole('alert').innerText())
          .toMatch(/No ClickHouse answers at .*ERR_AUDIT_STORE_UNREACHABLE.*Try again/s);
      },
      /status of 50\d|answer 50\d|ERR_INCOMPLETE/,
    );
  });
});
