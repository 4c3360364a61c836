import { SignJWT, generateKeyPair } from 'jose';
import { NOBODY } from './expectation.ts';
import type { ExpectedActor, ExpectedRequest } from './expectation.ts';
import { Visitor } from './visitor.ts';
import type { Diary } from './visitor.ts';

export interface Place {
  readonly shopUrl: string;
  readonly issuerUrl: string;
  readonly runId: string;
}

/** Several people visit the shop. Returns what the register must hold of it. */
export async function visitShop({ shopUrl, issuerUrl, runId }: Place): Promise<readonly ExpectedRequest[]> {
  const diary: Diary = { shopUrl, runId, expected: [] };
  await somebodyLooksAround(diary);
  const orderId = await carolOrders(diary);
  await bobWorks(diary, orderId);
  await malloryForges(diary, issuerUrl);
  await aliceAdministers(diary);
  return diary.expected;
}

async function somebodyLooksAround(diary: Diary): Promise<void> {
  const somebody = new Visitor(diary, '192.0.2.44', 'Firefox');
  await somebody.ask('GET', '/products', { status: 200 });
  await somebody.ask('GET', '/orders/1042', { route: '/orders/:id', status: 401 });
}

/** Carol mistypes her password, orders, has no money, and is curious. */
async function carolOrders(diary: Diary): Promise<number> {
  const carol = new Visitor(diary, '203.0.113.7', 'Safari');
  await carol.ask('POST', '/login', {
    body: { name: 'carol', password: 'carol-pasword' },
    status: 401,
    changes: [{ action: 'update', table: 'users', rows: 1, id: 'user-3', transaction: 'autocommit' }],
    logins: [{ action: 'login_failed', outcome: 'failure', account: 'carol', actor: NOBODY }],
  });
  await carol.login('user-3', 'carol');
  await carol.ask('GET', '/products', { status: 200 });
  const id = await createOrder(carol, diary);
  await carol.ask('POST', `/orders/${id}/pay`, {
    route: '/orders/:id/pay',
    body: { card: '4000000000000002' },
    status: 402,
    changes: [
      { action: 'create', table: 'payments', rows: 1, transaction: 'rolled_back' },
      { action: 'update', table: 'orders', rows: 1, id: `${id}`, transaction: 'rolled_back' },
    ],
  });
  await carol.ask('GET', '/admin/users', { status: 403 });
  return id;
}

/** The order's number is known only afterwards, so its expectation is completed then. */
async function createOrder(carol: Visitor, diary: Diary): Promise<number> {
  const items = [
    { product: 1, quantity: 2 },
    { product: 5, quantity: 1 },
  ];
  const { id = 0 } = await carol.ask('POST', '/orders', { body: { items }, status: 201 });
  const request = diary.expected.pop() as ExpectedRequest;
  diary.expected.push({
    ...request,
    changes: [
      { action: 'create', table: 'orders', rows: 1, id: `${id}`, transaction: 'committed' },
      { action: 'create', table: 'order_items', rows: 2, transaction: 'committed' },
    ],
  });
  return id;
}

/** Bob the clerk may change an order, not delete one. */
async function bobWorks(diary: Diary, orderId: number): Promise<void> {
  const bob = new Visitor(diary, '10.1.2.4', 'Chrome');
  await bob.login('user-2', 'bob');
  await bob.ask('PATCH', `/orders/${orderId}`, {
    route: '/orders/:id',
    body: { note: 'Wrap it as a gift' },
    status: 200,
    changes: [{ action: 'update', table: 'orders', rows: 1, id: `${orderId}`, transaction: 'autocommit' }],
  });
  await bob.ask('DELETE', '/orders/1042', { route: '/orders/:id', status: 403 });
}

/** Mallory signs a token with a key of his own that says he is alice. The register must not believe it. */
async function malloryForges(diary: Diary, issuerUrl: string): Promise<void> {
  const { privateKey } = await generateKeyPair('RS256');
  const forged = await new SignJWT({ name: 'alice', roles: ['admin'], tenant: 'acme' })
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(issuerUrl)
    .setAudience('shop')
    .setSubject('user-1')
    .setIssuedAt()
    .setExpirationTime('15m')
    .sign(privateKey);
  const mallory = new Visitor(diary, '198.51.100.66', 'curl/8.5.0');
  const actor = { type: 'user', id: 'user-1', name: 'alice', assurance: 'invalid' } as const;
  mallory.carry(forged, actor);
  await mallory.ask('DELETE', '/orders/1042', {
    route: '/orders/:id',
    status: 401,
    logins: [{ action: 'token_rejected', outcome: 'denied', account: 'user-1', actor }],
  });
}

const ALICE: ExpectedActor = { type: 'user', id: 'user-1', name: 'alice', assurance: 'verified' };

/** Alice deletes an order, raises prices, logs out, and finds that her token is of no use any more. */
async function aliceAdministers(diary: Diary): Promise<void> {
  const alice = new Visitor(diary, '10.1.2.3', 'Chrome');
  await alice.login('user-1', 'alice');
  await alice.ask('DELETE', '/orders/1042', {
    route: '/orders/:id',
    status: 204,
    changes: [{ action: 'delete', table: 'orders', rows: 1, id: '1042', transaction: 'autocommit' }],
  });
  await alice.ask('POST', '/admin/reprice', {
    body: { category: 'tea', percent: 10 },
    status: 200,
    changes: [{ action: 'update', table: 'products', rows: 3, transaction: 'autocommit' }],
  });
  await alice.ask('POST', '/logout', {
    status: 204,
    changes: [{ action: 'create', table: 'revoked_tokens', rows: 1, transaction: 'autocommit' }],
    logins: [{ action: 'logout', outcome: 'success', account: '', actor: ALICE }],
  });
  await alice.ask('GET', '/admin/users', { status: 401 });
}
