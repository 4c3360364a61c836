import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Pool } from 'pg';
import { startWatched } from '../../examples/demo/watched-process.ts';
import type { WatchedProcess } from '../../examples/demo/watched-process.ts';
import { startPostgres } from '../support/postgres.js';
import type { Postgres } from '../support/postgres.js';

const SHOP = `${import.meta.dirname}/../../examples/shop`;

let postgres: Postgres;
let pool: Pool;
let issuer: WatchedProcess;
let shop: WatchedProcess;
let issuerUrl: string;
let shopUrl: string;

async function start(file: string, env: Record<string, string>): Promise<[WatchedProcess, string]> {
  const child = startWatched({
    name: file,
    command: process.execPath,
    args: [`${SHOP}/${file}`],
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      DATABASE_URL: postgres.url,
      ISSUER_SECRET: 'a-secret',
      ...env,
    },
  });
  if (file === 'database.js') return [child, await child.ended];
  const [, url = ''] = await child.line(/is listening on (\S+)/, 20_000);
  return [child, url];
}

beforeAll(async () => {
  postgres = await startPostgres();
  pool = new Pool({ connectionString: postgres.url });
  // NOTE: PostgreSQL goes before the pool's idle connections when a test run is interrupted.
  pool.on('error', () => {});
  await start('database.js', {});
  [issuer, issuerUrl] = await start('issuer.js', {});
  [shop, shopUrl] = await start('app.js', { ISSUER_URL: issuerUrl });
});

