import { connect } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSigner, forge, ada } from '../identity/tokens.ts';
import type { Signer } from '../identity/tokens.ts';
import { startApp } from './audited-app.ts';
import type { AuditedApp, Line } from './audited-app.ts';

const PASSWORD = 'correct-horse-battery';
const FORM = 'application/x-www-form-urlencoded';

let visits = 0;

interface Asked {
  readonly method?: string;
  readonly type?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(app: AuditedApp, path: string, { method = 'POST', type, body, headers }: Asked = {}) {
  const id = `login-${(visits += 1)}`;
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const response = await fetch(`http://127.0.0.1:${app.port}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      'x-request-id': id,
      // Where the proxy is trusted, failures of one test are not a flood with those of another.
      'x-forwarded-for': `192.0.2.${visits}`,
      ...(text === undefined ? {} : { 'content-type': type ?? 'application/json' }),
      ...headers,
    },
    ...(text === undefined ? {} : { body: text }),
  });
  await response.text();
  const request = await app.request({ correlation_id: id });
  return { id, status: response.status, request };
}

/** NOTE: the record of a login follows that of its request at once, in the same segment. */
const authOf = (app: AuditedApp, id: string): Line[] =>
  app.lines().filter((line) => line.category === 'auth' && line.correlation_id === id);

const credentials = (username = 'ada') => ({ username, password: PASSWORD });

describe('a login, concluded from its path', () => {
  let app: AuditedApp;
  beforeAll(async () => {
    app = await startApp('http/logins.cjs', {
      env: { AUDIT_REGISTER_LOG_LEVEL: 'error', AUDIT_REGISTER_TRUSTED_PROXIES: 'loopback' },
    });
  });
  afterAll(async () => {
    await app.stop();
    expect(JSON.stringify(app.lines())).not.toContain(PASSWORD);
    expect(app.stderr()).toBe('');
  });

  interface Case {
    readonly title: string;
    readonly path: string;
    readonly asked?: Asked;
    readonly record: Readonly<Record<string, unknown>> | undefined;
  }

  const FAILED = { action: 'login_failed', actor_type: 'anonymous', actor_id: '', actor_name: '' };

  const CASES: readonly Case[] = [
    {
      title: 'that is answered well',
      path: '/login',
      asked: { body: credentials() },
      record: {
        action: 'login',
        outcome: 'success',
        severity: 'info',
        target_type: 'account',
        target_id: 'ada',
        actor_type: 'user',
        actor_id: '',
        actor_name: 'ada',
        actor_assurance: 'claimed',
        auth_method: 'password',
        source_address: expect.stringMatching(/^192\.0\.2\./),
        user_agent: 'node',
        http_method: 'POST',
        url_path: '/login',
        http_status: 200,
        policy_level: 'metadata',
        policy_rule: 'auth',
      },
    },
    {
      title: 'by a form that redirects into the application',
      path: '/login?location=/home',
      asked: { body: `user[email]=ada%40example.com&user[password]=${PASSWORD}`, type: FORM },
      record: { action: 'login', outcome: 'success', target_id: 'ada@example.com', http_status: 302 },
    },
    {
      title: 'that is refused',
      path: '/api/v1/auth/login?status=401',
      asked: { body: credentials() },
      record: {
        ...FAILED,
        outcome: 'failure',
        severity: 'warning',
        target_id: 'ada',
        auth_method: 'password',
        actor_assurance: 'none',
        error_type: '401',
        error_message: 'Unauthorized',
      },
    },
    {
      title: 'by a form that redirects back',
      path: '/login?location=http://localhost/login?next=1',
      asked: { body: `username=ada&password=${PASSWORD}`, type: FORM },
      record: { ...FAILED, target_id: 'ada', error_type: 'redirect', error_message: 'redirected to /login' },
    },
    {
      title: 'by a form that redirects to an error',
      path: '/login?location=/?error=credentials',
      asked: { body: `username=ada&password=${PASSWORD}`, type: FORM },
      record: { ...FAILED, error_message: 'redirected to /' },
    },
    {
      title: 'by a form that is shown again',
      path: '/login?type=text/html',
      asked: { body: `username=ada&password=${PASSWORD}`, type: FORM },
      record: { action: 'login', outcome: 'unknown', actor_name: '', error_type: 'page', target_id: 'ada' },
    },
    ...[400, 404, 409, 422, 500, 503].map((status) => ({
      title: `that is answered with ${status}`,
      path: `/login?status=${status}`,
      asked: { body: credentials() },
      record: { ...FAILED, outcome: 'failure', error_type: String(status), http_status: status },
    })),
    ...[403, 423, 429].map((status) => ({
      title: `that is not even tried (${status})`,
      path: `/login?status=${status}`,
      asked: { body: credentials() },
      record: { ...FAILED, outcome: 'denied', error_type: String(status) },
    })),
    {
      title: 'whose body nobody reads',
      path: '/unread/login?status=401',
      asked: { body: credentials() },
      record: { ...FAILED, outcome: 'failure' },
    },
    {
      title: 'after which code names the actor',
      path: '/identified/login',
      asked: { body: credentials('grace@example.com') },
      record: {
        action: 'login',
        actor_id: 'u-7',
        actor_name: 'Grace',
        actor_assurance: 'trusted',
        target_id: 'grace@example.com',
        auth_method: 'password',
      },
    },
    {
      title: 'with a Basic header',
      path: '/sessions?status=401',
      asked: { headers: { authorization: `Basic ${Buffer.from(`ada:${PASSWORD}`).toString('base64')}` } },
      record: { ...FAILED, target_id: 'ada', auth_method: 'basic' },
    },
    {
      title: 'for an OAuth token',
      path: '/oauth/token',
      asked: { body: `grant_type=password&client_id=shop&username=ada&password=${PASSWORD}`, type: FORM },
      record: { action: 'login', target_id: 'ada', auth_method: 'oauth' },
    },
    {
      title: 'of an OAuth client',
      path: '/oauth/token?status=400',
      asked: { body: `grant_type=client_credentials&client_id=shop&client_secret=${PASSWORD}`, type: FORM },
      record: { ...FAILED, target_id: 'shop', auth_method: 'oauth' },
    },
    {
      title: 'by SAML',
      path: '/sso/login?location=/home',
      asked: { body: 'SAMLResponse=PHNhbWw%2B&RelayState=x', type: FORM },
      record: { action: 'login', outcome: 'success', target_id: '', auth_method: 'saml' },
    },
    {
      title: 'with a name full of controls',
      path: '/login?status=401',
      asked: { body: { username: 'a\u0000\u202eb\n', password: PASSWORD } },
      record: { target_id: 'a\ufffd\ufffdb\ufffd' },
    },
    {
      title: 'with two names, of which it keeps none',
      path: '/login',
      asked: { body: { email: 'ceo@example.com', 'E-Mail': 'me@example.com', password: PASSWORD } },
      record: {
        action: 'login',
        target_id: '',
        actor_name: '',
        attributes: expect.objectContaining({
          'audit.auth.problem': 'several names',
          'audit.auth.candidates': '["ceo@example.com","me@example.com"]',
        }),
      },
    },
    {
      title: 'with two names, one of which is a secret',
      path: '/login?status=401',
      asked: { body: { email: 'AKIAIOSFODNN7EXAMPLE', login: 'me@example.com', password: PASSWORD } },
      record: {
        attributes: expect.objectContaining({
          'audit.auth.candidates': expect.not.stringContaining('AKIAIOSFODNN7EXAMPLE'),
        }),
      },
    },
    {
      title: 'behind a pad of 60 KB',
      path: '/sessions',
      asked: { body: { pad: 'p'.repeat(60_000), ...credentials() } },
      record: { action: 'login', target_id: 'ada' },
    },
    {
      title: 'behind a pad that is longer than what is read',
      path: '/sessions',
      asked: { body: { pad: 'p'.repeat(70_000), ...credentials() } },
      record: {
        action: 'login',
        target_id: '',
        attributes: expect.objectContaining({ 'audit.auth.problem': 'only its beginning was read' }),
      },
    },
    {
      title: 'that says it is something else',
      path: '/sessions',
      asked: { body: credentials(), type: 'application/json; x=urlencoded' },
      record: { action: 'login', target_id: 'ada' },
    },
    {
      title: 'in a form of files',
      path: '/sessions',
      asked: { body: 'x', type: 'multipart/form-data; boundary=b' },
      record: {
        target_id: '',
        attributes: expect.objectContaining({ 'audit.auth.problem': 'not read: multipart/form-data' }),
      },
    },
    { title: 'that is only a page', path: '/login', asked: { method: 'GET' }, record: undefined },
    {
      title: 'that refreshes a token',
      path: '/oauth/token',
      asked: { body: 'grant_type=refresh_token&refresh_token=secret-refresh', type: FORM },
      record: undefined,
    },
    {
      title: 'that waits for another device',
      path: '/oauth/token?status=400',
      asked: { body: 'grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=d', type: FORM },
      record: undefined,
    },
    {
      title: 'that is another kind of session',
      path: '/sessions',
      asked: { body: { kind: 'game' } },
      record: undefined,
    },
    { title: 'at a path that is not there', path: '/login?status=404', record: undefined },
  ];

  it.for(CASES)('$title', async ({ path, asked, record }) => {
    const { id, request } = await ask(app, path, asked);
    const found = authOf(app, id);
    if (record === undefined) {
      expect(found).toEqual([]);
      return;
    }
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject(record);
    expect(found[0]?.['request_id']).toBe(request['record_id']);
    expect(found[0]?.trace_id).toBe(request.trace_id);
  });

  it('leaves the body to the application as it was', async () => {
    const body = JSON.stringify({ username: 'ada', password: PASSWORD, padding: 'ä'.repeat(200_000) });
    const response = await fetch(`http://127.0.0.1:${app.port}/echo/login`, { method: 'POST', body });
    expect(await response.text()).toBe(body);
  });

