import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useClickHouse } from '../support/clickhouse.ts';
import { recordsInClickHouse, startPreloaded } from '../support/preloaded.ts';
import type { RecordRow } from '../support/preloaded.ts';
import { expectedActs, visitInParallel } from './parallel-users.ts';

const FIXTURE = `${import.meta.dirname}/fixtures/calls-app.cjs`;
const CASES = 'fetch http denied early broken refused cut webhook propagation reused unread'.split(' ');

let upstream: Server;
let runs: ReadonlyMap<string, readonly RecordRow[]>;
let answers: ReadonlyMap<string, unknown>;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audit-register-calls-'));
  upstream = createServer((request, response) => {
    const status = Number(/^\/status\/(\d+)/.exec(request.url ?? '')?.[1] ?? 200);
    if (request.url?.endsWith('/early')) response.writeEarlyHints({ link: '</a.css>; rel=preload' });
    if (request.url === '/cut') request.socket.destroy();
    else response.writeHead(status).end(JSON.stringify(request.headers));
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  [runs, answers] = await runCases({ AUDIT_REGISTER_CAPTURE_CALLS: 'true' });
});

afterAll(async () => {
  upstream.closeAllConnections();
  upstream.close();
  await rm(directory, { recursive: true, force: true });
});

function address(): string {
  return `127.0.0.1:${(upstream.address() as AddressInfo).port}`;
}

async function runCases(
  env: Readonly<Record<string, string>>,
  store?: ReturnType<typeof recordsInClickHouse>,
) {
  const app = await startPreloaded(FIXTURE, {
    env: { UPSTREAM: `http://${address()}`, ...env },
    ...(store === undefined ? {} : { store }),
  });
  const seen = new Map<string, unknown>();
  for (const name of CASES) {
    const answer = (await (await fetch(`${app.url}/${name}`)).json()) as { result: unknown };
    seen.set(name, answer.result);
  }
  const { exitCode, records, stderr } = await app.end();
  expect(exitCode, stderr).toBe(0);
  const requests = records.filter(({ target_type }) => target_type === 'route');
  const own = requests.map(({ record_id, url_path }): [string, RecordRow[]] => [
    url_path.slice(1),
    records.filter((record) => record.request_id === record_id && record.record_id !== record_id),
  ]);
  return [new Map([...own, ['all', [...records]]]), seen] as const;
}

test.each([
  [
    'fetch',
    {
      http_method: 'POST',
      url_path: '/orders',
      url_query: 'token=&page=',
      http_status: 200,
      outcome: 'success',
    },
  ],
  [
    'http',
    {
      http_method: 'DELETE',
      url_path: '/orders/7',
      url_query: 'token=',
      http_status: 200,
      outcome: 'success',
    },
  ],
  ['denied', { http_status: 403, outcome: 'denied', severity: 'warning' }],
  ['early', { http_status: 403, outcome: 'denied' }],
  ['broken', { http_status: 500, outcome: 'failure', severity: 'error' }],
  ['refused', { http_status: 0, outcome: 'failure', error_type: 'ECONNREFUSED' }],
  ['cut', { http_status: 0, outcome: 'unknown', error_type: 'UND_ERR_SOCKET' }],
  ['webhook', { url_path: '/services/T0123/B0123/[redacted]' }],
  ['unread', { http_status: 200, outcome: 'success' }],
])('%s: a request to another has one record', (name, expected) => {
  const calls = runs.get(name) ?? [];
  expect(calls).toHaveLength(1);
  expect(calls[0]).toMatchObject({ category: 'call', action: 'call', target_type: 'host', ...expected });
  expect(calls[0]?.target_id).toBe(name === 'refused' ? '127.0.0.1:1' : address());
});

test('nothing secret of a request to another is kept', () => {
  expect(JSON.stringify(runs.get('all'))).not.toMatch(/s3cret/i);
});

test('what the application sends is what it sends without us', () => {
  expect(answers.get('propagation')).toBeNull();
});

test('one handler may be used for many requests, each in the context of its own caller', () => {
  expect(answers.get('reused')).toBe('first,second');
});

test('with the instrumentation of undici there is still one record, in the trace that is sent along', async () => {
  const [own, seen] = await runCases({
    AUDIT_REGISTER_CAPTURE_CALLS: 'true',
    AUDIT_REGISTER_INSTRUMENTATIONS: 'undici',
  });
  const calls = own.get('propagation') ?? [];
  expect(calls).toHaveLength(1);
  expect(seen.get('propagation')).toContain(calls[0]?.trace_id);
  expect(own.get('http')).toHaveLength(1);
});

test('the default policy takes no requests to others', async () => {
  const [without] = await runCases({});
  expect(without.get('all')?.filter(({ action }) => action === 'call')).toEqual([]);
});

test('a rule of one’s own takes those to one path, with their values', async () => {
  const config = join(directory, 'audit-register.config.cjs');
  await writeFile(
    config,
    `module.exports = { policy: [
      { name: 'orders', level: 'request', match: { category: 'call', path: '/orders/**', method: 'DELETE' } },
      { name: 'rest', level: 'none' },
    ] };`,
  );
  const [own] = await runCases({ AUDIT_REGISTER_CONFIG: config });
  expect(own.get('all')).toMatchObject([
    { action: 'call', policy_rule: 'orders', url_path: '/orders/7', url_query: 'token=[redacted]' },
  ]);
});

test("every request to another of 50 users is its own user's, also from a pool of 2", async () => {
  const { steps, acts } = await visitInParallel(FIXTURE, {
    UPSTREAM: `http://${address()}`,
    AUDIT_REGISTER_CAPTURE_CALLS: 'true',
  });
  const calls = acts.filter(({ action }) => action === 'call');
  const described = calls.map(({ actor_id, url_path }) => `${actor_id}: ${url_path.split('/')[2]}`);
  expect(described.sort()).toEqual(expectedActs(steps));
  for (const { actor_id, url_path } of calls)
    expect(url_path.split('/')[1]).toBe(actor_id.replace('user', 'request'));
});

describe('with ClickHouse', () => {
  const store = useClickHouse();

  test('what the register sends itself is recorded by nobody', async () => {
    const [all] = await runCases(
      { AUDIT_REGISTER_CAPTURE_CALLS: 'true', AUDIT_REGISTER_FLUSH_INTERVAL_MS: '10' },
      recordsInClickHouse(store(), 'calls-test'),
    );
    const calls = all.get('all')?.filter(({ action }) => action === 'call') ?? [];
    // `reused` makes two.
    expect(calls).toHaveLength(CASES.length + 1);
    expect(
      calls.filter(({ target_id }) => !target_id.startsWith('127.0.0.1:1') && target_id !== address()),
    ).toEqual([]);
  });
});
