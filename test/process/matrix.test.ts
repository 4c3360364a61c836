import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { createItems } from './items.ts';
import { useInstallation } from './launch.ts';
import type { LaunchOptions } from './launch.ts';
import type { NodeVersion } from './nodes.ts';
import { expectVisit, visitAndEnd } from './visit.ts';

const WAYS: Readonly<Record<string, LaunchOptions>> = {
  '--require': { nodeArgs: ['--require', 'audit-register'] },
  '--import': { nodeArgs: ['--import', 'audit-register'] },
  NODE_OPTIONS: { nodeArgs: [], env: { NODE_OPTIONS: '--require audit-register' } },
};
const FILES = ['app.cjs', 'app.mjs'];
const VERSIONS: readonly NodeVersion[] = [22, 24, 26];

const installation = useInstallation();
let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres();
  await createItems(postgres.url);
});
afterAll(() => postgres?.stop());

describe.each(VERSIONS)('on Node.js %i', (node) => {
  describe.each(Object.keys(WAYS))('preloaded by %s', (way) => {
    test.each(FILES)('%s has one record for each request and each write, by the right user', async (file) => {
      const { nodeArgs, env } = WAYS[way] as LaunchOptions;
      const app = installation().launch(file, {
        node,
        nodeArgs: nodeArgs ?? [],
        env: { ...env, DATABASE_URL: postgres.url },
      });
      expectVisit(await visitAndEnd(app));
      expect(app.stderr()).toBe('');
    });
  });
});