  it('that is aborted has no known outcome', async () => {
    const abort = new AbortController();
    const pending = fetch(`http://127.0.0.1:${app.port}/hangs/login`, {
      method: 'POST',
      body: JSON.stringify(credentials('hasty')),
      headers: { 'x-request-id': 'aborted', 'content-type': 'application/json' },
      signal: abort.signal,
    }).catch(() => {});
    await app.said('at aborted');
    abort.abort();
    await pending;
    const [record] = await app.records({ category: 'auth', correlation_id: 'aborted' }, 1);
    expect(record).toMatchObject({
      action: 'login',
      outcome: 'unknown',
      actor_name: '',
      error_type: 'aborted',
    });
  });

  it('whose handler throws has failed', async () => {
    const abort = new AbortController();
    const pending = fetch(`http://127.0.0.1:${app.port}/throws/login`, {
      method: 'POST',
      body: JSON.stringify(credentials('unlucky')),
      headers: { 'x-request-id': 'thrown', 'content-type': 'application/json' },
      signal: abort.signal,
    }).catch(() => {});
    await app.said('thrown');
    abort.abort();
    await pending;
    const [record] = await app.records({ category: 'auth', correlation_id: 'thrown' }, 1);
    expect(record).toMatchObject({ action: 'login_failed', outcome: 'failure', error_type: 'Error' });
  });

