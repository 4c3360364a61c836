import { SignJWT } from 'jose';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useClickHouse } from '../support/clickhouse.ts';
import { withLateNames } from '../support/late-names.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { recordsInClickHouse, startPreloaded } from '../support/preloaded.ts';
import type { RecordRow } from '../support/preloaded.ts';

const FIXTURE = `${import.meta.dirname}/fixtures/late-users-app.cjs`;
const API = `${import.meta.dirname}/../../dist/index.js`;
const SECRET = 'a-secret-of-the-parity-tests-only';
const STEPS = ['after', 'early', 'late', 'transaction'];
const USERS = 200;
const BACKGROUND_WRITES = 200;

const store = useClickHouse();
let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres();
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  await client.query('create table writes (id serial primary key, request text, step text)');
  await client.query('create table users (id text, name text, roles text[], session text)');
  await client.query(
    `insert into users select 'user-' || n, 'Name of ' || n, '{staff}', 'session-' || n from generate_series(0, ${USERS}) n`,
  );
  await client.end();
});
afterAll(() => postgres?.stop());

interface Visit {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** All at the same time; gives back what is in ClickHouse once the process has ended. */
async function visit(
  service: string,
  visits: readonly Visit[],
  env: Readonly<Record<string, string>> = {},
  backgroundWrites = 0,
): Promise<readonly RecordRow[]> {
  const app = await startPreloaded(FIXTURE, {
    args: [String(backgroundWrites)],
    env: { DATABASE_URL: postgres.url, AUDIT_REGISTER_JWT_SECRET: SECRET, ...env },
    store: recordsInClickHouse(store(), service),
  });
  const answers = await Promise.all(
    visits.map(async ({ name, headers }) => {
      const response = await fetch(`${app.url}/${name}`, { headers });
      await response.text();
      return response.status;
    }),
  );
  const { exitCode, records, stderr } = await app.end();
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(new Set(answers)).toEqual(new Set([200]));
  return withLateNames(records);
}

function tokenOf(sub: string, secret = SECRET): Promise<string> {
  return new SignJWT({ sub, name: `Name of ${sub}` })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(secret));
}

const basic = (user: string): string => `Basic ${Buffer.from(`${user}:secret`).toString('base64')}`;
const writesOf = (records: readonly RecordRow[], name: string): RecordRow[] =>
  records.filter(({ action, new_values: values }) => action === 'create' && values['request'] === name);
const stepsOf = (writes: readonly RecordRow[]): (string | undefined)[] =>
  writes.map(({ new_values: values }) => values['step']).sort();

/** Every write and the request itself are there once, with these values. */
function expectAll(records: readonly RecordRow[], name: string, values: Partial<RecordRow>): void {
  const writes = writesOf(records, name);
  const requests = records.filter(
    ({ category, url_path: path }) => category === 'http' && path === `/${name}`,
  );
  expect(stepsOf(writes)).toEqual(STEPS);
  expect(requests).toHaveLength(1);
  for (const record of [...writes, ...requests]) expect(record).toMatchObject(values);
}

test('parity A: the user comes from a token, a proxy, a session, Basic credentials or a cookie, in order', async () => {
  const token = await tokenOf('ada');
  const records = await visit(
    'parity-sources',
    [
      { name: 'bearer', headers: { authorization: `Bearer ${token}` } },
      { name: 'jwt', headers: { authorization: `JWT ${token}` } },
      { name: 'bare', headers: { authorization: token } },
      { name: 'cookie', headers: { cookie: `token=${token}` } },
      { name: 'proxy', headers: { 'x-remote-user': 'ada', 'x-groups': 'staff,admin' } },
      { name: 'session', headers: { 'x-session': 'session-1' } },
      { name: 'basic', headers: { authorization: basic('ada') } },
      { name: 'token-first', headers: { authorization: `Bearer ${token}`, 'x-remote-user': 'eve' } },
      { name: 'session-over-basic', headers: { authorization: basic('eve'), 'x-session': 'session-1' } },
      { name: 'nobody', headers: {} },
    ],
    {
      AUDIT_REGISTER_JWT_COOKIE: 'token',
      AUDIT_REGISTER_TRUSTED_PROXIES: 'loopback',
      AUDIT_REGISTER_PROXY_USER_HEADER: 'X-Remote-User',
      AUDIT_REGISTER_PROXY_ROLES_HEADER: 'X-Groups',
    },
  );
  const byToken = {
    actor_id: 'ada',
    actor_name: 'Name of ada',
    auth_method: 'jwt',
    actor_assurance: 'verified',
  };
  for (const name of ['bearer', 'jwt', 'bare', 'cookie', 'token-first']) expectAll(records, name, byToken);
  expectAll(records, 'proxy', {
    actor_id: 'ada',
    actor_roles: ['staff', 'admin'],
    auth_method: 'proxy',
    actor_assurance: 'trusted',
  });
  expectAll(records, 'session', {
    actor_id: 'user-1',
    actor_name: 'Name of 1',
    actor_roles: ['staff'],
    auth_method: 'session',
    actor_assurance: 'trusted',
  });
  expectAll(records, 'basic', { actor_id: 'ada', auth_method: 'basic', actor_assurance: 'claimed' });
  expectAll(records, 'session-over-basic', {
    actor_id: 'user-1',
    attributes: expect.objectContaining({
      'audit.actor.claimed_id': 'eve',
      'audit.actor.claimed_method': 'basic',
    }) as Record<string, string>,
  });
  expectAll(records, 'nobody', { actor_type: 'anonymous', actor_id: '', actor_assurance: 'none' });
  expect(JSON.stringify(records)).not.toContain(token);
  expect(JSON.stringify(records)).not.toMatch(/:secret|c2VjcmV0/);
});

