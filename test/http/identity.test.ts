import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { exportSPKI } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeyServer } from '../identity/key-server.ts';
import { ada, createSigner, forge, ISSUER, seconds, signWithSecret } from '../identity/tokens.ts';
import type { Signer } from '../identity/tokens.ts';
import { startApp } from './audited-app.ts';
import type { AuditedApp } from './audited-app.ts';

const HOUR_SECONDS = 3_600;

let keys: KeyServer;
let signer: Signer;
let stranger: Signer;

beforeAll(async () => {
  keys = new KeyServer();
  [signer, stranger] = await Promise.all([createSigner('RS256', 'key-1'), createSigner('RS256', 'key-1')]);
  keys.serve(signer.jwk);
  await keys.start();
});
afterAll(() => keys.stop());

const settings = (url = keys.url): Record<string, string> => ({
  AUDIT_REGISTER_JWT_JWKS_URL: url,
  AUDIT_REGISTER_JWT_ISSUER: ISSUER,
  AUDIT_REGISTER_JWT_AUDIENCE: 'shop',
  AUDIT_REGISTER_JWT_COOKIE: 'session_token',
  AUDIT_REGISTER_LOG_LEVEL: 'silent',
});

let visits = 0;

/** One request; its record is found by the id it was given. */
async function visit(app: AuditedApp, headers: Readonly<Record<string, string>>, path = '/plain') {
  const id = `visit-${(visits += 1)}`;
  const response = await fetch(`http://127.0.0.1:${app.port}${path}`, {
    headers: { 'x-request-id': id, ...headers },
  });
  const body = await response.text();
  return { id, status: response.status, body };
}

/** A signature, and no word, is as long as this. */
const SECRET_CHARACTERS = 20;

describe('the actor of a request', () => {
  let app: AuditedApp;
  beforeAll(async () => {
    app = await startApp('http/edges.cjs', {
      env: { ...settings(), NODE_OPTIONS: '--max-http-header-size=262144' },
    });
  });
  afterAll(() => app.stop());

  interface Case {
    readonly title: string;
    readonly headers: () => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;
    readonly record: Readonly<Record<string, unknown>>;
  }

  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

  const CASES: readonly Case[] = [
    {
      title: 'nobody',
      headers: () => ({}),
      record: { actor_type: 'anonymous', actor_id: '', actor_assurance: 'none', auth_method: '' },
    },
    {
      title: 'a user whose token is good',
      headers: async () =>
        bearer(await signer.sign({ name: 'Ada', roles: ['admin'], tenant: 'acme', sid: 's-1' })),
      record: {
        actor_type: 'user',
        actor_id: 'ada',
        actor_name: 'Ada',
        actor_roles: ['admin'],
        tenant_id: 'acme',
        session_id: 's-1',
        actor_assurance: 'verified',
        auth_method: 'jwt',
        auth_issuer: ISSUER,
      },
    },
    {
      title: 'a user whose token is in a cookie',
      headers: async () => ({ cookie: `a=b; session_token=${await signer.sign({ sub: 'cookie-user' })}` }),
      record: { actor_id: 'cookie-user', actor_assurance: 'verified' },
    },
    {
      title: 'a user whose token has expired',
      headers: async () => bearer(await signer.sign({ exp: seconds(Date.now()) - HOUR_SECONDS })),
      record: { actor_id: 'ada', actor_assurance: 'expired' },
    },
    {
      title: 'a user whose token is of tomorrow',
      headers: async () => bearer(await signer.sign({ nbf: seconds(Date.now()) + HOUR_SECONDS })),
      record: { actor_id: 'ada', actor_assurance: 'invalid' },
    },
    {
      title: 'a user whose token is for somebody else',
      headers: async () => bearer(await signer.sign({ aud: 'bank' })),
      record: { actor_id: 'ada', actor_assurance: 'invalid' },
    },
    {
      title: 'somebody who signed for himself',
      headers: async () => bearer(await stranger.sign({ sub: 'admin' })),
      record: { actor_id: 'admin', actor_assurance: 'invalid' },
    },
    {
      title: 'somebody who did not sign',
      headers: () => bearer(forge({ alg: 'none' }, { ...ada(), sub: 'admin' }, '')),
      record: { actor_id: 'admin', actor_assurance: 'invalid' },
    },
    {
      title: 'somebody who took the public key for a secret',
      headers: async () => bearer(await signWithSecret(await exportSPKI(signer.publicKey), { sub: 'admin' })),
      record: { actor_id: 'admin', actor_assurance: 'invalid' },
    },
    {
      title: 'somebody with a token of 100 kB',
      headers: async () => bearer(await signer.sign({ sub: 'large', padding: 'x'.repeat(75_000) })),
      record: { actor_id: 'large', actor_assurance: 'invalid' },
    },
    {
      title: 'somebody with no token in his header',
      headers: () => bearer('nonsense'),
      record: { actor_id: '', actor_assurance: 'invalid' },
    },
    {
      title: 'somebody with a number for a name and controls in it',
      headers: async () => bearer(await signer.sign({ sub: 42, name: 'A\u0000\u202eB' })),
      record: { actor_id: '42', actor_name: 'A\ufffd\ufffdB' },
    },
  ];

  it.for(CASES)('is $title', async ({ headers, record }) => {
    const given = await headers();
    const { id, status, body } = await visit(app, given);
    expect([status, body]).toEqual([200, 'plain']);
    expect(await app.request({ correlation_id: id })).toMatchObject(record);
    const secret = (given['authorization'] ?? given['cookie'] ?? '').split(/[^\w-]/).at(-1) ?? '';
    if (secret.length >= SECRET_CHARACTERS) expect(JSON.stringify(app.lines())).not.toContain(secret);
  });

  it('is whom the code names, over what the token said', async () => {
    const { id } = await visit(app, bearer(await signer.sign({ sub: 'early' })), '/set-actor');
    expect(await app.request({ correlation_id: id })).toMatchObject({
      actor_id: 'set-late',
      actor_name: 'Set Late',
      actor_roles: ['r'],
      actor_assurance: 'trusted',
      auth_method: 'code',
    });
  });

  it('may be named by code that does not keep to the types', async () => {
    const { id } = await visit(app, {}, '/set-actor?numbers');
    expect(await app.request({ correlation_id: id })).toMatchObject({
      actor_id: '42',
      actor_name: '',
      actor_roles: ['7'],
    });
  });
});

