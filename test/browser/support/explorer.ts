import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { startExplorer } from '../../../src/explorer/server.ts';
import type { Explorer } from '../../../src/explorer/server.ts';
import type { StoreUser } from '../../../src/store/grants.ts';
import { startTestClickHouse } from '../../support/clickhouse.ts';
import type { TestClickHouse } from '../../support/clickhouse.ts';
import { launchChromium } from './chromium.ts';
import { openReader } from './reader.ts';
import type { ReaderOptions, ReaderPage } from './reader.ts';

const PAGE_DIRECTORY = join(import.meta.dirname, '../../../dist/explorer/page');

export interface ExploredStore {
  readonly store: () => TestClickHouse;
  readonly explorer: () => Explorer;
  readonly read: (path: string, options?: ReaderOptions) => Promise<ReaderPage>;
}

/** An explorer over the built page, on a free port. */
export function startPage(store: TestClickHouse, user: StoreUser = 'audit_reader'): Promise<Explorer> {
  if (!existsSync(PAGE_DIRECTORY)) throw new Error('The page is not built: npm run build');
  return startExplorer({
    store: store.config(user),
    host: '127.0.0.1',
    port: 0,
    version: '0.0.0-test',
    pageDirectory: PAGE_DIRECTORY,
    report: (defect) => {
      throw new Error(defect);
    },
  });
}

/** One engine, one explorer over the built page, and one browser for all tests of a file. Every page must have stayed clean. */
export function useExplorer(): ExploredStore {
  const started: { store?: TestClickHouse; explorer?: Explorer; browser?: Browser } = {};
  const readers: ReaderPage[] = [];
  beforeAll(async () => {
    started.browser = await launchChromium();
    started.store = await startTestClickHouse();
    started.explorer = await startPage(started.store);
  });
  afterEach(async () => {
    const opened = readers.splice(0);
    try {
      for (const reader of opened) await reader.expectClean();
    } finally {
      for (const reader of opened) await reader.close();
    }
  });
  afterAll(async () => {
    await started.explorer?.close();
    await started.browser?.close();
    await started.store?.stop();
  });
  return {
    store: () => there(started.store),
    explorer: () => there(started.explorer),
    read: async (path, options) => {
      const reader = await openReader(there(started.browser), there(started.explorer).url, options);
      readers.push(reader);
      await reader.open(path);
      return reader;
    },
  };
}

function there<Thing>(thing: Thing | undefined): Thing {
  if (thing === undefined) throw new Error('It is only there inside of tests');
  return thing;
}
