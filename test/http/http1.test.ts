import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp } from './audited-app.ts';
import type { AppOptions, AuditedApp } from './audited-app.ts';
import { exchange, open, request, withoutDate } from './exchange.ts';

interface Exchange {
  readonly title: string;
  readonly send: string | Buffer;
  /** What the one record must hold; `url_path` tells it from the others. */
  readonly record: Readonly<Record<string, unknown>> & { readonly url_path: string };
}

const at = (path: string, record: object): Exchange['record'] => ({ url_path: path, ...record });
const failed = (path: string, status: number, type: string, more = {}): Exchange['record'] =>
  at(path, { outcome: 'failure', http_status: status, error_type: type, ...more });
const aborted = (path: string, status: number): Exchange['record'] =>
  at(path, { outcome: 'failure', http_status: status, error_type: 'aborted', severity: 'warning' });
const success = (path: string, status: number, more = {}): Exchange['record'] =>
  at(path, { outcome: 'success', http_status: status, error_type: '', ...more });
const notFound = (path: string, more = {}): Exchange['record'] =>
  at(path, { outcome: 'failure', http_status: 404, ...more });

const LONG = `/${'a'.repeat(8_000)}`;

const EXCHANGES: readonly Exchange[] = [
  {
    title: 'a plain request',
    send: request('GET /plain HTTP/1.1'),
    record: success('/plain', 200, { response_size: 5 }),
  },
  {
    title: 'a size given to writeHead',
    send: request('GET /sized HTTP/1.1'),
    record: success('/sized', 200, { response_size: 4 }),
  },
  {
    title: 'HEAD',
    send: request('HEAD /plain?head= HTTP/1.1'),
    record: success('/plain', 200, { http_method: 'HEAD', url_query: 'head=' }),
  },
  { title: '204', send: request('GET /no-content HTTP/1.1'), record: success('/no-content', 204) },
  { title: '304', send: request('GET /not-modified HTTP/1.1'), record: success('/not-modified', 304) },
  {
    title: 'HTTP/1.0',
    send: 'GET /plain?old= HTTP/1.0\r\n\r\n',
    record: success('/plain', 200, { url_query: 'old=' }),
  },
  {
    title: 'a method nobody knows',
    send: request('PURGE /purged HTTP/1.1'),
    record: notFound('/purged', { http_method: 'PURGE', action: 'other' }),
  },
  {
    title: 'an expectation that is not met',
    send: request('POST /expects HTTP/1.1', 'Expect: miracles'),
    record: failed('/expects', 417, ''),
  },
  {
    title: 'no host',
    send: 'GET /no-host HTTP/1.1\r\nConnection: close\r\n\r\n',
    record: failed('/no-host', 400, ''),
  },
  {
    title: 'a host that is none',
    send: 'GET /strange-host HTTP/1.1\r\nHost: [\r\nConnection: close\r\n\r\n',
    record: notFound('/strange-host'),
  },
  {
    title: 'a path with two slashes',
    send: request('GET //admin/secret HTTP/1.1'),
    record: notFound('//admin/secret'),
  },
  {
    title: 'a path with dots',
    send: request('GET /public/../admin HTTP/1.1'),
    record: notFound('/public/../admin'),
  },
  {
    title: 'an absolute URL',
    send: request('GET http://elsewhere.example/absolute HTTP/1.1'),
    record: notFound('http://elsewhere.example/absolute'),
  },
  {
    title: 'an absolute URL with a password',
    send: request('GET http://me:hunter2@elsewhere.example/x HTTP/1.1'),
    record: notFound('http://[redacted]@elsewhere.example/x'),
  },
  {
    title: 'an asterisk',
    send: request('OPTIONS * HTTP/1.1'),
    record: notFound('*', { http_method: 'OPTIONS' }),
  },
  {
    title: 'percent-encoding',
    send: request('GET /a%2Fb%00%zz/%C3%A9 HTTP/1.1'),
    record: notFound('/a%2Fb%00%zz/%C3%A9'),
  },
  {
    title: 'bytes that are no ASCII',
    send: Buffer.from(request('GET /caf\u00e9 HTTP/1.1'), 'latin1'),
    record: failed('/caf\u00e9', 400, 'HPE_INVALID_URL'),
  },
  {
    title: 'a very long path',
    send: request(`GET ${LONG} HTTP/1.1`),
    record: notFound(LONG.slice(0, 2_048), { truncated: ['target_id', 'url_path'] }),
  },
  {
    title: 'an upgrade nobody listens for',
    send: request('GET /plain?upgrade= HTTP/1.1', 'Upgrade: h2c').replace(
      'Connection: close',
      'Connection: upgrade, close',
    ),
    record: success('/plain', 200, { url_query: 'upgrade=' }),
  },
  {
    title: 'a header without a colon',
    send: request('GET /bad-header HTTP/1.1', 'no colon here'),
    record: failed('/bad-header', 400, 'HPE_INVALID_HEADER_TOKEN'),
  },
  {
    title: 'a line that is no request',
    send: 'what is this\r\n\r\n',
    record: failed('', 400, 'HPE_INVALID_METHOD'),
  },
  {
    title: 'a good request and a bad one behind it',
    send: 'GET /plain?first= HTTP/1.1\r\nHost: x\r\n\r\nGET /second HTTP/9.9\r\n\r\n',
    record: failed('/second', 400, 'HPE_INVALID_VERSION'),
  },
  {
    title: 'headers that are too large',
    send: request('GET /overflow HTTP/1.1', `X-Large: ${'x'.repeat(20_000)}`),
    record: failed('/overflow', 431, 'HPE_HEADER_OVERFLOW'),
  },
  {
    title: 'a body in bad chunks',
    send: request('POST /upload HTTP/1.1', 'Transfer-Encoding: chunked') + 'zz\r\n',
    record: failed('/upload', 400, 'HPE_INVALID_CHUNK_SIZE', { http_method: 'POST' }),
  },
  {
    title: 'a response that is destroyed',
    send: request('GET /destroys HTTP/1.1'),
    record: aborted('/destroys', 0),
  },
  {
    title: 'a response that is destroyed half way',
    send: request('GET /half-destroys HTTP/1.1'),
    record: aborted('/half-destroys', 200),
  },
];

