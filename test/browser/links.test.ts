import { beforeAll, describe, expect, test } from 'vitest';
import { seedHistory } from '../support/seeded-history.ts';
import type { HistoryIds } from '../support/seeded-history.ts';
import { useExplorer } from './support/explorer.ts';
import { HOUR, sentences } from './support/rows.ts';

const { store, read } = useExplorer();
let ids: HistoryIds;

beforeAll(async () => {
  ids = await seedHistory(store());
});

describe('a link', () => {
  test('restores search, time, zone and the open record', async () => {
    const { page } = await read(`/?${HOUR}&search=actor:alice&record=${ids.deleted}&zone=utc`, {
      timezoneId: 'Asia/Tokyo',
    });
    await expect.poll(() => page.locator('.detail h2').innerText()).toBe('alice deleted orders / 1042');
    expect(await page.getByRole('combobox').inputValue()).toBe('actor:alice');
    expect(await page.locator('.period-open').innerText()).toMatch(/2026-11-20 12:00:00 – 13:00:00\s+UTC/);
    expect(await page.locator('.detail-facts time').innerText()).toBe('2026-11-20 12:13:00.000000007 UTC');
    expect(await page.locator('.row.open').getAttribute('data-record')).toBe(ids.deleted);
    expect(page.url()).not.toContain('token');
  });

  test('is what Back and Forward go through', async () => {
    const { page } = await read(`/?${HOUR}&search=actor:alice`);
    await page.locator(`[data-record="${ids.deleted}"] .when`).click();
    await page.getByRole('link', { name: 'This row’s history' }).click();
    await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText()).toBe('orders / 1042');
    await page.goBack();
    await expect.poll(() => page.locator('.detail h2').innerText()).toBe('alice deleted orders / 1042');
    await page.goBack();
    await expect.poll(() => page.locator('.detail').count()).toBe(0);
    expect(await page.getByRole('combobox').inputValue()).toBe('actor:alice');
    await page.goForward();
    await expect.poll(() => page.locator('.detail').count()).toBe(1);
  });

  test.each([
    ['/object?table=shop.orders&id=..&last=all', { place: 'shop.orders / ..', at: '/object' }],
    ['/object?table=a/b&id=c&last=all', { place: 'a/b / c', at: '/object' }],
    ['/object/a/c%3Fd%23e?last=all', { place: 'a / c?d#e', at: '/object/a/c%3Fd%23e' }],
  ])('names a row of any name: %s', async (path, { place, at }) => {
    const { page } = await read(path);
    await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText()).toBe(place);
    expect(new URL(page.url()).pathname).toBe(at);
  });
});

describe('the colours', () => {
  test('follow the system, until the reader chooses, and are kept', async () => {
    const { page } = await read(`/?${HOUR}`, { colorScheme: 'dark' });
    const theme = (): Promise<string | undefined> =>
      page.evaluate(() => document.documentElement.dataset['theme']);
    expect(await theme()).toBe('dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await expect.poll(theme).toBe('light');
    await page.getByRole('button', { name: 'Dark colours' }).click();
    await expect.poll(theme).toBe('dark');
    await page.reload();
    await expect.poll(theme).toBe('dark');
  });
});

describe('a window of 360 pixels', () => {
  test('shows the whole sentence and scrolls in one direction only', async () => {
    const { page } = await read(`/?${HOUR}&search=row:orders/1042`, {
      viewport: { width: 360, height: 740 },
      hasTouch: true,
    });
    await expect.poll(() => sentences(page)).toContain('alice deleted orders / 1042 committed');
    for (const path of [
      `/?${HOUR}`,
      `/?${HOUR}&record=${ids.paid}`,
      `/object/orders/1042?${HOUR}`,
      `/actor/user-1?${HOUR}`,
    ]) {
      await page.goto(new URL(path, page.url()).href);
      await page.locator('.rows .row, .entry, .card, .detail-body').last().waitFor();
      const wide = await page.evaluate(() =>
        [...document.querySelectorAll('*')]
          .filter(
            (element) =>
              element === document.documentElement || /auto|scroll/.test(getComputedStyle(element).overflowX),
          )
          .filter((element) => !element.matches('.statement'))
          .filter((element) => element.scrollWidth > element.clientWidth + 1)
          .map((element) => element.className || element.tagName),
      );
      expect(wide, path).toEqual([]);
    }
  });

  test('opens a record over the list, and leads back', async () => {
    const { page } = await read(`/?${HOUR}&search=row:orders/1042`, {
      viewport: { width: 360, height: 740 },
      hasTouch: true,
    });
    await page.locator(`[data-record="${ids.deleted}"]`).tap();
    await expect.poll(() => page.locator('.detail h2').innerText()).toBe('alice deleted orders / 1042');
    await page.getByRole('button', { name: 'Close the record' }).tap();
    await expect.poll(() => page.locator('.detail').count()).toBe(0);
  });
});
