import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { seedHistory } from '../support/seeded-history.ts';
import { useExplorer } from './support/explorer.ts';
import { HOUR, sentences, total } from './support/rows.ts';

const { store, read } = useExplorer();

beforeAll(async () => {
  await seedHistory(store());
});

describe('the search box', () => {
  test('finds what is asked, in list, histogram and address', async () => {
    const { page } = await read(`/?${HOUR}`);
    await page.getByRole('combobox').fill('actor:alice table:orders');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => sentences(page))
      .toEqual([
        'alice created orders / 2000 committed',
        'alice deleted orders / 1042 committed',
        'alice changed orders / 1042 committed',
        'alice created shop.orders / 1042 committed',
      ]);
    await expect.poll(() => total(page)).toBe(4);
    expect(new URL(page.url()).searchParams.get('search')).toBe('actor:alice table:orders');
  });

  test('completes fields, and the values that were seen, by keyboard', async () => {
    const { page } = await read(`/?${HOUR}`);
    const box = page.getByRole('combobox');
    await box.pressSequentially('acto');
    const options = page.getByRole('option');
    await expect.poll(() => options.allInnerTexts()).toContainEqual(expect.stringMatching(/^actor:/));
    await box.press('ArrowDown');
    expect(await box.getAttribute('aria-activedescendant')).toBe('completion-0');
    await box.press('Enter');
    expect(await box.inputValue()).toBe('actor:');
    await box.pressSequentially('ali');
    await expect.poll(() => options.allInnerTexts()).toContainEqual(expect.stringContaining('alice'));
    await box.press('Tab');
    expect(await box.inputValue()).toBe('actor:alice ');
    await box.press('Escape');
    await box.press('Enter');
    await expect.poll(() => new URL(page.url()).searchParams.get('search')).toBe('actor:alice');
  });

  test('completes fixed values and keeps what excludes', async () => {
    const { page } = await read(`/?${HOUR}`);
    const box = page.getByRole('combobox');
    await box.pressSequentially('-outcome:roll');
    await page.getByRole('option', { name: 'rolled_back' }).click();
    expect(await box.inputValue()).toBe('-outcome:rolled_back ');
  });

  test('says in place what it cannot read, and where', async () => {
    const { page } = await read(`/?${HOUR}&search=${encodeURIComponent('table:orders actr:alice')}`, {
      expected: /status of 400/,
    });
    const alert = page.getByRole('alert');
    await expect.poll(() => alert.innerText()).toMatch(/no field actr: did you mean actor\?/);
    expect(await alert.locator('mark').innerText()).toBe('actr:alice');
    expect(await page.getByRole('combobox').getAttribute('aria-invalid')).toBe('true');
  });
});

describe('a value in a row', () => {
  test('offers only this, not this and its history', async () => {
    const { page } = await read(`/?${HOUR}`);
    const cell = page.locator('.row', { hasText: 'deleted' }).locator('.what', { hasText: 'orders / 1042' });
    await cell.hover();
    await cell.getByRole('button', { name: 'Filter by what' }).click();
    expect(await page.getByRole('menuitem').allInnerTexts()).toEqual(
      ['Only this', 'Not this', 'Its history', 'Copy'].map((text) => expect.stringContaining(text)),
    );
    await page.getByRole('menuitem', { name: 'Not this' }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get('search')).toBe('-row:orders/1042');
    await expect.poll(() => sentences(page)).not.toContain('alice deleted orders / 1042 committed');
  });

  test('only this takes the place of not this', async () => {
    const { page } = await read(`/?${HOUR}&search=-actor:user-2`);
    const cell = page.locator('.rows .row').first().locator('.who');
    await page.goBack();
    await page.goForward();
    await page.getByRole('combobox').fill('-actor:user-1 ');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).toContain('-actor%3Auser-1');
    await cell.hover();
    await cell.getByRole('button', { name: 'Filter by who' }).click();
    await page.getByRole('menuitem', { name: 'Only this' }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get('search')).toMatch(/^-actor:user-1 actor:/);
  });
});

describe('time', () => {
  test('is chosen as a span, and as from and to in the zone that is named', async () => {
    const { page } = await read('/?last=30d', { timezoneId: 'Europe/Vienna' });
    await page.getByRole('button', { name: /Last 30 days/ }).click();
    await page.getByRole('textbox', { name: 'From' }).fill('2026-11-20T13:10:00');
    await page.getByRole('textbox', { name: /^To/ }).fill('2026-11-20T13:15:00');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    const chosen = (): unknown[] => ['from', 'to'].map((name) => new URL(page.url()).searchParams.get(name));
    // Vienna is an hour ahead.
    await expect.poll(chosen).toEqual(['2026-11-20T12:10:00.000Z', '2026-11-20T12:15:00.000Z']);
    await expect.poll(() => sentences(page)).toContain('alice deleted orders / 1042 committed');
    expect(await page.locator('.period-open').innerText()).toContain('Europe/Vienna');
    await page.locator('.period-open').click();
    await page.getByRole('button', { name: 'show UTC' }).click();
    await expect.poll(() => page.locator('.period-open').innerText()).toMatch(/12:10:00 – 12:15:00\s+UTC/);
  });

  test('is brushed in the histogram, and Back undoes it', async () => {
    const { page } = await read(`/?${HOUR}`);
    await expect.poll(() => total(page)).toBeGreaterThan(20);
    const before = page.url();
    const chart = await page.locator('.chart .u-over').boundingBox();
    if (chart === null) throw new Error('no chart');
    const x = (share: number): number => chart.x + chart.width * share;
    await page.mouse.move(x(0.15), chart.y + 20);
    await page.mouse.down();
    await page.mouse.move(x(0.2), chart.y + 30);
    await page.mouse.move(x(0.25), chart.y + 30);
    await page.mouse.up();
    await expect.poll(() => page.url()).not.toBe(before);
    const { searchParams } = new URL(page.url());
    const minutes = ['from', 'to'].map((name) => new Date(searchParams.get(name) ?? '').getUTCMinutes());
    expect(minutes).toEqual([9, 15].map((minute) => expect.closeTo(minute, -0.4)));
    await expect.poll(() => sentences(page)).toContain('alice deleted orders / 1042 committed');
    await page.goBack();
    await expect.poll(() => total(page)).toBeGreaterThan(20);
  });

  test('is chosen in the histogram by keyboard', async () => {
    const { page } = await read(`/?${HOUR}`);
    const slider = page.getByRole('slider');
    await slider.focus();
    await slider.press('End');
    await slider.press('ArrowLeft');
    expect(await slider.getAttribute('aria-valuetext')).toMatch(
      /^2026-11-20 12:\d\d:\d\d – 1[23]:\d\d:\d\d: \d+ records/,
    );
    await slider.press('Shift+Home');
    await slider.press('Enter');
    await expect.poll(() => new URL(page.url()).searchParams.get('from')).toMatch(/^2026-11-20T1[12]:/);
  });
});

describe('an export', () => {
  test.each([
    ['CSV', 'csv', /^﻿?"?occurred_at|record_id/m],
    ['JSON lines', 'jsonl', /^\{"/],
  ])('as %s holds all that was found', async (name, extension, beginning) => {
    const { page } = await read(`/?${HOUR}&search=row:orders/1042`);
    await page.getByRole('button', { name: 'Export' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(new RegExp(`\\.${extension}$`));
    const text = await readFile(await download.path(), 'utf8');
    expect(text).toMatch(beginning);
    expect(text.match(/2026-11-20[T ]12:1[0-3]/g)?.length).toBeGreaterThanOrEqual(4);
  });
});
