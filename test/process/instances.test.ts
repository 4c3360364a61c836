import { existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { useInstallation } from './launch.ts';
import type { Launched } from './launch.ts';

const installation = useInstallation();

const REQUIRE = ['--require', 'audit-register'];
const IMPORT = ['--import', 'audit-register'];

test.each([
  ['by --require twice', [...REQUIRE, ...REQUIRE], ''],
  ['by --require and --import', [...REQUIRE, ...IMPORT], ''],
  ['by --require and NODE_OPTIONS', REQUIRE, '--require audit-register'],
  ['by --import and NODE_OPTIONS', IMPORT, '--require audit-register'],
  [
    'by its file and its name',
    [...REQUIRE, '--require', './node_modules/audit-register/dist/register.js'],
    '',
  ],
])('A preload named %s runs once', async (_, nodeArgs, options) => {
  const app = installation().launch('server.cjs', { nodeArgs, env: { NODE_OPTIONS: options } });
  await get(await app.address(), '/once');
  await end(app);
  expect(paths(app)).toEqual(['/once']);
});

test('A worker thread records what it serves, and has delivered it when it ends', async () => {
  const app = installation().launch('worker.cjs', { env: { AUDIT_REGISTER_FLUSH_INTERVAL_MS: '60000' } });
  await get(await app.address(), '/in-worker');
  await app.said(/worker ended with 0/);
  expect(paths(app)).toEqual(['/in-worker']);
  await end(app);
  expect(paths(app)).toEqual(['/in-worker']);
});

test('A forked child records what it serves, as a process of its own', async () => {
  const app = installation().launch('fork.cjs');
  await get(await app.address(), '/in-child');
  app.child.kill('SIGTERM');
  expect((await app.ended).stdout).toMatch(/child ended by SIGTERM/);
  expect(paths(app)).toEqual(['/in-child']);
  expect(app.lines()[0]?.['process_id']).not.toBe(app.child.pid);
});

test('Workers of a cluster record what each has served', async () => {
  const app = installation().launch('cluster.cjs');
  const address = await app.address();
  const served: string[] = [];
  while (new Set(served).size < 2 || served.length < 6) served.push(await get(address, '/in-cluster'));
  app.child.kill('SIGTERM');
  expect((await app.ended).code).toBe(0);
  const recorded = app.lines().map((line) => String(line['process_id']));
  expect(recorded.sort()).toEqual(served.sort());
});

test.each([22, 24] as const)('The loader thread of Node.js %i is left alone', async (node) => {
  const app = installation().launch('loader.mjs', { node });
  const [said] = await app.said(/loader thread: .*/);
  expect(said).toBe('loader thread: no audit');
  await get(await app.address(), '/beside-a-loader');
  await end(app);
  expect(paths(app)).toEqual(['/beside-a-loader']);
});

test.each([24, 26] as const)('TypeScript runs as it is on Node.js %i, and is recorded', async (node) => {
  const app = installation().launch('typed-app.mts', { node });
  await get(await app.address(), '/typed');
  await end(app);
  expect(paths(app)).toEqual(['/typed']);
});

test('npm works under NODE_OPTIONS, and its output is its own', async () => {
  const npm = findNpm();
  const run = (options: string) =>
    installation().launch(npm, {
      nodeArgs: [],
      env: { NODE_OPTIONS: options },
      args: ['pkg', 'get', 'version', '--offline'],
    }).ended;
  const [bare, audited] = await Promise.all([run(''), run('--require audit-register')]);
  expect(bare.stdout.trim()).toBe('"1.2.3"');
  expect([audited.code, audited.stdout, audited.stderr]).toEqual([0, bare.stdout, bare.stderr]);
});

async function get(address: string, path: string): Promise<string> {
  const response = await fetch(address + path, { headers: { connection: 'close' } });
  expect(response.status).toBe(200);
  return response.text();
}

async function end(app: Launched): Promise<void> {
  app.child.kill('SIGTERM');
  expect((await app.ended).signal).toBe('SIGTERM');
}

function paths(app: Launched): unknown[] {
  return app.lines().map((line) => line['url_path']);
}

function findNpm(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, 'npm')).find((path) => existsSync(path));
  if (found === undefined) throw new Error('no npm in PATH');
  return realpathSync(found);
}