describe('a key server that does not answer', () => {
  it.for(['is away', 'is silent'])(
    'delays no response, and records within two seconds what is claimed (it %s)',
    async (how) => {
      const silent = createServer(() => {});
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const { port } = silent.address() as AddressInfo;
      if (how === 'is away') await new Promise((resolve) => silent.close(resolve));
      const app = await startApp('http/edges.cjs', { env: settings(`http://127.0.0.1:${port}/jwks.json`) });
      await visit(app, {});
      const { id, status } = await visit(app, {
        authorization: `Bearer ${await signer.sign({ sub: 'hasty' })}`,
      });
      expect(status).toBe(200);
      // The answer was there before anything was known of the token.
      if (how === 'is silent') expect(app.lines().some((line) => line.correlation_id === id)).toBe(false);
      expect(await app.request({ correlation_id: id })).toMatchObject({
        actor_id: 'hasty',
        actor_assurance: 'claimed',
      });
      app.child.kill('SIGKILL');
      await app.exited;
      if (how === 'is silent') silent.close();
    },
  );
});

describe('the source of a request', () => {
  it('is the peer where no proxy is trusted', async () => {
    const app = await startApp('http/edges.cjs');
    const { id } = await visit(app, { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' });
    expect(await app.request({ correlation_id: id })).toMatchObject({ source_address: '127.0.0.1' });
    await app.stop();
  });

  it.for([
    ['203.0.113.9', '203.0.113.9', 0],
    ['6.6.6.6, 203.0.113.9, 10.0.0.7', '203.0.113.9', 0],
    ['203.0.113.9:4711', '203.0.113.9', 4711],
    ['[2001:db8::1]:443', '2001:db8::1', 443],
    ['::ffff:203.0.113.9', '203.0.113.9', 0],
    ['nonsense', '127.0.0.1', undefined],
    ['6.6.6.6, nonsense', '127.0.0.1', undefined],
  ] as const)('behind a trusted proxy that forwards for "%s" is %s', async ([header, address, port]) => {
    const app = await startApp('http/edges.cjs', {
      env: { AUDIT_REGISTER_TRUSTED_PROXIES: 'loopback,10.0.0.0/8' },
    });
    const { id } = await visit(app, { 'x-forwarded-for': header });
    const line = await app.request({ correlation_id: id });
    expect(line['source_address']).toBe(address);
    if (port !== undefined) expect(line['source_port']).toBe(port);
    await app.stop();
  });
});

describe('the correlation of a request', () => {
  let app: AuditedApp;
  beforeAll(async () => {
    app = await startApp('http/edges.cjs');
  });
  afterAll(() => app.stop());

  it('is kept as it was given', async () => {
    await visit(app, { 'x-request-id': 'given' });
    await visit(app, { 'x-request-id': '', 'x-correlation-id': 'other' });
    await app.request({ correlation_id: 'given' });
    await app.request({ correlation_id: 'other' });
  });

  it('is made where none was given, a new one each time', async () => {
    for (const query of ['made-1=', 'made-2='])
      await (await fetch(`http://127.0.0.1:${app.port}/plain?${query}`)).text();
    const ids = await Promise.all(
      ['made-1=', 'made-2='].map(async (query) => (await app.request({ url_query: query })).correlation_id),
    );
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it('is cut and cleaned of secrets', async () => {
    await visit(app, { 'x-request-id': 'r'.repeat(2_000) });
    expect(await app.request({ correlation_id: 'r'.repeat(256) })).toMatchObject({
      truncated: ['correlation_id'],
    });
    await visit(app, { 'x-request-id': `id-${await signer.sign()}` });
    await app.request({ correlation_id: 'id-[redacted]' });
  });

  it('has the trace of the caller, sampled or not', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const { id } = await visit(app, { traceparent: `00-${trace}-b7ad6b7169203331-00` });
    expect(await app.request({ correlation_id: id })).toMatchObject({
      trace_id: trace,
      parent_span_id: 'b7ad6b7169203331',
    });
  });
});

describe('the query of a request', () => {
  const QUERY = '/plain?password=hunter2&page=3&api_key=K3Y&next=https%3A%2F%2Fme%3Ahunter2%40x.y%2F';

  it('is stored by its names alone', async () => {
    const app = await startApp('http/edges.cjs');
    const { id } = await visit(app, {}, QUERY);
    expect(await app.request({ correlation_id: id })).toMatchObject({
      url_query: 'password=&page=&api_key=&next=',
    });
    await app.stop();
    expect(JSON.stringify(app.lines())).not.toMatch(/hunter2|K3Y/);
  });

  it('is stored without its secrets where the policy asks for the request', async () => {
    const app = await startApp('http/edges.cjs', {
      config: { policy: [{ name: 'all', level: 'request', match: { path: '/plain' } }] },
    });
    const { id } = await visit(app, {}, QUERY);
    expect(await app.request({ correlation_id: id })).toMatchObject({
      policy_level: 'request',
      policy_rule: 'all',
      url_query: 'password=[redacted]&page=3&api_key=[redacted]&next=https://[redacted]@x.y/',
    });
    await app.stop();
    expect(JSON.stringify(app.lines())).not.toMatch(/hunter2|K3Y/);
  });
});

describe('the times of records', () => {
  it('are in the order of what happened, and finer than milliseconds', async () => {
    const app = await startApp('frameworks/http.cjs');
    const before = Date.now();
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        visit(app, { 'x-request-id': `time-${index}` }, `/users/${index}`),
      ),
    );
    const lines = await app.records({}, 40);
    const after = Date.now();
    await app.stop();
    for (const request of lines.filter(({ category }) => category === 'http')) {
      const statement = lines.find(
        ({ category, correlation_id: id }) => category === 'db' && id === request.correlation_id,
      );
      const end = microsOf(request.occurred_at) + Number(request['duration_us']);
      expect(microsOf(request.occurred_at)).toBeGreaterThanOrEqual(before * 1_000);
      expect(microsOf(statement?.occurred_at)).toBeGreaterThan(microsOf(request.occurred_at));
      expect(microsOf(statement?.occurred_at)).toBeLessThan(end);
      expect(microsOf(request.recorded_at)).toBeGreaterThanOrEqual(end);
      expect(microsOf(request.recorded_at)).toBeLessThanOrEqual((after + 1) * 1_000);
    }
    const fractions = new Set(lines.map(({ occurred_at: at }) => microsOf(at) % 1_000));
    expect(fractions.size).toBeGreaterThan(20);
  });
});

/** Microseconds since the epoch; Date alone reads milliseconds. */
function microsOf(time = ''): number {
  const [, seconds = '', fraction = ''] = /^(.*)\.(\d+)Z$/.exec(time) ?? [];
  return Date.parse(`${seconds}Z`) * 1_000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}
