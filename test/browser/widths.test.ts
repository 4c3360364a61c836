import { beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { useExplorer } from './support/explorer.ts';

const { store, read } = useExplorer();
const WIDTHS = [1600, 1280, 1081, 1000, 961, 960, 800, 761, 760, 500, 360];
const DAY_MILLIS = 86_400_000;

/** As long as the words of the page's own get. */
const LONGEST = { action: 'truncate', outcome: 'failure', who: 'anastasia-papadopoulou-of-support' };

function before(millis: number): string {
  return new Date(Date.now() - millis).toISOString().replace('T', ' ').slice(0, 19);
}

beforeAll(async () => {
  await store().client.command({
    query: `INSERT INTO audit.records (record_id, occurred_at, recorded_at, category, action, outcome, actor_type, actor_name, target_type, transaction_outcome, source_address)
      SELECT generateUUIDv7(), toDateTime64(if(number = 0, {day:String}, {year:String}), 9, 'UTC'), now64(6), 'db', {action:String}, {outcome:String}, 'user',
        {who:String}, 'a_table_with_a_long_name_of_its_own', 'rolled_back', '2001:db8:1234:5678:9abc:def0:1234:5678'
      FROM numbers(2)`,
    query_params: { ...LONGEST, day: before(2 * DAY_MILLIS), year: before(380 * DAY_MILLIS) },
  });
});

/** Whether all of a cell is in sight. */
async function cut(page: Page, selector: string): Promise<string[]> {
  return await page.locator(`.rows .row ${selector}`).evaluateAll((all) =>
    all
      .filter((one) => {
        const box = one.closest('.cell')?.getBoundingClientRect();
        const text = one.getBoundingClientRect();
        return one.scrollWidth > one.clientWidth + 1 || box === undefined || text.right > box.right + 1;
      })
      .map((one) => one.textContent),
  );
}

const day = /^([A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d \d\d:\d\d)$/;

async function expectUncut(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height: 740 });
  const times = page.locator('.rows .when time');
  // Of another year the year is told instead of the seconds.
  await expect
    .poll(() => times.allInnerTexts())
    .toEqual([expect.stringMatching(day), expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d$/)]);
  expect(await page.locator('.did').last().innerText()).toBe('tried to truncate');
  for (const part of ['.when time', '.did .cell-text', '.ending .badge-word']) {
    expect(await cut(page, part), `${part} at ${width}`).toEqual([]);
  }
}

describe('the list in a window of any width', () => {
  test('tells day, time and what was done uncut', async () => {
    const { page } = await read('/?last=all');
    for (const width of WIDTHS) await expectUncut(page, width);
  });

  test('tells them beside an open record as well', async () => {
    const { page } = await read('/?last=all');
    await page.locator('.rows .when').first().click();
    await page.locator('.detail-body').waitFor();
    for (const width of [1600, 1280, 1081]) await expectUncut(page, width);
  });
});