describe.for([24, 22, 26] as const)('requests on a plain server of Node.js %i', (node) => {
  let app: AuditedApp;
  let bare: AuditedApp;
  beforeAll(async () => {
    [app, bare] = await Promise.all([
      startApp('http/edges.cjs', { node }),
      startApp('http/edges.cjs', { node, isBare: true }),
    ]);
  });
  afterAll(() => Promise.all([app.stop(), bare.stop()]));

  it.for(EXCHANGES)('$title: recorded, and answered as without the preload', async ({ send, record }) => {
    const [own, theirs] = await Promise.all([exchange(app.port, send), exchange(bare.port, send)]);
    expect(own).toBe(theirs);
    const query = 'url_query' in record ? { url_query: record['url_query'] } : {};
    const line = await app.request({ url_path: record.url_path, ...query });
    expect(line).toMatchObject({ category: 'http', source_address: '127.0.0.1', ...record });
  });

  it('records each of these once', () => {
    const seen = app
      .lines()
      .filter(({ category }) => category === 'http')
      .map((line) => `${line['http_method']} ${line['url_path']}?${line['url_query']}`);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toHaveLength(EXCHANGES.length + 1);
  });

  it('records pipelined requests in order, each with its own answer', async () => {
    const connection = open(app.port);
    connection.send(
      ['/slow', '/plain?p=2', '/no-content?p=3']
        .map((path, index) => `GET ${path} HTTP/1.1\r\nHost: x\r\nX-Request-Id: pipe-${index}\r\n\r\n`)
        .join(''),
    );
    await connection.closed;
    const lines = await Promise.all(
      [0, 1, 2].map((index) => app.request({ correlation_id: `pipe-${index}` })),
    );
    expect(lines.map((line) => [line['url_path'], line['http_status'], line['outcome']])).toEqual([
      ['/slow', 200, 'success'],
      ['/plain', 200, 'success'],
      ['/no-content', 204, 'success'],
    ]);
  });

  it('records pipelined requests that wait for their turn when the client leaves', async () => {
    const connection = open(app.port);
    connection.send(
      ['/never', '/plain']
        .map((path, index) => `GET ${path} HTTP/1.1\r\nHost: x\r\nX-Request-Id: left-${index}\r\n\r\n`)
        .join(''),
    );
    await app.said('at left-0');
    connection.socket.destroy();
    expect(await app.request({ correlation_id: 'left-0' })).toMatchObject(aborted('/never', 0));
    expect(await app.request({ correlation_id: 'left-1' })).toMatchObject({
      url_path: '/plain',
      outcome: 'failure',
    });
  });

  it.for([
    { path: '/never', status: 0 },
    { path: '/mid', status: 200 },
  ])('records a client that leaves while $path is answered', async ({ path, status }) => {
    const connection = open(app.port);
    connection.send(`GET ${path} HTTP/1.1\r\nHost: x\r\nX-Request-Id: abort${path}\r\n\r\n`);
    await app.said(`at abort${path}`);
    if (status > 0) await connection.until('first');
    connection.socket.destroy();
    expect(await app.request({ correlation_id: `abort${path}` })).toMatchObject(aborted(path, status));
  });

  it.for([
    { how: 'resets', leave: 'resetAndDestroy', type: 'aborted', outcome: 'failure', status: 0 },
    { how: 'closes', leave: 'destroy', type: 'HPE_INVALID_EOF_STATE', outcome: 'failure', status: 400 },
    { how: 'ends', leave: 'end', type: 'HPE_INVALID_EOF_STATE', outcome: 'failure', status: 400 },
  ] as const)(
    'records once a client that $how while it uploads',
    async ({ leave, type, outcome, status }) => {
      const connection = open(app.port);
      const head = `POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nX-Request-Id: upload-${leave}\r\n\r\n`;
      connection.send(`${head}some`);
      await app.said(`at upload-${leave}`);
      connection.socket[leave]();
      await connection.closed;
      const line = await app.request({ correlation_id: `upload-${leave}` });
      expect(line).toMatchObject({
        url_path: '/upload',
        outcome,
        error_type: type,
        http_status: status,
        request_size: 100,
      });
      const nameless = app
        .lines()
        .filter(({ error_type: other, url_path: path }) => other === type && path === '');
      expect(nameless).toEqual([]);
    },
  );

  it('knows whose statement it is that runs because the client left', async () => {
    const connection = open(app.port);
    connection.send('GET /cleanup HTTP/1.1\r\nHost: x\r\nX-Request-Id: cleanup\r\n\r\n');
    await connection.until('first');
    connection.socket.destroy();
    const [statement] = await app.records({ category: 'db', target_type: 'cleanups' }, 1);
    expect(statement).toMatchObject({
      correlation_id: 'cleanup',
      actor_type: 'anonymous',
      url_path: '/cleanup',
    });
  });

  it('takes the end of an event stream by its client as its end', async () => {
    const connection = open(app.port);
    connection.send('GET /events HTTP/1.1\r\nHost: x\r\nX-Request-Id: events\r\n\r\n');
    await connection.until('data: 1');
    connection.socket.destroy();
    expect(await app.request({ correlation_id: 'events' })).toMatchObject(success('/events', 200));
  });

  it('records a response that is cut by closeAllConnections', async () => {
    const answers = [];
    for (const server of [app, bare]) {
      const connection = open(server.port);
      connection.send('GET /close-all HTTP/1.1\r\nHost: x\r\nX-Request-Id: close-all\r\n\r\n');
      answers.push(withoutDate(await connection.closed));
    }
    expect(answers[0]).toBe(answers[1]);
    expect(await app.request({ correlation_id: 'close-all' })).toMatchObject(aborted('/close-all', 200));
  });

  it('records what is still being served when the process is told to end', async () => {
    const own = await startApp('http/edges.cjs', { node });
    const connection = open(own.port);
    connection.send('GET /mid HTTP/1.1\r\nHost: x\r\nX-Request-Id: at-the-end\r\n\r\n');
    await own.said('at at-the-end');
    await own.stop();
    const line = own.lines().find(({ correlation_id: id }) => id === 'at-the-end');
    expect(line).toMatchObject({ http_status: 200, outcome: 'unknown', error_type: 'process_ended' });
    expect(line?.trace_id).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('handlers that throw', () => {
  const variants: readonly { path: string; message: string; type: string }[] = [
    { path: '/throws', message: 'thrown by the handler', type: 'TypeError' },
    { path: '/rejects', message: 'rejected by the handler', type: 'aborted' },
  ];

  it.for(variants)(
    'are recorded where the application catches what they throw ($path)',
    async ({ path, message, type }) => {
      const app = await startApp('http/edges.cjs', { env: { EDGES: 'catches' } });
      const connection = open(app.port);
      connection.send(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await app.said(`caught ${message}`);
      connection.socket.destroy();
      const line = await app.request({ url_path: path });
      // NOTE: nothing ties a rejection nobody handles to its request.
      expect(line).toMatchObject({
        error_type: type,
        outcome: 'failure',
        http_status: 0,
      });
      await app.stop();
    },
  );

  it.for(variants)(
    'end the process as without the preload where nobody catches it ($path)',
    async ({ path, message }) => {
      const ends = await Promise.all(
        [false, true].map(async (isBare) => {
          const app = await startApp('http/edges.cjs', {
            isBare,
            env: { AUDIT_REGISTER_LOG_LEVEL: 'silent' },
          });
          const answer = await exchange(app.port, request(`GET ${path} HTTP/1.1`));
          const { code, signal } = await app.exited;
          return { code, signal, answer, says: app.stderr().includes(`TypeError: ${message}`) };
        }),
      );
      expect(ends[0]).toEqual({ code: 1, signal: null, answer: '', says: true });
      expect(ends[0]).toEqual(ends[1]);
    },
  );
});

describe('servers with listeners of their own', () => {
  const compare = async (options: AppOptions, send: string): Promise<[AuditedApp, string]> => {
    const [app, bare] = await Promise.all([
      startApp('http/edges.cjs', options),
      startApp('http/edges.cjs', { ...options, isBare: true }),
    ]);
    const [own, theirs] = await Promise.all([exchange(app.port, send), exchange(bare.port, send)]);
    await bare.stop();
    expect(own).toBe(theirs);
    return [app, own];
  };

  it('records the answer of a clientError listener', async () => {
    const [app, answer] = await compare(
      { env: { EDGES: 'client-error' } },
      'GET /bad HTTP/1.1\r\nHost\r\n\r\n',
    );
    expect(answer).toContain('422 Own Answer');
    expect(await app.request({ url_path: '/bad' })).toMatchObject({
      http_status: 422,
      outcome: 'failure',
      error_type: 'HPE_INVALID_HEADER_TOKEN',
    });
    await app.stop();
  });

  it('records a clientError listener that answers nothing', async () => {
    const [app] = await compare(
      { env: { EDGES: 'client-error-silent' } },
      'GET /bad HTTP/1.1\r\nHost\r\n\r\n',
    );
    expect(await app.request({ url_path: '/bad' })).toMatchObject({ http_status: 0, outcome: 'failure' });
    await app.stop();
  });

  it('merges a malformed body into the record of its request', async () => {
    const [app] = await compare(
      { env: { EDGES: 'client-error' } },
      request('POST /upload HTTP/1.1', 'Transfer-Encoding: chunked') + 'zz\r\n',
    );
    expect(await app.request({ url_path: '/upload' })).toMatchObject({
      http_status: 422,
      outcome: 'failure',
      error_type: 'HPE_INVALID_CHUNK_SIZE',
    });
    await app.stop();
    expect(app.lines()).toHaveLength(1);
  });

  it.for([
    { what: 'headers', send: 'GET /slow-headers HTTP/1.1\r\nHost: x\r\n', path: '' },
    {
      what: 'a body',
      send: 'POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nsome',
      path: '/upload',
    },
  ])('records $what that do not come in time', async ({ send, path }) => {
    // NOTE: Node looks for late requests every 30 s by default, which nothing but the server's options can change.
    const [app, answer] = await compare({ env: { EDGES: 'timeouts' } }, send);
    expect(answer).toContain('408 Request Timeout');
    expect(await app.request({ url_path: path })).toMatchObject({
      http_status: 408,
      outcome: 'failure',
      error_type: 'ERR_HTTP_REQUEST_TIMEOUT',
    });
    await app.stop();
    expect(app.lines()).toHaveLength(1);
  });

  it('records a request that is refused because the connection had enough', async () => {
    const two = 'GET /plain HTTP/1.1\r\nHost: x\r\n\r\nGET /plain?too-many= HTTP/1.1\r\nHost: x\r\n\r\n';
    const [app] = await compare({ env: { EDGES: 'one-request' } }, two);
    expect(await app.request({ url_query: 'too-many=' })).toMatchObject({
      http_status: 503,
      outcome: 'failure',
    });
    await app.stop();
  });

  it('records what a checkContinue listener answers', async () => {
    const [app] = await compare(
      { env: { EDGES: 'continue' } },
      request('POST /asked HTTP/1.1', 'Expect: 100-continue', 'Content-Length: 0'),
    );
    expect(await app.request({ url_path: '/asked' })).toMatchObject({ http_status: 200, outcome: 'success' });
    await app.stop();
  });

  it('records a tunnel, and knows whose statements are made for its data', async () => {
    const app = await startApp('http/edges.cjs', { env: { EDGES: 'connect' } });
    const connection = open(app.port);
    connection.send('CONNECT db.example:5432 HTTP/1.1\r\nHost: x\r\nX-Request-Id: tunnel\r\n\r\n');
    await connection.until('Established');
    connection.send('hello');
    expect(await connection.closed).toContain('hello');
    const request = await app.request({ url_path: 'db.example:5432' });
    expect(request).toMatchObject({
      http_method: 'CONNECT',
      http_status: 200,
      outcome: 'success',
      attributes: { 'audit.http.upgrade': 'true' },
    });
    const [statement] = await app.records({ category: 'db', target_type: 'tunnels' }, 1);
    expect(statement).toMatchObject({ correlation_id: 'tunnel', target_id: '5', trace_id: request.trace_id });
    await app.stop();
  });

  it('records requests over TLS', async () => {
    const app = await startApp('http/edges.cjs', { isSecure: true, env: { EDGES: 'tls' } });
    const { get } = await import('node:https');
    const status = await new Promise((resolve, reject) => {
      get(`https://127.0.0.1:${app.port}/plain`, { rejectUnauthorized: false, agent: false }, (response) =>
        resolve(response.resume().statusCode),
      ).on('error', reject);
    });
    expect(status).toBe(200);
    expect(await app.request({ url_path: '/plain' })).toMatchObject({
      http_status: 200,
      outcome: 'success',
      source_address: '127.0.0.1',
    });
    await app.stop();
  });
});

describe('the objects of a request', () => {
  const bodies = { policy: [{ name: 'bodies', level: 'request_response', match: {} }] };

  it('take as many listeners as without the preload, and show nothing of it', async () => {
    const answers = await Promise.all(
      [false, true].map(async (isBare) => {
        const app = await startApp('http/edges.cjs', { isBare, config: isBare ? {} : bodies });
        const send = request('POST /listens HTTP/1.1', 'Content-Length: 2') + 'hi';
        const answer = withoutDate(await exchange(app.port, send));
        if (!isBare) expect(await app.request({ url_path: '/listens' })).toMatchObject({ http_status: 200 });
        await app.stop();
        return [answer, app.stdout().includes('warned'), app.stderr().includes('MaxListeners')];
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.[0]).toContain('[],[],[]');
  });

  it.for(['/route-getter', '/header-throws'])(
    'cost no record where they cannot be read: %s',
    async (path) => {
      const app = await startApp('http/edges.cjs', { env: { AUDIT_REGISTER_LOG_LEVEL: 'silent' } });
      expect(await exchange(app.port, request(`GET ${path} HTTP/1.1`))).toContain('served');
      expect(await app.request({ url_path: path })).toMatchObject({ category: 'http', http_route: '' });
      await app.stop();
    },
  );
});
