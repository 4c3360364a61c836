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
      .toEqual([expect.stringMatching(/total\s+9\.50\s+\(deleted\)/)]);
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
    // It was created as `shop.orders`, which need not be what `orders` is here: what was there before is not guessed.
    expect(said[2]).toMatch(
      /alice.*changed.*committed.*POST \/orders\/:id\/pay.*from 10\.1\.2\.3.*status not known paid/,
    );
    expect(said[0]).toMatch(/deleted.*Field Old New.*total 9\.50 \(deleted\)/);
    expect(said[3]).toMatch(/created.*Field Value id 1042 status open total 9\.50$/);
    expect(`${said[0]} ${said[3]}`).not.toContain('not known');
    await page.getByRole('link', { name: 'As records' }).click();
    await expect.poll(() => sentences(page)).toHaveLength(4);
  });

  test('says where there is none in this time', async () => {
    const { page } = await read(`/object/orders/none-such?${HOUR}`);
    await page.getByRole('heading', { name: 'No change of this row' }).waitFor();
    await page.getByRole('button', { name: 'Search all time' }).click();
    await expect.poll(() => page.getByRole('button', { name: 'Search all time' }).count()).toBe(0);
    expect(new URL(page.url()).search).toBe('');
  });

  test('is of all time unless another one was chosen', async () => {
    const { page } = await read(`/?last=90d&record=${ids.deleted}`);
    await page.getByRole('link', { name: 'This row’s history' }).click();
    await expect.poll(() => page.url()).toContain('/object/orders/1042?last=90d');
    const usual = await read(`/?record=${ids.deleted}`);
    await usual.page.getByRole('link', { name: 'This row’s history' }).click();
    await expect.poll(() => usual.page.locator('.period-name').innerText()).toBe('Everything');
    await usual.page.getByRole('link', { name: 'As records' }).click();
    await expect.poll(() => usual.page.url()).toContain('last=all');
  });

  test('says that there is more than it shows, and goes on to the very first change', async () => {
    await addChanges(650);
    const { page } = await read('/object/counters/7');
    await expect.poll(() => page.locator('.sheet').innerText()).toContain('The latest 500 of more changes');
    expect(await page.locator('.entry').count()).toBe(500);
    await page.getByRole('button', { name: 'Show earlier changes' }).click();
    await expect.poll(() => page.locator('.entry').count()).toBe(650);
    expect(await page.getByRole('button', { name: 'Show earlier changes' }).count()).toBe(0);
    expect(await page.locator('.entry').last().innerText()).toMatch(/count\s+0$/);
  });
});

/** All at one instant but a few: what ends a page is told apart by more than its time. */
async function addChanges(count: number): Promise<void> {
  await store().client.command({
    query: `INSERT INTO audit.records (record_id, occurred_at, recorded_at, category, action, outcome, transaction_outcome, target_type, target_id, new_values)
      SELECT toUUID(concat('0190aaaa-0000-7000-8000-', leftPad(toString(number), 12, '0'))), toDateTime64('2026-11-20 12:00:00', 9, 'UTC') + INTERVAL intDiv(number, 300) SECOND,
        now64(6), 'db', if(number = 0, 'create', 'update'), 'success', 'autocommit', 'counters', '7', map('count', toString(number))
      FROM numbers({count:UInt64})`,
    query_params: { count },
  });
}

describe('records that nobody vouches for', () => {
  test('are warned of once their certificate should be there', async () => {
    const id = '0190bbbb-0000-7000-8000-000000000001';
    await store().client.command({
      query: `INSERT INTO audit.records (record_id, occurred_at, recorded_at, ingested_at, category, action, outcome, actor_name, target_type, segment_id)
        SELECT {id:UUID}, now64(9) - INTERVAL 11 MINUTE, now64(6), now64(3) - INTERVAL 11 MINUTE, 'db', 'delete', 'success', 'alice', 'planted', {id:UUID}`,
      query_params: { id },
    });
    const { page } = await read(`/?search=table:planted&record=${id}`);
    await expect
      .poll(() => page.locator('.soundness').innerText())
      .toMatch(/nobody vouches.*Nobody vouches for this record.*audit-register verify/s);
    await expect.poll(() => page.locator('.integrity-open').innerText()).toContain('nobody vouches');
    expect(await page.locator('.integrity-open').getAttribute('class')).toContain('tone-warn');
  });
});

describe('who acts as somebody else', () => {
  test('comes first in the list, the headline and the history of the row', async () => {
    const id = '0190cccc-0000-7000-8000-000000000001';
    await store().client.command({
      query: `INSERT INTO audit.records (record_id, occurred_at, recorded_at, category, action, outcome, transaction_outcome, actor_type, actor_id, actor_name, impersonator_id, target_type, target_id, old_values)
        SELECT {id:UUID}, now64(9), now64(6), 'db', 'delete', 'success', 'autocommit', 'user', 'user-2', 'bob', 'user-9', 'carts', '3', map('total', '1')`,
      query_params: { id },
    });
    const { page } = await read(`/?search=table:carts&record=${id}`);
    await expect.poll(() => sentences(page)).toEqual(['user-9 as bob deleted carts / 3 committed']);
    await expect.poll(() => page.locator('.detail h2').innerText()).toBe('user-9 as bob deleted carts / 3');
    await page.getByRole('link', { name: 'This row’s history' }).click();
    await expect.poll(() => page.locator('.entry').innerText()).toMatch(/^user-9 as bob/);
    await page.goto(new URL('/actor/user-9', page.url()).href);
    await expect
      .poll(async () => (await page.locator('.card').allInnerTexts()).join(' ').replace(/\s+/g, ' '))
      .toMatch(/This person acted as .*user-2/);
    expect(await page.getByText('Nobody of this name').count()).toBe(0);
  });
});

describe('the page of an actor', () => {
  test('warns where records under this name are forged or not vouched for', async () => {
    const { page } = await read('/actor/user-2');
    await expect
      .poll(() => page.locator('.doubts').innerText())
      .toMatch(/1 record with a forged or foreign token, and 1 record that nobody vouches for/);
    const honest = await read('/actor/shop');
    await honest.page.locator('.card').first().waitFor();
    expect(await honest.page.locator('.doubts').count()).toBe(0);
  });

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