afterAll(async () => {
  await pool?.end();
  await Promise.all([shop?.stop(), issuer?.stop()]);
  await postgres?.stop();
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & { token?: string; id?: number; items?: unknown[] };
}

async function call(method: string, path: string, token?: string, body?: unknown): Promise<Answer> {
  const response = await fetch(shopUrl + path, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
}

async function login(name: string): Promise<string> {
  const { body } = await call('POST', '/login', undefined, { name, password: `${name}-password` });
  return body.token ?? '';
}

async function rows(sql: string, ...parameters: unknown[]): Promise<Record<string, unknown>[]> {
  return (await pool.query(sql, parameters)).rows;
}

async function newOrder(token: string): Promise<number> {
  const { body } = await call('POST', '/orders', token, { items: [{ product: 1, quantity: 2 }] });
  return body.id ?? 0;
}

test('a right password gives a token that the published key verifies', async () => {
  const { jwtVerify, createRemoteJWKSet } = await import('jose');
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', issuerUrl));

  const { payload } = await jwtVerify(await login('bob'), keys, { issuer: issuerUrl, audience: 'shop' });

  expect(payload).toMatchObject({ sub: 'user-2', name: 'bob', roles: ['clerk'], tenant: 'acme' });
  expect(payload.jti).toMatch(/^[0-9a-f-]{36}$/);
});

test('a login without a password is 400, with a wrong one 401, of nobody 401', async () => {
  const statuses = [
    { name: 'bob' },
    { name: 'bob', password: 'x' },
    { name: 'x', password: 'x' },
    undefined,
  ].map((body) => call('POST', '/login', undefined, body).then(({ status }) => status));

  expect(await Promise.all(statuses)).toEqual([400, 401, 401, 400]);
});

test('a wrong password is counted, and the count starts again with the next login', async () => {
  const failed = (): Promise<unknown> =>
    rows(`SELECT failed_logins FROM users WHERE name = 'dave'`).then(([user]) => user?.['failed_logins']);

  await call('POST', '/login', undefined, { name: 'dave', password: 'wrong' });
  expect(await failed()).toBe(1);
  await login('dave');
  expect(await failed()).toBe(0);
});

test('the issuer gives no token to somebody without its secret', async () => {
  const response = await fetch(`${issuerUrl}/tokens`, {
    method: 'POST',
    headers: { 'x-issuer-secret': 'guess' },
  });

  expect(response.status).toBe(401);
});

test('a token is refused without a signature, with a secret of its own, and after the logout', async () => {
  const token = await login('alice');
  const [header = '', claims = ''] = token.split('.');
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`;
  const forged = `${header}.${claims}.${createHmac('sha256', 'mine').update(`${header}.${claims}`).digest('base64url')}`;

  expect((await call('GET', '/admin/users', token)).status).toBe(200);
  expect((await call('GET', '/admin/users', unsigned)).status).toBe(401);
  expect((await call('GET', '/admin/users', forged)).status).toBe(401);
  expect((await call('POST', '/logout', token)).status).toBe(204);
  expect((await call('GET', '/admin/users', token)).status).toBe(401);
});

test('everybody sees the products, nobody else sees an order without a token', async () => {
  const products = await fetch(`${shopUrl}/products`).then((response) => response.json());

  expect(products).toHaveLength(5);
  expect((await call('GET', '/orders/1043')).status).toBe(401);
});

test('an order is seen by its owner and the clerk, not by another customer', async () => {
  const order = await newOrder(await login('carol'));

  const own = await call('GET', `/orders/${order}`, await login('carol'));
  expect(own).toMatchObject({
    status: 200,
    body: { items: [{ product_id: 1, quantity: 2, price: '12.50' }] },
  });
  expect((await call('GET', `/orders/${order}`, await login('bob'))).status).toBe(200);
  expect((await call('GET', `/orders/${order}`, await login('dave'))).status).toBe(403);
  expect((await call('GET', '/orders/999999', await login('bob'))).status).toBe(404);
  expect((await call('GET', '/orders/x', await login('bob'))).status).toBe(404);
});

test('an order for an unknown product is 422 and leaves no row', async () => {
  const token = await login('carol');
  const before = await rows('SELECT id FROM orders');

  const answer = await call('POST', '/orders', token, { items: [{ product: 1, quantity: 1 }, { product: 99, quantity: 1 }] }); // prettier-ignore

  expect(answer.status).toBe(422);
  expect(await rows('SELECT id FROM orders')).toHaveLength(before.length);
  expect((await call('POST', '/orders', token, { items: [] })).status).toBe(400);
});

test('the clerk changes an order, the customer may not', async () => {
  const order = await newOrder(await login('carol'));

  const changed = await call('PATCH', `/orders/${order}`, await login('bob'), { note: 'gift' });
  const refused = await call('PATCH', `/orders/${order}`, await login('carol'), { note: 'free' });

  expect(changed).toMatchObject({ status: 200, body: { note: 'gift' } });
  expect(refused.status).toBe(403);
  expect(await rows('SELECT note FROM orders WHERE id = $1', order)).toEqual([{ note: 'gift' }]);
});

test('an order is deleted by its owner or the admin, not by the clerk', async () => {
  const [first, second] = [await newOrder(await login('carol')), await newOrder(await login('carol'))];

  expect((await call('DELETE', `/orders/${first}`, await login('bob'))).status).toBe(403);
  expect((await call('DELETE', `/orders/${first}`, await login('carol'))).status).toBe(204);
  expect((await call('DELETE', `/orders/${second}`, await login('alice'))).status).toBe(204);
  expect(await rows('SELECT id FROM orders WHERE id = ANY($1)', [first, second])).toEqual([]);
});

test('a payment is kept when the bank agrees, and rolled back when it refuses', async () => {
  const token = await login('carol');
  const order = await newOrder(token);

  expect((await call('POST', `/orders/${order}/pay`, token, { card: '4000000000000002' })).status).toBe(402);
  expect(await rows('SELECT * FROM payments WHERE order_id = $1', order)).toEqual([]);
  expect(await rows('SELECT status FROM orders WHERE id = $1', order)).toEqual([{ status: 'open' }]);
  expect((await call('POST', `/orders/${order}/pay`, token, { card: '4000000000000077' })).status).toBe(200);
  expect(await rows('SELECT amount FROM payments WHERE order_id = $1', order)).toEqual([{ amount: '25.00' }]);
  expect(await rows('SELECT status FROM orders WHERE id = $1', order)).toEqual([{ status: 'paid' }]);
  expect(
    (await call('POST', `/orders/${order}/pay`, await login('dave'), { card: '4000000000000077' })).status,
  ).toBe(403);
  expect((await call('POST', `/orders/${order}/pay`, token, { card: 'x' })).status).toBe(400);
});

test('the admin changes all prices of a category, nobody else does', async () => {
  const change = { category: 'coffee', percent: 10 };

  expect((await call('POST', '/admin/reprice', await login('bob'), change)).status).toBe(403);
  expect((await call('POST', '/admin/reprice', await login('alice'), { category: 'coffee' })).status).toBe(
    400,
  );
  expect(await call('POST', '/admin/reprice', await login('alice'), change)).toMatchObject({
    body: { changed: 1 },
  });
  expect(await rows(`SELECT price FROM products WHERE category = 'coffee'`)).toEqual([{ price: '18.59' }]);
});

test('users are listed for the admin only, without their passwords', async () => {
  expect((await call('GET', '/admin/users', await login('carol'))).status).toBe(403);
  const { body } = await call('GET', '/admin/users', await login('alice'));
  expect(JSON.stringify(body)).not.toContain('scrypt');
});

test('the background job expires the order that was left open for a month', async () => {
  await expect.poll(() => rows('SELECT status FROM orders WHERE id = 1007')).toEqual([{ status: 'expired' }]);
});

test('setting up again brings the seeded rows back and keeps the others', async () => {
  const order = await newOrder(await login('carol'));
  await call('DELETE', '/orders/1042', await login('alice'));

  const [, how] = await start('database.js', {});

  expect(how).toBe('database.js ended with exit code 0');
  expect(await rows('SELECT id FROM orders WHERE id = ANY($1) ORDER BY id', [1042, order])).toEqual([
    { id: 1042 },
    { id: order },
  ]);
});

test('broken JSON is 400 and says nothing of the inside', async () => {
  const response = await fetch(`${shopUrl}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{',
  });

  expect(response.status).toBe(400);
  expect(await response.text()).not.toContain('node_modules');
});

test('SIGTERM ends shop and issuer in an orderly way', async () => {
  const [other, url] = await start('app.js', { ISSUER_URL: issuerUrl });
  await fetch(`${url}/healthz`);

  await other.stop();

  expect(await other.ended).toBe('app.js ended with exit code 0');
});
