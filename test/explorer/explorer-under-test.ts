import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { startExplorer } from '../../src/explorer/server.ts';
import type { Explorer, ExplorerOptions } from '../../src/explorer/server.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';
import { ask } from './exchange.ts';
import type { Answer, AskOptions } from './exchange.ts';

export interface ExplorerUnderTest extends Explorer {
  readonly origin: string;
  readonly token: string;
  /** With the token, as a script sends it. */
  readonly get: (path: string, options?: AskOptions) => Promise<Answer>;
  /** What `get` answers, as JSON, with the status before it where that is not 200. */
  readonly json: <Body>(path: string) => Promise<Body>;
}

/** A page that stands in for the real one: a file of each kind, one in a folder. */
export function makePage(): { directory: string; remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'audit-register-page-'));
  const files = {
    'index.html': '<!doctype html><title>page</title>',
    'app.js': 'export {}',
    'app.css': 'body {}',
    'favicon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
    'secret.env': 'not served',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** An explorer over a store as `audit_reader`, on a free port. */
export async function explore(
  store: TestClickHouse,
  options: Partial<ExplorerOptions> = {},
): Promise<ExplorerUnderTest> {
  const explorer = await startExplorer({
    store: store.config('audit_reader'),
    host: '127.0.0.1',
    port: 0,
    version: '1.2.3',
    report: (defect) => {
      throw new Error(defect);
    },
    ...options,
  });
  const { origin, searchParams } = new URL(explorer.url);
  const token = searchParams.get('token') ?? '';
  const get: ExplorerUnderTest['get'] = (path, { headers, ...rest } = {}) =>
    ask(origin, path, { headers: { Authorization: `Bearer ${token}`, ...headers }, ...rest });
  return {
    ...explorer,
    origin,
    token,
    get,
    json: async <Body>(path: string) => {
      const { status, text } = await get(path);
      if (status !== 200) throw new Error(`${status} ${text}`);
      return JSON.parse(text) as Body;
    },
  };
}

/** One engine and one explorer for all tests of a file. */
export function useExplorer(options: Partial<ExplorerOptions> = {}): {
  store: () => TestClickHouse;
  explorer: () => ExplorerUnderTest;
} {
  const store = useClickHouse();
  const page = makePage();
  let explorer: ExplorerUnderTest | undefined;
  beforeAll(async () => {
    explorer = await explore(store(), { pageDirectory: page.directory, ...options });
  });
  afterAll(async () => {
    await explorer?.close();
    page.remove();
  });
  return {
    store,
    explorer: () => {
      if (explorer === undefined) throw new Error('The explorer is only there inside of tests');
      return explorer;
    },
  };
}