  it.for<[string, string, Readonly<Record<string, unknown>> | undefined]>([
    ['POST', '/logout', { outcome: 'success' }],
    ['GET', '/logout?location=/', { outcome: 'success' }],
    ['GET', '/logout?type=text/html', { outcome: 'unknown', error_type: 'page' }],
    ['DELETE', '/api/session?status=204', { outcome: 'success' }],
    ['POST', '/logout?status=401', { outcome: 'denied', error_type: '401' }],
    ['POST', '/logout?status=500', { outcome: 'failure', error_type: '500' }],
    ['POST', '/logout?status=404', undefined],
    ['GET', '/sessions', undefined],
  ])('and a logout: %s %s', async ([method, path, record]) => {
    const { id } = await ask(app, path, { method });
    const found = authOf(app, id);
    expect(found).toHaveLength(record === undefined ? 0 : 1);
    if (record !== undefined)
      expect(found[0]).toMatchObject({ action: 'logout', actor_type: 'anonymous', ...record });
  });
});

describe('a login that code tells of', () => {
  let app: AuditedApp;
  beforeAll(async () => {
    app = await startApp('http/logins.cjs');
  });
  afterAll(() => app.stop());

  it('is recorded once, and names the actor of the request and of what it does from then on', async () => {
    const { id, request } = await ask(app, '/told/login', { body: credentials('alan') });
    const actor = { actor_id: 'u-8', actor_name: 'Alan', actor_assurance: 'trusted' };
    expect(authOf(app, id)).toMatchObject([
      {
        ...actor,
        action: 'login',
        target_id: 'alan@example.com',
        auth_method: 'saml',
        auth_issuer: 'https://idp',
      },
    ]);
    expect(authOf(app, id)[0]).toMatchObject({
      request_id: request['record_id'],
      source_address: '127.0.0.1',
      trace_id: request.trace_id,
    });
    expect(request).toMatchObject(actor);
    const [statement] = await app.records({ category: 'db', correlation_id: id }, 1);
    expect(statement).toMatchObject(actor);
  });

  it('and failed is recorded once, with its reason, and names nobody', async () => {
    const { id, request } = await ask(app, '/told-failed/login', { body: credentials('alan') });
    expect(authOf(app, id)).toMatchObject([
      {
        action: 'login_failed',
        outcome: 'failure',
        actor_type: 'anonymous',
        actor_id: '',
        target_id: 'alan@example.com',
        auth_method: 'ldap',
        error_type: 'locked',
        error_message: 'the account is locked',
      },
    ]);
    expect(request).toMatchObject({ actor_type: 'anonymous' });
  });

  it('and a logout is recorded once', async () => {
    const { id } = await ask(app, '/told/logout');
    expect(authOf(app, id)).toMatchObject([{ action: 'logout', actor_id: 'u-8', target_id: 'Alan' }]);
  });

  it('by a third party needs no path of its own', async () => {
    const { id, request } = await ask(app, '/sso/callback?location=/', { method: 'GET' });
    const actor = { actor_id: 'u-9', tenant_id: 'acme', session_id: 's-1' };
    expect(authOf(app, id)).toMatchObject([
      { ...actor, action: 'login', auth_method: 'feishu', target_id: 'Barbara' },
    ]);
    expect(request).toMatchObject(actor);
  });
});

