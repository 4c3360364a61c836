import type { Page } from 'playwright-core';
import { HISTORY } from '../../support/seeded-history.ts';

/** The hour of the seeded history, as the address names it. */
export const HOUR = `from=${HISTORY.from}&to=${HISTORY.to}`;

/** What a row says, part by part. */
export async function sentences(page: Page): Promise<string[]> {
  await page.locator('.rows .row').first().waitFor();
  const rows = await page.locator('.rows .row').all();
  return Promise.all(
    rows.map(async (row) =>
      (await row.locator('.who, .did, .what, .ending').allInnerTexts()).map(clean).join(' '),
    ),
  );
}

/** How many records the histogram counts. */
export async function total(page: Page): Promise<number> {
  return Number((await page.locator('.legend .total b').innerText()).replace(/\D/g, ''));
}

function clean(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
