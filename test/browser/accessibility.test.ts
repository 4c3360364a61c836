import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { seedHistory } from '../support/seeded-history.ts';
import type { HistoryIds } from '../support/seeded-history.ts';
import { useExplorer } from './support/explorer.ts';
import { HOUR } from './support/rows.ts';

const { store, read } = useExplorer();
const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let ids: HistoryIds;

beforeAll(async () => {
  ids = await seedHistory(store());
});

type Show = (page: Page) => Promise<unknown>;

const VIEWS: Readonly<Record<string, readonly [path: () => string, shown: Show]>> = {
  'the list': [() => `/?${HOUR}`, (page) => page.locator('.legend, .rows .row').last().waitFor()],
  'a record': [
    () => `/?${HOUR}&record=${ids.paid}`,
    async (page) => {
      await page.locator('.all-fields').waitFor();
      await page.getByLabel('empty ones too').check();
    },
  ],
  'a failed record': [
    () => `/?${HOUR}&record=${ids.duplicate}`,
    (page) => page.locator('.all-fields').waitFor(),
  ],
  'the history of a row': [
    () => `/object/orders/1042?${HOUR}`,
    (page) => page.locator('.entry').first().waitFor(),
  ],
  'an actor': [() => `/actor/user-1?${HOUR}`, (page) => page.locator('.card').first().waitFor()],
  'the completion': [
    () => `/?${HOUR}`,
    async (page) => {
      await page.getByRole('combobox').pressSequentially('a');
      await page.keyboard.press('ArrowDown');
      await page.getByRole('option').first().waitFor();
    },
  ],
  'a menu': [
    () => `/?${HOUR}`,
    async (page) => {
      await page.locator('.rows .row').first().waitFor();
      await page.keyboard.press('j');
      await page.keyboard.press('f');
      await page.getByRole('menu').waitFor();
    },
  ],
  'the time range': [
    () => `/?${HOUR}`,
    async (page) => {
      await page.locator('.period-open').click();
      await page.getByRole('dialog', { name: 'Time range' }).waitFor();
    },
  ],
  'the help': [
    () => `/?${HOUR}`,
    async (page) => {
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
    },
  ],
  'integrity and export': [
    () => `/?${HOUR}`,
    async (page) => {
      await page.locator('.integrity-open').click();
      await page.locator('.integrity-detail li').first().waitFor();
    },
  ],
  'nothing found': [
    () => '/?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z',
    (page) => page.getByRole('heading', { name: 'Nothing found' }).waitFor(),
  ],
  'a search that cannot be read': [
    () => `/?${HOUR}&search=actr:x`,
    (page) => page.getByRole('alert').waitFor(),
  ],
};

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const results = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: () => Promise<AxeResults> } };
    return axe.run();
  });
  expect(results.passes.length).toBeGreaterThan(10);
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`),
  );
}

const NARROW = [
  'the list',
  'a record',
  'the history of a row',
  'an actor',
  'the completion',
  'the time range',
];

describe.each([
  ['light', 1440, Object.keys(VIEWS)],
  ['dark', 1440, Object.keys(VIEWS)],
  ['light', 360, NARROW],
] as const)('in %s, %i pixels wide, axe finds nothing wrong with', (colorScheme, width, names) => {
  test.each(names)('%s', async (name) => {
    const [path, shown] = VIEWS[name] ?? [];
    if (path === undefined || shown === undefined) throw new Error(name);
    const { page } = await read(path(), {
      colorScheme,
      viewport: { width, height: 860 },
      expected: /status of 400/,
      reducedMotion: 'reduce',
    });
    await shown(page);
    expect(await violations(page)).toEqual([]);
  });
});
