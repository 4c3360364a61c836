import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useClickHouse } from '../support/clickhouse.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { recordsInClickHouse, startPreloaded } from '../support/preloaded.ts';
import type { PreloadedApp, RecordRow } from '../support/preloaded.ts';

const FIXTURE = join(import.meta.dirname, 'fixtures/logins-app.cjs');
const API = join(import.meta.dirname, '../../dist/index.js');
const SECRET = 'a secret of at least thirty-two bytes';
const NAME = `parity-logins-${randomUUID()}`;

const store = useClickHouse();
let postgres: Postgres;
let records: readonly RecordRow[];

/** One service does it all; its records are read back from ClickHouse when it has ended. */
beforeAll(async () => {
  postgres = await startPostgres();
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  await client.query('create table notes (id serial primary key, note text)');
  await client.end();
  const app = await startPreloaded(FIXTURE, {
    store: recordsInClickHouse(store(), NAME),
    env: {
      DATABASE_URL: postgres.url,
      TEST_API: API,
      AUDIT_REGISTER_JWT_SECRET: SECRET,
      AUDIT_REGISTER_TRUSTED_PROXIES: 'loopback',
    },
  });
  await visit(app);
  ({ records } = await app.end());
});
afterAll(() => postgres.stop());

async function visit(app: PreloadedApp): Promise<void> {
  const forged = await tokenOf('admin', 'another secret of thirty-two bytes');
  await ask(app, '/login', { username: 'ada', password: 'right' });
  await ask(app, '/login', { username: 'ada', password: 'wrong-password' });
  await ask(app, '/logout', {}, { authorization: `Bearer ${await tokenOf('ada', SECRET)}` });
  await ask(app, '/logout', {});
  await ask(app, '/feishu/callback');
  await ask(app, '/annotated', undefined, { 'x-correlation-id': 'corr-7' });
  await ask(app, '/disabled');
  await ask(app, '/forged', undefined, { authorization: `Bearer ${forged}` });
  for (let index = 0; index < 25; index++)
    await ask(
      app,
      '/login',
      { username: 'victim', password: 'guess' },
      { 'x-forwarded-for': '198.51.100.9' },
    );
}

function tokenOf(subject: string, secret: string): Promise<string> {
  const token = new SignJWT({ sub: subject }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('5m');
  return token.sign(new TextEncoder().encode(secret));
}

async function ask(
  app: PreloadedApp,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const post = { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(app.url + path, {
    ...(body === undefined ? {} : post),
    redirect: 'manual',
    signal: AbortSignal.timeout(20_000),
    headers: {
      'user-agent': 'parity/1.0',
      'x-forwarded-for': '203.0.113.7',
      'content-type': 'application/json',
      ...headers,
    },
  });
  await response.text();
}

const auth = (values: Partial<RecordRow>): readonly RecordRow[] =>
  records.filter(
    (row) =>
      row.category === 'auth' &&
      Object.entries(values).every(([name, value]) => row[name as keyof RecordRow] === value),
  );

const SOURCE = { source_address: '::ffff:203.0.113.7', user_agent: 'parity/1.0' };

test('parity A: LoginEvent keeps login, logout and failed login, with the name, the address, the time and the reason', () => {
  expect(auth({ action: 'login', target_id: 'ada' })).toMatchObject([
    { ...SOURCE, outcome: 'success', auth_method: 'password', actor_name: 'ada', actor_assurance: 'claimed' },
  ]);
  expect(auth({ action: 'login_failed', target_id: 'ada' })).toMatchObject([
    { ...SOURCE, outcome: 'failure', auth_method: 'password', actor_type: 'anonymous', error_type: '401' },
  ]);
  expect(auth({ action: 'logout', actor_id: 'ada' })).toMatchObject([
    { ...SOURCE, outcome: 'success', actor_assurance: 'verified' },
  ]);
  expect(auth({ action: 'login' })[0]?.occurred_at).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{9}$/);
  expect(JSON.stringify(records)).not.toContain('wrong-password');
});

test('parity A: a rejected token is a record, with the subject it claimed and the reason', () => {
  expect(auth({ action: 'token_rejected' })).toMatchObject([
    { ...SOURCE, target_id: 'admin', auth_method: 'jwt', error_type: 'signature verification failed' },
  ]);
});

test('parity A: a third-party login is one call', () => {
  expect(auth({ action: 'login', auth_method: 'feishu' })).toMatchObject([
    {
      ...SOURCE,
      actor_id: 'ou_1',
      actor_name: 'Li Lei',
      tenant_id: 'acme',
      actor_assurance: 'trusted',
      auth_issuer: 'https://open.feishu.cn',
    },
  ]);
});

test('parity A: set_current_user for scripts and jobs is runAs; what has no name is of the service', () => {
  const of = (note: string) => records.filter((row) => row.new_values['note'] === note);
  expect(of('script')).toMatchObject([{ actor_id: 'u-7', actor_name: 'Grace', actor_assurance: 'trusted' }]);
  expect(of('cron')).toMatchObject([{ actor_type: 'system', actor_id: NAME }]);
});

test('parity A: auditlog’s correlation id is on every record of the request', () => {
  const rows = records.filter(({ correlation_id: id }) => id === 'corr-7');
  expect(rows.map(({ category }) => category).sort()).toEqual(['db', 'http']);
});

test('parity A: auditlog’s extra data is annotate', () => {
  for (const row of records.filter(({ correlation_id: id }) => id === 'corr-7'))
    expect(row.attributes).toMatchObject({ ticket: 'T-1', password: '[redacted]' });
  expect(JSON.stringify(records)).not.toContain('extra-secret');
});

test('parity A: auditlog’s disable context is withoutAudit, which is itself on record', () => {
  expect(JSON.stringify(records)).not.toContain('unrecorded');
  expect(records.filter(({ action }) => action === 'audit_suspended')).toMatchObject([
    {
      category: 'app',
      http_route: '/disabled',
      attributes: { 'audit.suspension.reason': 'import of last year', 'audit.suspension.records': '2' },
    },
  ]);
  expect(records.filter((row) => row.category === 'http' && row.url_path === '/disabled')).toHaveLength(1);
});

test('parity B11: a failed login outside of a request and a logout with no user are recorded', () => {
  expect(auth({ action: 'login_failed', target_id: 'root' })).toMatchObject([
    { actor_type: 'anonymous', auth_method: 'ssh', error_message: 'wrong password', source_address: '::' },
  ]);
  expect(auth({ action: 'logout', url_path: '' })).toMatchObject([
    { actor_type: 'anonymous', outcome: 'success' },
  ]);
  expect(auth({ action: 'logout', url_path: '/logout', actor_type: 'anonymous' })).toMatchObject([SOURCE]);
});

test('brute force is on record without a flood: every request, and the failures with a count', () => {
  const failures = auth({ action: 'login_failed', target_id: 'victim' });
  expect(failures).toHaveLength(11);
  const total = failures.reduce(
    (sum, { attributes }) => sum + Number(attributes['audit.auth.count'] ?? 1),
    0,
  );
  expect(total).toBe(25);
  expect(records.filter((row) => row.category === 'http' && row.source_address === '::ffff:198.51.100.9')).toHaveLength(25); // prettier-ignore
});
