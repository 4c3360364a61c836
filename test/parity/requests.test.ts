import { connect } from 'node:net';
import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import type { RecordRow } from '../support/preloaded.ts';
import { useAuditedServices } from './audited-service.ts';

const audited = useAuditedServices();
const SECRET = 'a secret of at least thirty-two bytes';

const token = (claims: Readonly<Record<string, unknown>>, secret = SECRET): Promise<string> =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(secret));

/** Records by the path that was asked for. */
function byPath(records: readonly RecordRow[]): ReadonlyMap<string, RecordRow> {
  return new Map(records.map((record) => [record.url_path, record]));
}

test('parity A: RequestEvent keeps url, method, query string, user, address and time, and what came of it', async () => {
  const service = await audited.start({
    AUDIT_REGISTER_JWT_SECRET: SECRET,
    AUDIT_REGISTER_TRUSTED_PROXIES: 'loopback',
  });
  const before = new Date().toISOString();
  await service.ask('/reports/7?year=2026&token=abcdefgh', {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${await token({ sub: 'u-1', name: 'Alice', roles: ['admin'], tenant: 'acme' })}`,
      'user-agent': 'parity/1.0',
      'x-request-id': 'corr-1',
      'x-forwarded-for': '203.0.113.7',
    },
    body: 'twelve bytes',
  });
  const [record] = await service.requests();
  expect(record).toMatchObject({
    category: 'http',
    action: 'update',
    outcome: 'success',
    http_method: 'PUT',
    url_path: '/reports/7',
    url_query: 'year=&token=',
    http_route: '/{*path}',
    http_status: 200,
    actor_id: 'u-1',
    actor_name: 'Alice',
    actor_roles: ['admin'],
    tenant_id: 'acme',
    actor_assurance: 'verified',
    source_address: '::ffff:203.0.113.7',
    user_agent: 'parity/1.0',
    correlation_id: 'corr-1',
    request_size: 12,
    response_size: 2,
  });
  expect(record?.duration_us).toBeGreaterThan(0);
  expect(`${record?.occurred_at.replace(' ', 'T')}Z` >= before).toBe(true);
});

test('parity A: a token that is only decoded says so', async () => {
  const service = await audited.start({ AUDIT_REGISTER_JWT_DANGEROUSLY_SKIP_VERIFICATION: 'true' });
  const authorization = await token({ sub: 'u-1' }, 'any other secret of thirty-two bytes');
  await service.ask('/', { headers: { authorization } });
  expect(await service.requests()).toMatchObject([{ actor_id: 'u-1', actor_assurance: 'claimed' }]);
});

test.each([
  ['Bearer x', (jwt: string) => ({ authorization: `Bearer ${jwt}` })],
  ['JWT x', (jwt: string) => ({ authorization: `JWT ${jwt}` })],
  ['the bare token', (jwt: string) => ({ authorization: jwt })],
  ['a cookie', (jwt: string) => ({ cookie: `theme=dark; access=${jwt}` })],
])('parity A: a token is found as %s', async (_form, headersOf) => {
  const service = await audited.start({
    AUDIT_REGISTER_JWT_SECRET: SECRET,
    AUDIT_REGISTER_JWT_COOKIE: 'access',
  });
  await service.ask('/', { headers: headersOf(await token({ sub: 'u-1' })) });
  expect(await service.requests()).toMatchObject([{ actor_id: 'u-1', actor_assurance: 'verified' }]);
});

test('parity A: UNREGISTERED_URLS and REGISTERED_URLS are lists, and the list that leaves out wins', async () => {
  const service = await audited.start({
    AUDIT_REGISTER_ONLY_PATHS: '/api/**',
    AUDIT_REGISTER_IGNORE_PATHS: '/api/internal/**',
  });
  for (const path of ['/api/orders', '/api/internal/ping', '/other']) await service.ask(path);
  expect((await service.requests()).map(({ url_path }) => url_path)).toEqual(['/api/orders']);
});

test('parity A: WATCH_REQUEST_EVENTS is a switch of its own', async () => {
  const service = await audited.start({ AUDIT_REGISTER_CAPTURE_HTTP: 'false' });
  await service.sql([{ text: 'create table if not exists switched (id int)' }]);
  const { records } = await service.end();
  expect(records.map(({ category }) => category)).toEqual(['db']);
});

test('parity A: REMOTE_ADDR_HEADER is a list of trusted proxies, and the right-most other hop counts', async () => {
  const service = await audited.start({ AUDIT_REGISTER_TRUSTED_PROXIES: 'loopback,10.0.0.0/8' });
  const hops: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    '/v4': { 'x-forwarded-for': '1.1.1.1, 198.51.100.7, 10.1.2.3' },
    '/v6': { 'x-forwarded-for': '1.1.1.1, 2001:db8::7' },
    '/standard': { forwarded: 'for=1.1.1.1, for="[2001:db8::8]:4711";proto=https' },
    '/port': { 'x-forwarded-for': '198.51.100.9:8080' },
  };
  for (const [path, headers] of Object.entries(hops)) await service.ask(path, { headers });
  const found = byPath(await service.requests());
  expect(Object.keys(hops).map((path) => found.get(path)?.source_address)).toEqual([
    '::ffff:198.51.100.7',
    '2001:db8::7',
    '2001:db8::8',
    '::ffff:198.51.100.9',
  ]);
});

test('parity A: auditlog’s correlation id is taken over, or made', async () => {
  const service = await audited.start();
  await service.ask('/given', { headers: { 'x-correlation-id': 'from the gateway' } });
  await service.ask('/made');
  const found = byPath(await service.requests());
  expect(found.get('/given')?.correlation_id).toBe('from the gateway');
  expect(found.get('/made')?.correlation_id).toMatch(/^[0-9a-f-]{36}$/);
});

test('parity B8: a long address, a port in a header and a missing header fail no request and lose no record', async () => {
  const service = await audited.start({ AUDIT_REGISTER_TRUSTED_PROXIES: 'loopback' });
  const long = `/${'x'.repeat(4_000)}`;
  expect((await service.ask(`${long}?q=${'y'.repeat(4_000)}`)).status).toBe(200);
  const strange = { 'x-forwarded-for': 'nonsense:port, ,;', forwarded: 'for=;;"', authorization: 'Bearer' };
  expect((await service.ask('/strange', { headers: strange })).status).toBe(200);
  const [status] = await rawRequest(service.url, 'GET /bare HTTP/1.0\r\n\r\n');
  expect(status).toMatch(/ 200 /);
  const records = await service.requests();
  expect(records.map(({ url_path }) => url_path.slice(0, 8))).toEqual(['/xxxxxxx', '/strange', '/bare']);
  expect(records[0]).toMatchObject({ truncated: ['url_path'] });
});

test('parity B12: an aborted request and one whose handler throws are no successes', async () => {
  const service = await audited.start();
  const abort = new AbortController();
  const response = await service.ask('/hangs', { signal: abort.signal });
  abort.abort();
  await response.text().catch(() => {});
  await service.ask('/throws');
  const found = byPath(await service.requests());
  expect(found.get('/hangs')).toMatchObject({ outcome: 'failure', error_type: 'aborted' });
  expect(found.get('/throws')).toMatchObject({ outcome: 'failure', http_status: 500 });
});

test('parity B13: the query string is text, and the forwarding header one address', async () => {
  const service = await audited.start({ AUDIT_REGISTER_TRUSTED_PROXIES: 'loopback' });
  await service.ask('/?a=1&b=%C3%A4', { headers: { 'x-forwarded-for': '192.0.2.1, 192.0.2.2' } });
  const [record] = await service.requests();
  expect(record).toMatchObject({ url_query: 'a=&b=', source_address: '::ffff:192.0.2.2' });
});

/** Lines of the answer to a request that no client library would send. */
async function rawRequest(url: string, text: string): Promise<string[]> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.end(text);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer.split('\r\n');
}
