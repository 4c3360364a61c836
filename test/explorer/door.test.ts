import { connect } from 'node:net';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { ask } from './exchange.ts';
import { explore, useExplorer } from './explorer-under-test.ts';

const { store, explorer } = useExplorer();

function errorOf(text: string): { code: string; message: string; mend?: string } {
  return (JSON.parse(text) as { error: { code: string; message: string; mend?: string } }).error;
}

describe('the token', () => {
  test('is needed for the API, and a refusal says where it is', async () => {
    const { status, text, headers } = await ask(explorer().origin, '/api/session');

    expect(status).toBe(401);
    expect(errorOf(text)).toMatchObject({
      code: 'ERR_AUDIT_EXPLORER_TOKEN',
      mend: expect.stringMatching(/link/),
    });
    expect(headers['cache-control']).toBe('no-store');
  });

  test('in the address becomes a cookie and leaves the address', async () => {
    const { origin, token } = explorer();
    const first = await ask(origin, `/object/orders/1042?from=2026-11-01&token=${token}`);

    expect(first.status).toBe(303);
    expect(first.headers.location).toBe('/object/orders/1042?from=2026-11-01');
    const [cookie = ''] = first.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/^audit-register-\d+=[\w-]{43}; Path=\/api; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(token);
    const [pair = ''] = cookie.split(';');
    expect((await ask(origin, '/api/session', { headers: { Cookie: pair } })).status).toBe(200);
  });

  test('is not taken when it is wrong, and neither is a wrong cookie or a wrong header', async () => {
    const { origin, token } = explorer();
    const port = new URL(origin).port;

    const wrong = await ask(origin, `/?token=${token}x`);
    expect(wrong.status).toBe(401);
    expect(wrong.headers['set-cookie']).toBeUndefined();
    for (const headers of [
      { Cookie: `audit-register-${port}=${token}` },
      { Cookie: `audit-register-${port}=` },
      { Cookie: 'audit-register-1=x; __proto__=y' },
      { Authorization: 'Bearer x' },
      { Authorization: `Basic ${token}` },
    ]) {
      expect((await ask(origin, '/api/session', { headers })).status, JSON.stringify(headers)).toBe(401);
    }
  });

  test('of one explorer does not open another', async () => {
    const other = await explore(store());
    try {
      const headers = { Authorization: `Bearer ${explorer().token}` };
      expect((await ask(other.origin, '/api/session', { headers })).status).toBe(401);
      expect((await other.get('/api/session')).status).toBe(200);
    } finally {
      await other.close();
    }
  });

  test('is marked for TLS behind a proxy that ends it', async () => {
    const { origin, token } = explorer();
    const headers = { 'X-Forwarded-Proto': 'https' };

    const [cookie] = (await ask(origin, `/?token=${token}`, { headers })).headers['set-cookie'] ?? [];

    expect(cookie).toMatch(/; Secure$/);
  });

  test.each(['//evil.example/', '/\\evil.example/', '/%2F%2Fevil.example', '/%5C%5Cevil.example/x'])(
    'never leads to another host: %s',
    async (path) => {
      const { origin, token } = explorer();

      const { status, headers } = await ask(origin, `${path}?token=${token}`);

      expect(status).toBe(303);
      expect(new URL(headers.location ?? '', origin).origin).toBe(origin);
    },
  );

  test('is not asked for where the command was told so', async () => {
    const open = await explore(store(), { token: false });
    try {
      expect(open.url).toBe(`${open.origin}/`);
      expect((await ask(open.origin, '/api/session')).status).toBe(200);
    } finally {
      await open.close();
    }
  });

  test('that was given stays the same', async () => {
    const token = 'a-token-of-my-own-%&-123';
    const own = await explore(store(), { token });
    try {
      expect(own.token).toBe(token);
      expect((await own.get('/api/session')).status).toBe(200);
    } finally {
      await own.close();
    }
  });
});

describe('the name of the host', () => {
  test.each([
    'evil.example',
    'evil.example:8124',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'evil.notlocalhost',
    '.localhost',
    '10.0.0.1',
    '[::2]',
    '127.0.0.1@evil.example',
    '127.0.0.1 evil',
  ])('%j is refused, for the page as for the API', async (host) => {
    for (const path of ['/', '/app.js', '/api/session', `/?token=${explorer().token}`]) {
      const { status, text } = await explorer().get(path, { headers: { Host: host } });
      expect(status, path).toBe(403);
      expect(errorOf(text).code).toBe('ERR_AUDIT_EXPLORER_HOST');
    }
  });

  test.each(['127.0.0.1', 'localhost:9999', 'LOCALHOST', '[::1]:8124', 'my-4711.localhost:8124'])(
    '%s is its own',
    async (host) => {
      expect((await explorer().get('/api/session', { headers: { Host: host } })).status).toBe(200);
    },
  );

  test('may be that of a proxy, where the command was told so', async () => {
    const behind = await explore(store(), { allowedHosts: ['Audit.Example'] });
    try {
      const asked = (host: string) => behind.get('/api/session', { headers: { Host: host } });
      expect((await asked('audit.example')).status).toBe(200);
      expect((await asked('other.example')).status).toBe(403);
    } finally {
      await behind.close();
    }
  });

  test('may be any address, and still no other name, where it listens on all of them', async () => {
    const everywhere = await explore(store(), { host: '0.0.0.0' });
    try {
      const asked = (host: string) => everywhere.get('/api/session', { headers: { Host: host } });
      expect((await asked('10.1.2.3:8124')).status).toBe(200);
      expect((await asked('evil.example')).status).toBe(403);
      expect(everywhere.origin).toMatch(/^http:\/\/127\.0\.0\.1:/);
    } finally {
      await everywhere.close();
    }
  });
});