test('parity A: a proxy’s header is only believed from a trusted address, and an attempt is on the record', async () => {
  const records = await visit('parity-proxy', [{ name: 'spoof', headers: { 'x-remote-user': 'root' } }], {
    AUDIT_REGISTER_TRUSTED_PROXIES: '203.0.113.0/24',
    AUDIT_REGISTER_PROXY_USER_HEADER: 'X-Remote-User',
  });
  expectAll(records, 'spoof', {
    actor_type: 'anonymous',
    actor_id: '',
    attributes: expect.objectContaining({ 'audit.actor.ignored_proxy_user': 'root' }) as Record<
      string,
      string
    >,
  });
});

test('parity A: a token that is not verified says so, and only where that was asked for by name', async () => {
  const visits = [
    { name: 'foreign', headers: { authorization: `Bearer ${await tokenOf('ada', 'x'.repeat(32))}` } },
  ];
  const refused = await visit('parity-refused', visits);
  expectAll(refused, 'foreign', { actor_id: 'ada', actor_assurance: 'invalid' });
  const claimed = await visit('parity-claimed', visits, {
    AUDIT_REGISTER_JWT_SECRET: '',
    AUDIT_REGISTER_JWT_DANGEROUSLY_SKIP_VERIFICATION: 'true',
  });
  expectAll(claimed, 'foreign', { actor_id: 'ada', actor_assurance: 'claimed' });
});

test('parity B9: a user whom the framework authenticates late is on every record of the request', async () => {
  const stranger = await tokenOf('stranger', 'x'.repeat(32));
  const records = await visit('parity-late', [
    { name: 'late', headers: { 'x-session': 'session-7' } },
    {
      name: 'late-with-foreign-token',
      headers: { 'x-session': 'session-8', authorization: `Bearer ${stranger}` },
    },
  ]);
  expectAll(records, 'late', { actor_type: 'user', actor_id: 'user-7', auth_method: 'session' });
  expectAll(records, 'late-with-foreign-token', {
    actor_id: 'user-8',
    actor_assurance: 'trusted',
    attributes: expect.objectContaining({
      'audit.actor.claimed_id': 'stranger',
      'audit.actor.problem': 'signature verification failed',
    }) as Record<string, string>,
  });
  expect(records.some(({ actor_type: type }) => type === 'anonymous')).toBe(false);
});

test('parity B9: a statement in a transaction is its own actor’s, though somebody else commits', async () => {
  const records = await visit('parity-changes', [{ name: 'changes', headers: {} }], { TEST_API: API });
  expect(
    writesOf(records, 'changes').map(({ actor_id, new_values, transaction_outcome }) => [
      new_values['step'],
      actor_id,
      transaction_outcome,
    ]),
  ).toEqual([
    ['first', 'first', 'committed'],
    ['second', 'second', 'committed'],
  ]);
});

test('parity B10: 200 concurrent requests on a pool of 3 are their own users’, the background is nobody’s', async () => {
  const actorOf = (index: number): string => (index % 4 === 3 ? '' : `user-${index}`);
  const headersOf = async (index: number): Promise<Record<string, string>> => {
    if (index % 4 === 0) return { authorization: `Bearer ${await tokenOf(`user-${index}`)}` };
    if (index % 4 === 3) return {};
    return { 'x-session': `session-${index}` };
  };
  const visits = await Promise.all(
    Array.from({ length: USERS }, async (_, index) => ({
      name: `request-${index}`,
      headers: await headersOf(index),
    })),
  );
  const records = await visit('parity-crowd', visits, {}, BACKGROUND_WRITES);
  const wrong = records
    .filter(({ action }) => action === 'create')
    .filter(({ actor_id: actor, actor_type: type, new_values: { request = '' } }) => {
      const index = Number(request.split('-')[1]);
      return request.startsWith('background-')
        ? type !== 'system'
        : actor !== actorOf(index) || type === 'system';
    });
  expect(wrong).toEqual([]);
  for (const [index, { name }] of visits.entries()) expectAll(records, name, { actor_id: actorOf(index) });
  expect(records.filter(({ actor_type: type }) => type === 'system')).toHaveLength(BACKGROUND_WRITES);
});
