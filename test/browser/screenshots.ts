import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { useExplorer } from './support/explorer.ts';
import { seedShopDay } from './support/shop-day.ts';

/** `npm run screenshots`: the pictures of README and docs. With the font Inter (fonts-inter) they look as most readers see them. */
const IMAGES = join(import.meta.dirname, '../../docs/images');
const MOST_BYTES = 260_000;
const { store, read } = useExplorer();

beforeAll(async () => {
  await seedShopDay(store(), Date.now());
});

interface Picture {
  readonly path: string;
  readonly shown: (page: Page) => Promise<unknown>;
  readonly dark?: boolean;
  readonly width?: number;
  readonly height?: number;
}

const openUndone = async (page: Page): Promise<void> => {
  await page
    .locator('.row', { hasText: 'orders /' })
    .filter({ hasText: 'rolled back' })
    .first()
    .locator('.when')
    .click();
  await page.locator('.timeline').waitFor();
  await page.locator('.integrity-open', { hasText: 'intact' }).waitFor();
};

const PICTURES: Readonly<Record<string, Picture>> = {
  explorer: { path: '/', shown: (page) => page.locator('.integrity-open', { hasText: 'intact' }).waitFor() },
  'explorer-record': {
    path: '/?search=route:/orders/:id/pay category:db',
    shown: openUndone,
    dark: true,
    height: 1120,
  },
  'explorer-row': {
    path: '/object/orders/1042?last=24h',
    shown: (page) => page.locator('.entry').first().waitFor(),
  },
  'explorer-actor': {
    path: '/actor/user-17',
    shown: (page) => page.locator('.card').first().waitFor(),
    dark: true,
  },
  'explorer-narrow': {
    path: '/',
    shown: (page) => page.locator('.integrity-open', { hasText: 'intact' }).waitFor(),
    width: 360,
    height: 740,
  },
};

test.each(Object.keys(PICTURES))('%s', async (name) => {
  const { path, shown, dark = false, width = 1280, height = 800 } = PICTURES[name] as Picture;
  const { page } = await read(path, {
    colorScheme: dark ? 'dark' : 'light',
    viewport: { width, height },
    reducedMotion: 'reduce',
    timezoneId: 'Europe/Vienna',
  });
  await shown(page);
  await page.evaluate(() => document.fonts.ready);
  const file = join(IMAGES, `${name}.png`);
  await page.screenshot({ path: file, animations: 'disabled' });
  expect((await stat(file)).size).toBeLessThan(MOST_BYTES);
});
