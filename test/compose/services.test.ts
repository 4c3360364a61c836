import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { freePort } from '../../examples/demo/ports.ts';
import { startWatched } from '../../examples/demo/watched-process.ts';
import type { WatchedProcess } from '../../examples/demo/watched-process.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { SECRETS, startComposeClickHouse } from './compose-clickhouse.ts';
import type { ComposeClickHouse } from './compose-clickhouse.ts';
import { ROOT, VARIABLE, readCompose } from './compose-file.ts';

/*
 * docker-compose.yml without Docker: the commands of its services with their environment, as processes of this
 * machine. Only addresses are changed. What images, networks and mounts make of it is not seen here.
 * It needs the build in dist/.
 */
const compose = readCompose();
const processes: WatchedProcess[] = [];
let clickhouse: ComposeClickHouse;
let postgres: Postgres;
let directory: string;
let addresses: readonly (readonly [string, string])[];
let ports: Record<string, number>;

beforeAll(async () => {
  [clickhouse, postgres, directory] = await Promise.all([
    startComposeClickHouse(),
    startPostgres(),
    imageDirectory(),
  ]);
  ports = { issuer: await freePort(), shop: await freePort() };
  addresses = [
    [`postgres://shop:${SECRETS.SHOP_DATABASE_PASSWORD}@postgres:5432/shop`, postgres.url],
    ['http://clickhouse:8123', clickhouse.url],
    ['http://issuer:3001', `http://127.0.0.1:${ports['issuer']}`],
  ];
});

afterAll(async () => {
  for (const one of processes.toReversed()) await one.stop();
  await postgres?.stop();
  await clickhouse?.stop();
  await rm(directory, { recursive: true, force: true });
});

test('the services come up in their order, and a visit to the shop is in the register, read by the reader', async () => {
  expect(await run('migrate').ended).toBe('migrate ended with exit code 0');
  expect(await run('shop-setup').ended).toBe('shop-setup ended with exit code 0');
  await run('issuer').line(/is listening on/, 20_000);
  await run('shop').line(/is listening on/, 20_000);

  const shop = `http://127.0.0.1:${ports['shop']}`;
  const login = await fetch(`${shop}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'alice', password: 'alice-password' }),
  });
  const { token } = (await login.json()) as { token: string };
  const users = await fetch(`${shop}/admin/users`, { headers: { authorization: `Bearer ${token}` } });
  expect(users.status).toBe(200);

  const reader = clickhouse.as('audit_reader');
  const rows = await vi.waitUntil(
    async () => {
      const result = await reader.query({
        query: `SELECT actor_name, actor_assurance, http_status, service_name, environment FROM audit.requests
          WHERE url_path = '/admin/users'`,
        format: 'JSONEachRow',
      });
      const found = await result.json();
      return found.length > 0 && found;
    },
    { timeout: 20_000, interval: 100 },
  );
  expect(rows).toEqual([
    {
      actor_name: 'alice',
      actor_assurance: 'verified',
      http_status: 200,
      service_name: 'shop',
      environment: 'compose',
    },
  ]);
});

/** What examples/shop/Dockerfile makes: the shop, and beside it its packages. */
async function imageDirectory(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'audit-register-compose-'));
  await cp(join(ROOT, 'examples/shop'), home, { recursive: true });
  await mkdir(join(home, 'node_modules/.bin'), { recursive: true });
  await symlink(ROOT, join(home, 'node_modules/audit-register'));
  await symlink(join(ROOT, 'dist/commands/cli.js'), join(home, 'node_modules/.bin/audit-register'));
  for (const name of ['express', 'jose', 'pg']) {
    await symlink(join(ROOT, 'node_modules', name), join(home, 'node_modules', name));
  }
  return home;
}

function run(name: string): WatchedProcess {
  const [command = '', ...args] = compose.services[name]?.command ?? [];
  const isNode = command === 'node';
  const started = startWatched({
    name,
    command: process.execPath,
    args: isNode ? args : [command, ...args],
    cwd: directory,
    env: { PATH: process.env['PATH'], ...environmentOf(name) },
  });
  processes.push(started);
  return started;
}

function environmentOf(name: string): NodeJS.ProcessEnv {
  const given = Object.entries(compose.services[name]?.environment ?? {}).map(([variable, text]) => {
    let value = text.replace(VARIABLE, (_text, secret: keyof typeof SECRETS) => SECRETS[secret]);
    for (const [there, here] of addresses) value = value.replace(there, here);
    return [variable, value];
  });
  const here = name in ports ? { PORT: String(ports[name]), HOST: '127.0.0.1' } : {};
  return { ...Object.fromEntries(given), ...here };
}