describe('a token that is refused', () => {
  let app: AuditedApp;
  let signer: Signer;
  let other: Signer;
  beforeAll(async () => {
    [signer, other] = await Promise.all([createSigner('RS256', 'k'), createSigner('RS256', 'k')]);
    app = await startApp('http/logins.cjs', {
      env: { AUDIT_REGISTER_JWT_PUBLIC_KEY: await pemOf(signer) },
    });
  });
  afterAll(() => app.stop());

  const bearer = (token: string): Asked => ({ method: 'GET', headers: { authorization: `Bearer ${token}` } });

  it('leaves a record of its own beside that of the request', async () => {
    const { id, request } = await ask(app, '/orders?status=401', bearer(await other.sign({ sub: 'admin' })));
    expect(request).toMatchObject({ actor_id: 'admin', actor_assurance: 'invalid', outcome: 'denied' });
    expect(authOf(app, id)).toMatchObject([
      {
        action: 'token_rejected',
        outcome: 'denied',
        target_type: 'account',
        target_id: 'admin',
        actor_assurance: 'invalid',
        auth_method: 'jwt',
        error_type: 'signature verification failed',
        error_message: 'the token is invalid',
        request_id: request['record_id'],
      },
    ]);
  });

  it('because it has expired says so', async () => {
    const { id } = await ask(app, '/orders', bearer(await signer.sign({ exp: 1_000 })));
    expect(authOf(app, id)).toMatchObject([
      {
        action: 'token_rejected',
        outcome: 'failure',
        target_id: 'ada',
        error_type: 'expired',
        actor_assurance: 'expired',
      },
    ]);
  });

  it('leaves none where code names somebody else', async () => {
    const { id } = await ask(app, '/identified/login', bearer(forge({ alg: 'none' }, ada(), '')));
    expect(authOf(app, id)).toEqual([]);
  });

  it('does not look like a success of the login it came with', async () => {
    const token = await signer.sign({ sub: 'bob', exp: 1_000 });
    const { id } = await ask(app, '/login', {
      body: credentials(),
      headers: { authorization: `Bearer ${token}` },
    });
    expect(authOf(app, id)).toMatchObject([
      { action: 'login', actor_name: 'ada', actor_id: '', actor_assurance: 'claimed' },
      { action: 'token_rejected', target_id: 'bob' },
    ]);
  });
});

async function pemOf(signer: Signer): Promise<string> {
  const { exportSPKI } = await import('jose');
  return exportSPKI(signer.publicKey);
}

