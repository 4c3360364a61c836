import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { useClickHouse } from '../support/clickhouse.ts';
import { until } from './condition.ts';
import { startFaultProxy } from '../../chaos/stage/fault-proxy.ts';
import type { Fault, FaultProxy } from '../../chaos/stage/fault-proxy.ts';
import { useInstallation } from './launch.ts';
import type { Launched } from './launch.ts';

const BREAK =
  /^audit-register: records wait in the spool \S+: ClickHouse at http\S+ does not take them: (.*)$/gm;
const HEAL =
  /^audit-register: ClickHouse at \S+ takes records again after \d+ failed attempts? in \S+ s; .*$/gm;

const installation = useInstallation();
const store = useClickHouse();
const proxies: FaultProxy[] = [];

afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.close();
});

describe.each<[Fault, RegExp]>([
  ['closes at once', /CLICKHOUSE_URL/],
  ['never answers', /Timeout error\. \(.*AUDIT_REGISTER_CLICKHOUSE_TIMEOUT_MS\)/],
  ['answers 500', /oops \(check AUDIT_REGISTER_CLICKHOUSE_URL\)/],
  ['answers garbage', /\(check AUDIT_REGISTER_CLICKHOUSE_URL\)/],
  ['answers as another server', /\(check AUDIT_REGISTER_CLICKHOUSE_URL\)/],
  ['closes after the headers', /\(check AUDIT_REGISTER_CLICKHOUSE_URL\)/],
  ['stops after the headers', /AUDIT_REGISTER_CLICKHOUSE_URL/],
  ['loses the answer', /\(check AUDIT_REGISTER_CLICKHOUSE_URL\)/],
])('Where ClickHouse %s', (fault, reason) => {
  test.each(['auto', 'off'])(
    'responses are the same, it is said once, and every record arrives once it heals (MIGRATE=%s)',
    async (migrate) => {
      const proxy = await startProxy(fault);
      const app = launch({ AUDIT_REGISTER_CLICKHOUSE_URL: proxy.url, AUDIT_REGISTER_MIGRATE: migrate });
      const paths = await visit(app, `/${fault.replaceAll(' ', '-')}-${migrate}`);
      await until('two attempts', () => proxy.hits() >= 2);
      await until('the word of the fault', () => app.stderr().search(BREAK) >= 0);
      proxy.become('passes');
      await expectRecords(paths);
      await until('the word of healing', () => HEAL.test(app.stderr()));
      const said = [...app.stderr().matchAll(BREAK)].map(([, why]) => why);
      expect(said).toEqual([expect.stringMatching(reason)]);
      expect(app.stderr().match(HEAL)).toHaveLength(1);
    },
  );
});

test('A ClickHouse that goes away for a while loses nothing and doubles nothing', async () => {
  const proxy = await startProxy('passes');
  const app = launch({ AUDIT_REGISTER_CLICKHOUSE_URL: proxy.url });
  const paths: string[] = [];
  for (const fault of ['passes', 'closes at once', 'loses the answer', 'never answers'] as const) {
    const before = proxy.hits();
    proxy.become(fault);
    paths.push(...(await visit(app, `/a-while/${fault.replaceAll(' ', '-')}`)));
    if (fault !== 'passes') await until('a fault', () => proxy.hits() > before);
  }
  proxy.become('passes');
  await expectRecords(paths);
});

test('A wrong password is said with the setting, and the application runs', async () => {
  const app = launch({
    AUDIT_REGISTER_CLICKHOUSE_URL: store().url,
    AUDIT_REGISTER_CLICKHOUSE_USER: 'audit_writer',
    AUDIT_REGISTER_CLICKHOUSE_PASSWORD: 'hunter2',
  });
  await visit(app, '/wrong-password');
  const why = await reasonOf(app);
  expect(why).toMatch(/AUDIT_REGISTER_CLICKHOUSE_USER and AUDIT_REGISTER_CLICKHOUSE_PASSWORD\)$/);
  expect(app.stderr()).not.toContain('hunter2');
});

test('A user that may only insert delivers to tables that somebody else has made', async () => {
  const { username, password } = store().config('audit_writer');
  const app = launch({
    AUDIT_REGISTER_CLICKHOUSE_URL: store().url,
    AUDIT_REGISTER_CLICKHOUSE_USER: username,
    AUDIT_REGISTER_CLICKHOUSE_PASSWORD: password,
  });
  await expectRecords(await visit(app, '/insert-only'));
  expect(app.stderr()).toBe('');
});

test('Missing tables are said with the command that makes them, where they are not made at start', async () => {
  const missing = launch({
    AUDIT_REGISTER_CLICKHOUSE_URL: store().url,
    AUDIT_REGISTER_CLICKHOUSE_DATABASE: 'not_there',
    AUDIT_REGISTER_MIGRATE: 'off',
  });
  await visit(missing, '/missing');
  expect(await reasonOf(missing)).toContain('run `audit-register migrate`');
});

test('Missing tables are made at start, and the records arrive', async () => {
  const app = launch({
    AUDIT_REGISTER_CLICKHOUSE_URL: store().url,
    AUDIT_REGISTER_CLICKHOUSE_DATABASE: 'made_at_start',
  });
  const paths = await visit(app, '/made');
  await expectRecords(paths, 'made_at_start');
  expect(app.stderr()).toBe('');
});

test('A certificate that nobody vouches for is said with the mend', async () => {
  const file = (name: string): string =>
    readFileSync(join(installation().directory, `self-signed.${name}`), 'utf8');
  const server = createServer({ key: file('key'), cert: file('pem') }, (_, response) => response.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const app = launch({ AUDIT_REGISTER_CLICKHOUSE_URL: url });
  await visit(app, '/tls');
  expect(await reasonOf(app)).toMatch(/self-signed certificate.*NODE_EXTRA_CA_CERTS/);
  server.closeAllConnections();
  server.close();
});

async function startProxy(fault: Fault): Promise<FaultProxy> {
  const proxy = await startFaultProxy(store().url, fault);
  proxies.push(proxy);
  return proxy;
}

function launch(env: Record<string, string>): Launched {
  return installation().launch('server.cjs', {
    env: { AUDIT_REGISTER_SINK: 'clickhouse', AUDIT_REGISTER_CLICKHOUSE_TIMEOUT_MS: '1000', ...env },
  });
}

/** Several requests, all answered by the application as ever. */
async function visit(app: Launched, prefix: string): Promise<string[]> {
  const address = await app.address();
  const paths = ['/1', '/2', '/3'].map((path) => prefix + path);
  const answers = await Promise.all(
    paths.map(async (path) => {
      const response = await fetch(address + path);
      return [response.status, await response.text()];
    }),
  );
  expect(answers).toEqual(paths.map((path) => [200, path]));
  return paths;
}

async function expectRecords(paths: readonly string[], database = 'audit'): Promise<void> {
  const stored = async (): Promise<string[]> => {
    const sql = `SELECT url_path FROM ${database}.records WHERE has({paths:Array(String)}, url_path) ORDER BY url_path`;
    const rows = await store()
      .query<{ url_path: string }>(sql, { paths })
      .catch(() => []);
    return rows.map((row) => row.url_path);
  };
  await until('the records', async () => (await stored()).length >= paths.length);
  expect(await stored()).toEqual([...paths].sort());
}

async function reasonOf(app: Launched): Promise<string> {
  const [, why] = await until('the reason', () => [...app.stderr().matchAll(BREAK)][0]);
  return String(why);
}
