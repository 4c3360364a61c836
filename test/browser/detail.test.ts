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

describe('the detail of a record', () => {
  test('is opened by a click, named in the address, and closed by Escape', async () => {
    const { page } = await read(`/?${HOUR}`);
    await page.locator(`[data-record="${ids.deleted}"] .when`).click();
    const detail = page.getByRole('complementary', { name: 'Record' });
    await expect
      .poll(() => detail.getByRole('heading', { level: 2 }).innerText())
      .toBe('alice deleted orders / 1042');
    expect(new URL(page.url()).searchParams.get('record')).toBe(ids.deleted);
    await page.keyboard.press('Escape');
    await expect.poll(() => detail.count()).toBe(0);
    expect(page.url()).not.toContain('record=');
  });

  test('tells its request as a timeline: the request, the statements with their rows, the commit, the response', async () => {
    const { page } = await read(`/?${HOUR}&record=${ids.paid}`);
    const steps = page.locator('.timeline .step');
    await expect.poll(() => steps.count()).toBe(4);
    const texts = (await page.locator('.timeline .step-what').allInnerTexts()).map((text) =>
      text.replace(/\s+/g, ' ').trim(),
    );
    expect(texts).toEqual([
      'POST /orders/:id/pay → 200',
      'changed orders / 1042',
      expect.stringContaining('committed'),
      'response 200',
    ]);
    expect(await steps.nth(1).innerText()).toMatch(/1 row/);
    expect(await steps.nth(1).locator('[aria-current=true]').count()).toBe(1);
    await steps.nth(0).getByRole('link').click();
    await expect.poll(() => new URL(page.url()).searchParams.get('record')).toBe(ids.payRequest);
  });

  test('shows every column that is not empty, all of them on demand, and the integrity of its segment', async () => {
    const { page } = await read(`/?${HOUR}&record=${ids.paid}`);
    const fields = page.locator('.all-fields dt');
    await expect.poll(() => fields.allInnerTexts()).toContain('db_statement');
    expect(await fields.allInnerTexts()).not.toContain('error_message');
    await page.getByLabel('empty ones too').check();
    await expect.poll(() => fields.allInnerTexts()).toContain('error_message');
    expect(await page.locator('.soundness').innerText()).toMatch(/not yet certified/);
    await expect.poll(() => page.locator('.integrity-open').innerText()).toMatch(/not yet certified/);
  });

  test('copies a value whole', async () => {
    const { page } = await read(`/?${HOUR}&record=${ids.paid}`, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.getByRole('button', { name: 'Copy record_id' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(ids.paid);
    await page.getByRole('button', { name: 'Copy the record as JSON' }).click();
    const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as Record<
      string,
      unknown
    >;
    expect(copied).toMatchObject({ record_id: ids.paid, new_values: { status: 'paid' } });
  });

  test('leads to the row, the person, the request and the address', async () => {
    const { page } = await read(`/?${HOUR}&record=${ids.paid}`);
    const ways = page.getByRole('navigation', { name: 'From here' });
    await ways.waitFor();
    const links = await ways
      .getByRole('link')
      .evaluateAll((all) =>
        all.map((link) => decodeURIComponent(link.getAttribute('href') ?? '').replace(/[?&]from=.*/, '')),
      );
    expect(links).toEqual([
      '/object/orders/1042',
      '/actor/user-1',
      `/?search=request:${ids.payRequest}`,
      `/?search=trace:${ids.payRequest.replaceAll('-', '')}`,
      '/?search=address:10.1.2.3',
    ]);
    await ways.getByRole('link', { name: 'This request' }).click();
    await expect.poll(() => sentences(page)).toHaveLength(3);
  });

  test('shows a value as changed from what was there before', async () => {
    const { page } = await read(`/?${HOUR}&record=${ids.deleted}`);
    const row = page.locator('.change-table tbody tr');
    await expect
      .poll(() => row.allInnerTexts())
      .toEqual([expect.stringMatching(/total\s+9\.50\s+not known/)]);
  });
});

describe('the history of a row', () => {
  test('shows each change from old to new, the undone ones as such', async () => {
    const { page } = await read(`/object/orders/1042?${HOUR}`);
    await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText()).toBe('orders / 1042');
    const entries = page.locator('.entry');
    await expect.poll(() => entries.count()).toBe(4);
    const said = (await entries.allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
    expect(said[1]).toMatch(/bob.*changed.*rolled back.*status paid refunded/);
    expect(said[2]).toMatch(/alice.*changed.*committed.*status open paid/);
    await page.getByRole('link', { name: 'As records' }).click();
    await expect.poll(() => sentences(page)).toHaveLength(4);
  });

  test('says where there is none in this time', async () => {
    const { page } = await read(`/object/orders/none-such?${HOUR}`);
    await page.getByRole('heading', { name: 'No change of this row' }).waitFor();
    await page.getByRole('button', { name: 'Search all time' }).click();
    await expect.poll(() => page.url()).toContain('last=all');
  });
});

describe('the page of an actor', () => {
  test('tells since when, from where, in which sessions, at which hours and as whom', async () => {
    const { page } = await read(`/actor/user-1?${HOUR}`);
    await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText()).toMatch(/^alice\s*user-1/);
    const cards = (await page.locator('.card').allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
    expect(cards).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^Addresses .*10\.1\.2\.3/),
        expect.stringMatching(/^Sessions .*session-alice/),
        expect.stringMatching(/^User agents .*Firefox\/140/),
        expect.stringMatching(/^This person acted as .*user-2/),
        expect.stringMatching(/^Assurance of the name .*verified/),
      ]),
    );
    expect(
      await page.getByRole('img', { name: /by hour of the day, UTC/ }).getAttribute('aria-label'),
    ).toMatch(/: 12: \d+$/);
    await page.getByRole('link', { name: '10.1.2.3' }).click();
    await expect
      .poll(() => new URL(page.url()).searchParams.get('search'))
      .toBe('actor:user-1 address:10.1.2.3');
  });
});
