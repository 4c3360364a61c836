import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { seedHistory } from '../support/seeded-history.ts';
import { useExplorer } from './support/explorer.ts';
import { HOUR, sentences } from './support/rows.ts';

const { store, read } = useExplorer();

beforeAll(async () => {
  await seedHistory(store());
});

describe('by keyboard alone', () => {
  test('a search is made, a record is found, read, left, and its row and its actor are visited', async () => {
    const { page } = await read(`/?${HOUR}`);
    const keys = page.keyboard;
    await page.locator('.rows .row').first().waitFor();
    await keys.press('/');
    await keys.type('actor:alice table:orders');
    await keys.press('Escape');
    await keys.press('Enter');
    await expect.poll(() => sentences(page)).toHaveLength(4);
    await keys.press('Escape');
    for (const key of ['j', 'j', 'k', 'j']) await keys.press(key);
    expect(await page.locator('.row.current .what').innerText()).toBe('orders / 1042');
    await keys.press('Enter');
    const heading = page.locator('.detail h2');
    await expect.poll(() => heading.innerText()).toBe('alice deleted orders / 1042');
    // The detail follows, and stays one step of the history.
    await keys.press('j');
    await expect.poll(() => heading.innerText()).toBe('alice changed orders / 1042');
    await keys.press('Escape');
    await expect.poll(() => page.locator('.detail').count()).toBe(0);
    await keys.press('g');
    await keys.press('h');
    await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText()).toBe('orders / 1042');
    await page.goBack();
    await expect.poll(() => sentences(page)).toHaveLength(4);
    await keys.press('j');
    await keys.press('g');
    await keys.press('a');
    await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText()).toMatch(/^alice/);
    await keys.press('g');
    await keys.press('r');
    await expect.poll(() => new URL(page.url()).search).toBe('');
  });

  test('the values of a row are offered, and one is chosen with the arrows', async () => {
    const { page } = await read(`/?${HOUR}&search=table:items`);
    await page.locator('.rows .row').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('f');
    const focused = (): Promise<string> =>
      page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
    await expect.poll(focused).toBe('Only this');
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toBe('Not this');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await expect.poll(() => new URL(page.url()).searchParams.get('search')).toBe('table:items actor:user-2');
  });

  test('keys are explained, and typing is left alone', async () => {
    const { page } = await read(`/?${HOUR}`);
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Searching and keys' });
    await help.waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => help.count()).toBe(0);
    await page.keyboard.press('/');
    await page.keyboard.type('jk?t');
    expect(await page.getByRole('combobox').inputValue()).toBe('jk?t');
    expect(await help.count()).toBe(0);
  });

  test('everything that can be clicked is reached by Tab, and shows where the focus is', async () => {
    const { page } = await read(`/?${HOUR}`);
    await page.locator('.rows .row').first().waitFor();
    const reached = new Set<string>();
    for (let step = 0; step < 24; step++) {
      await page.keyboard.press('Tab');
      reached.add(
        await page.evaluate(() => {
          const at = document.activeElement;
          // Behind the last element the browser itself has its turn.
          if (at === null || at === document.body) return '';
          const outline = getComputedStyle(at).outlineStyle;
          const box = at.closest('.search-box') ? 'box' : outline;
          return `${at.getAttribute('aria-label') ?? at.textContent.trim().slice(0, 20)}|${box === 'none' ? 'unseen' : 'seen'}`;
        }),
      );
    }
    const names = [...reached].join('\n');
    for (const part of [
      'Audit register',
      'Search the records',
      'Earlier',
      'Time. Arrow keys',
      'Records, the newest',
      'Export',
      'colours',
    ])
      expect(names).toContain(part);
    expect(names).not.toContain('|unseen');
  });
});

test('docs/explorer.md has the keys that the help shows', async () => {
  const { page } = await read('/');
  await page.keyboard.press('?');
  const section = page.locator('dialog section', {
    has: page.getByRole('heading', { name: 'Keys', exact: true }),
  });
  const shown = await section
    .locator('dl > div')
    .evaluateAll((all) =>
      all.map((one) => [
        [...one.querySelectorAll('kbd')].map((key) => `\`${key.textContent}\``).join(' '),
        one.querySelector('dd')?.textContent,
      ]),
    );
  const docs = readFileSync(join(import.meta.dirname, '../../docs/explorer.md'), 'utf8');
  const [, table = ''] = docs.split('## Keyboard shortcuts');
  const written = [...table.matchAll(/^\| (`.+?) +\| (.+?) +\|$/gm)].map(([, keys, meaning]) => [
    keys,
    meaning,
  ]);
  expect(shown.length).toBeGreaterThan(10);
  expect(written).toEqual(shown);
});