describe('another site', () => {
  test.each([
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { 'Sec-Fetch-Site': 'anything' },
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { Origin: 'http://127.0.0.1:1' },
  ])('gets nothing of the API, even with the token: %j', async (headers) => {
    const { status, text } = await explorer().get('/api/records', { headers });

    expect(status).toBe(403);
    expect(errorOf(text).code).toBe('ERR_AUDIT_EXPLORER_CROSS_SITE');
  });

  test('may link to the page, which is then opened', async () => {
    const headers = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' };

    expect((await ask(explorer().origin, '/actor/alice', { headers })).text).toContain('<title>page</title>');
  });

  test('is told of no permission to read answers', async () => {
    const { headers } = await explorer().get('/api/session', {
      headers: { 'Sec-Fetch-Site': 'same-origin', Origin: explorer().origin },
    });

    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });
});

describe('every answer', () => {
  test.each(['/', '/app.js', '/anything', '/api/session', '/api/nothing', '/?token=wrong'])(
    'to %s keeps browsers from running, framing, guessing and leaking',
    async (path) => {
      const { headers } = await explorer().get(path);

      expect(headers).toMatchObject({
        'content-security-policy':
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(headers['x-powered-by']).toBeUndefined();
      if (path.startsWith('/api')) expect(headers['cache-control']).toBe('no-store');
    },
  );

  test('to HEAD is only for the page', async () => {
    expect((await explorer().get('/api/session', { method: 'HEAD' })).status).toBe(405);
  });

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])(
    'to %s is that it only reads',
    async (method) => {
      for (const [path, allowed] of [
        ['/', 'GET, HEAD'],
        ['/api/records', 'GET'],
      ] as const) {
        const { status, headers } = await explorer().get(path, { method });
        expect(status).toBe(405);
        expect(headers.allow).toBe(allowed);
      }
    },
  );
});

describe('the page', () => {
  test.each([
    ['/', 'text/html; charset=utf-8', '<title>page'],
    ['/index.html', 'text/html; charset=utf-8', '<title>page'],
    ['/app.js', 'text/javascript; charset=utf-8', 'export {}'],
    ['/app.css', 'text/css; charset=utf-8', 'body {}'],
    ['/favicon.svg', 'image/svg+xml', '<svg'],
    ['/object/orders/10.42', 'text/html; charset=utf-8', '<title>page'],
    ['/actor/a%2Fb%20c', 'text/html; charset=utf-8', '<title>page'],
  ])('has %s as %s', async (path, type, text) => {
    const answer = await ask(explorer().origin, path);

    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': type } });
    expect(answer.text).toContain(text);
  });

  test('is sent again only after it has changed', async () => {
    const { headers } = await ask(explorer().origin, '/app.js');
    const again = await ask(explorer().origin, '/app.js', { headers: { 'If-None-Match': headers.etag } });

    expect(again).toMatchObject({ status: 304, text: '' });
    expect(headers['cache-control']).toBe('no-cache');
    expect(headers.etag).toMatch(/^"[\w-]+"$/);
  });

  test('answers HEAD without a body', async () => {
    const head = await ask(explorer().origin, '/app.js', { method: 'HEAD' });

    expect(head).toMatchObject({ status: 200, text: '', headers: { 'content-length': '9' } });
  });

  test.each([
    '/../../package.json',
    '/..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/app.js/../../secret',
    '/..\\..\\package.json',
    '//etc/passwd',
    '/secret.env',
    '/__proto__',
  ])('never leads to another file: %s', async (path) => {
    const { status, text } = await ask(explorer().origin, path);

    expect(status).toBe(200);
    expect(text).toContain('<title>page</title>');
  });

  test.each(['/%', '/%ff%fe', '*', 'http://127.0.0.1/'])(
    'refuses a path that cannot be read: %s',
    async (path) => {
      expect((await ask(explorer().origin, path)).status).toBe(400);
    },
  );

  test('says what is missing in an installation without it', async () => {
    const bare = await explore(store(), { pageDirectory: '/nowhere' });
    try {
      expect(await ask(bare.origin, '/')).toMatchObject({
        status: 500,
        text: expect.stringMatching(/Install/),
      });
    } finally {
      await bare.close();
    }
  });
});

describe('a connection', () => {
  test('of HTTP/1.0 without a host is refused', async () => {
    const socket = connect(Number(new URL(explorer().origin).port), '127.0.0.1');
    socket.end('GET / HTTP/1.0\r\n\r\n');

    expect(await text(socket)).toMatch(/^HTTP\/1\.1 403 /);
  });

  test('that never says what it wants is closed', { timeout: 60_000 }, async () => {
    const socket = connect(Number(new URL(explorer().origin).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ');
    socket.resume();

    await once(socket, 'close');

    expect(socket.destroyed).toBe(true);
  });

  test('is there for others, whoever holds as many as can be and reads nothing', async () => {
    const port = Number(new URL(explorer().origin).port);
    const held = Array.from({ length: 250 }, () =>
      connect(port, '127.0.0.1')
        .on('error', () => {})
        .pause(),
    );
    await Promise.all(held.map((socket) => once(socket, 'connect')));
    for (const socket of held) socket.write('GET /app.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(10));

    for (let visitor = 0; visitor < 5; visitor++) {
      expect((await explorer().get('/')).status).toBe(200);
      expect((await explorer().get('/api/session')).status).toBe(200);
    }

    for (const socket of held) socket.destroy();
  });
});