describe('many failed logins', () => {
  it('are folded into one record with a count, written at the end at the latest; the requests all stay', async () => {
    const app = await startApp('http/logins.cjs');
    for (let index = 0; index < 40; index++)
      await ask(app, '/login?status=401', { body: credentials('victim') });
    await ask(app, '/login', { body: credentials('victim') });
    const failures = (): Line[] => app.lines().filter((line) => line['action'] === 'login_failed');
    expect(failures()).toHaveLength(10);
    await ask(app, '/flush');
    expect(failures()).toHaveLength(11);
    await app.stop();
    const lines = app.lines();
    expect(lines.filter(({ category }) => category === 'http')).toHaveLength(42);
    const failed = failures();
    expect(failed).toHaveLength(11);
    expect(failed.at(-1)).toMatchObject({ target_id: 'victim', source_address: '127.0.0.1' });
    expect(failed.at(-1)?.attributes['audit.auth.count']).toBe('30');
    expect(lines.filter((line) => line['action'] === 'login')).toHaveLength(1);
  });
});

describe('settings', () => {
  it('name other paths and other fields, and switch the usual paths off', async () => {
    const app = await startApp('http/logins.cjs', {
      env: {
        AUDIT_REGISTER_LOGIN_PATHS: 'none,/enter,GET /auth/*/callback',
        AUDIT_REGISTER_LOGOUT_PATHS: '/leave',
        AUDIT_REGISTER_LOGIN_NAME_FIELDS: 'badge',
      },
    });
    const enter = await ask(app, '/enter', { body: { badge: '4711', name: 'x' } });
    expect(authOf(app, enter.id)).toMatchObject([{ action: 'login', target_id: '4711' }]);
    const callback = await ask(app, '/auth/google/callback?code=1&location=/?error=access_denied', {
      method: 'GET',
    });
    expect(authOf(app, callback.id)).toMatchObject([{ action: 'login_failed' }]);
    const leave = await ask(app, '/leave');
    expect(authOf(app, leave.id)).toMatchObject([{ action: 'logout' }]);
    const usual = await ask(app, '/login', { body: credentials() });
    expect(authOf(app, usual.id)).toEqual([]);
    await app.stop();
  });

  it('switch all of it off', async () => {
    const app = await startApp('http/logins.cjs', { env: { AUDIT_REGISTER_CAPTURE_AUTH: 'false' } });
    await ask(app, '/login', { body: credentials() });
    await ask(app, '/told/login', { body: credentials() });
    await app.stop();
    expect(app.lines().filter(({ category }) => category === 'auth')).toEqual([]);
  });

  it('that make no sense stop the start', async () => {
    const env = { AUDIT_REGISTER_LOGIN_PATHS: 'enter' };
    await expect(startApp('http/logins.cjs', { env })).rejects.toThrow(/AUDIT_REGISTER_LOGIN_PATHS holds/);
  });
});

describe('logins elsewhere', () => {
  it('are seen below Express, which reads bodies first', async () => {
    const app = await startApp('http/logins.cjs', { env: { LOGINS: 'express' } });
    const right = await ask(app, '/users/sign_in', { body: { user: { email: 'ada', password: 'right' } } });
    expect(authOf(app, right.id)).toMatchObject([
      { action: 'login', target_id: 'ada', http_route: '/users/sign_in', http_status: 200 },
    ]);
    const wrong = await ask(app, '/auth/login', { body: 'email=ada&password=wrong', type: FORM });
    expect(authOf(app, wrong.id)).toMatchObject([{ action: 'login_failed', target_id: 'ada' }]);
    const absent = await ask(app, '/users/sign_in', { body: {} });
    expect(authOf(app, absent.id)).toMatchObject([{ action: 'login_failed', error_type: '404' }]);
    await app.stop();
  });

  it('are seen on HTTP/2', async () => {
    const app = await startApp('http/logins.cjs', { env: { LOGINS: 'http2' } });
    const session = connect(`http://127.0.0.1:${app.port}`);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/login?location=/login',
      'content-type': 'application/json',
      'x-request-id': 'second',
    });
    stream.end(JSON.stringify(credentials('ada')));
    stream.resume();
    await new Promise((resolve) => stream.once('close', resolve));
    await app.request({ correlation_id: 'second' });
    expect(authOf(app, 'second')).toMatchObject([
      { action: 'login_failed', target_id: 'ada', error_type: 'redirect', http_status: 302 },
    ]);
    session.close();
    await app.stop();
  });
});
