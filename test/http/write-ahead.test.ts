import { connect as connectTls } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from './audited-app.ts';
import { exchange, open, request, withoutDate } from './exchange.ts';
import type { Connection } from './exchange.ts';
import { LARGE_FILE, startGated } from './gated-app.ts';
import type { GatedApp } from './gated-app.ts';
import type { NodeVersion } from '../process/nodes.ts';

const NODES: readonly NodeVersion[] = [24, 22, 26];

/** A second connection whose answer comes after everything that the server has written before. */
async function passBy(app: GatedApp): Promise<void> {
  expect(await exchange(app.port, 'what is this\r\n\r\n')).toMatch(/ 400 /);
}

function ask(app: GatedApp, line: string, ...headers: readonly string[]): Connection {
  const connection = open(app.port);
  connection.send(request(line, ...headers));
  return connection;
}

const REFUSED =
  /^HTTP\/1\.1 503 Service Unavailable\r\n(?:.+\r\n)*connection: close\r\n\r\naudit record could not be written\n$/;

interface Whole {
  readonly path: string;
  readonly method?: string;
  /** What has come when the record is not safe yet. */
  readonly before: RegExp;
  readonly after: RegExp;
  readonly record: object;
}

/** Nothing at all. */
const NOTHING = /^$/;
const ok = (more = {}): object => ({ http_status: 200, outcome: 'success', ...more });

const WHOLE: readonly Whole[] = [
  { path: '/plain', before: NOTHING, after: /\r\n\r\nhello$/, record: ok({ response_size: 5 }) },
  { path: '/plain', method: 'HEAD', before: NOTHING, after: /^HTTP\/1\.1 200 .*\r\n\r\n$/s, record: ok() },
  {
    path: '/sized',
    before: /\r\n\r\n01234$/,
    after: /\r\n\r\n0123456789$/,
    record: ok({ response_size: 10 }),
  },
  {
    path: '/flushed',
    before: NOTHING,
    after: /^HTTP\/1\.1 204 .*\r\n\r\n$/s,
    record: ok({ http_status: 204 }),
  },
  { path: '/not-modified', before: NOTHING, after: /^HTTP\/1\.1 304 /, record: ok({ http_status: 304 }) },
  {
    path: '/trailers',
    before: /^$|\r\n4\r\nbody\r\n$/,
    after: /\r\n0\r\nx-checked: yes\r\n\r\n$/,
    record: ok(),
  },
  {
    path: '/hints',
    before: /^HTTP\/1\.1 103 Early Hints\r\n.*\r\n\r\n$/s,
    after: /\r\n\r\nhinted$/,
    record: ok(),
  },
  { path: '/wrapped', before: NOTHING, after: /\r\n\r\nwrapped$/, record: ok() },
  { path: '/large', before: NOTHING, after: /\r\n\r\nx{1000000}$/, record: ok({ response_size: 1_000_000 }) },
  {
    path: '/nowhere',
    before: NOTHING,
    after: /\r\n7\r\nnowhere\r\n0\r\n\r\n$|\r\n\r\nnowhere$/,
    record: { http_status: 404, outcome: 'failure' },
  },
];

describe.for(NODES)('write-ahead on Node.js %i', (node) => {
  let app: GatedApp;
  beforeAll(async () => {
    app = await startGated('http1.cjs', { node });
  });
  afterEach(async () => {
    await app.release(true);
    await app.set({ safety: 'hold', canRecord: true });
    app.forget();
  });

  it.for(WHOLE.map((whole) => ({ method: 'GET', ...whole })))(
    'lets $method $path end when its record is safe',
    async ({ path, method, before, after, record }) => {
      const count = app.records().length;
      const own = (): unknown[] =>
        app
          .records()
          .slice(count)
          .filter((line) => line['url_path'] === path);
      const connection = ask(app, `${method} ${path} HTTP/1.1`);
      await app.waiting(1);
      expect(own()).toMatchObject([record]);
      await passBy(app);
      expect(connection.received()).toMatch(before);
      await app.release(true);
      expect(await connection.closed).toMatch(after);
      await passBy(app);
      expect(own()).toHaveLength(1);
    },
  );

  it('answers as without us, byte for byte', async () => {
    await app.set({ safety: 'safe' });
    const bare = await startGated('http1.cjs', { node, delivery: 'spool' });
    for (const { path, method = 'GET' } of [
      ...WHOLE,
      { path: '/file' },
      { path: '/until-close' },
      { path: '/twice' },
    ]) {
      const line = `${method} ${path} HTTP/1.1`;
      const answers = await Promise.all([app, bare].map(({ port }) => exchange(port, request(line))));
      expect(answers[0]).toBe(answers[1]);
    }
    bare.child.kill();
  });

  it('knows the last byte of a response that its application never ends', async () => {
    const connection = ask(app, 'GET /whole-write HTTP/1.1');
    await app.waiting(1);
    await passBy(app);
    expect(connection.received()).toBe('');
    await app.release(true);
    expect(await connection.until('whole')).toMatch(/\r\n\r\nwhole$/);
    connection.socket.destroy();
    await connection.closed;
  });

  it('answers as without us on connections that ask for much at once', async () => {
    await app.set({ safety: 'late' });
    const bare = await startGated('http1.cjs', { node, delivery: 'spool' });
    const paths = [
      '/plain',
      '/sized',
      '/trailers',
      '/hints',
      '/not-modified',
      '/nowhere',
      '/wrapped',
      '/large',
      '/file',
    ];
    await Promise.all(
      Array.from({ length: 30 }, async (_, turn) => {
        const turned = [...paths.slice(turn % paths.length), ...paths.slice(0, turn % paths.length)];
        const asked = turned.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join('');
        const all = asked + request('GET /plain?last HTTP/1.1');
        const answers = await Promise.all([app, bare].map(({ port }) => exchange(port, all)));
        expect(answers[0]).toBe(answers[1]);
      }),
    );
    bare.child.kill();
  });

  it('keeps only the end of a stream back', async () => {
    const connection = ask(app, 'GET /chunked HTTP/1.1');
    await connection.until('5\r\nfirst\r\n');
    app.send({ go: true });
    await app.waiting(1);
    await passBy(app);
    expect(connection.received()).toMatch(/\r\n\r\n5\r\nfirst\r\n$/);
    await app.release(true);
    expect(await connection.closed).toMatch(/5\r\nfirst\r\n0\r\n\r\n$/);
  });

  it('keeps the last piece of a file back, and sends the whole of it', async () => {
    const connection = ask(app, 'GET /file HTTP/1.1');
    await app.waiting(1);
    await connection.until('yyy');
    expect(connection.received().length).toBeLessThan(300_000);
    await app.release(true);
    expect(await connection.closed).toMatch(/\r\n\r\ny{300000}$/);
    expect(LARGE_FILE).not.toBe('');
  });

  it('closes the connection of a response without a length only then', async () => {
    const connection = ask(app, 'GET /until-close HTTP/1.1');
    await app.waiting(1);
    await passBy(app);
    expect(connection.socket.readableEnded).toBe(false);
    await app.release(true);
    expect(await connection.closed).toMatch(/all of it/);
  });

  it('resets the connection of a response without a length where its record cannot be written', async () => {
    const connection = ask(app, 'GET /until-close HTTP/1.1');
    const failed = new Promise<NodeJS.ErrnoException>((resolve) => connection.socket.once('error', resolve));
    await app.waiting(1);
    await app.release(false);
    expect((await failed).code).toBe('ECONNRESET');
  });

  it('answers 503 instead where the record cannot be written', async () => {
    const connection = ask(app, 'GET /plain HTTP/1.1');
    await app.waiting(1);
    await app.release(false);
    expect(await connection.closed).toMatch(REFUSED);
    await app.set({ safety: 'unsafe' });
    expect(await exchange(app.port, request('HEAD /plain HTTP/1.1'))).toMatch(/^HTTP\/1\.1 503 .*\r\n\r\n$/s);
    await app.set({ safety: 'safe' });
    expect(await exchange(app.port, request('GET /plain HTTP/1.1'))).toMatch(/hello$/);
    await app.set({ safety: 'hold' });
    expect(app.stderr()).toContain('requests are refused with 503: their records cannot be kept');
    expect(app.stderr()).toMatch(/records can be kept again: \d requests refused until then/);
  });

  it('answers 503 where we fail ourselves', async () => {
    await app.set({ safety: 'throw' });
    expect(await exchange(app.port, request('GET /plain HTTP/1.1'))).toMatch(REFUSED);
  });

  it('cuts off a response of which part has left where its record cannot be written', async () => {
    const connection = ask(app, 'GET /chunked HTTP/1.1');
    await connection.until('5\r\nfirst\r\n');
    app.send({ go: true });
    await app.waiting(1);
    await app.release(false);
    expect(await connection.closed).toMatch(/5\r\nfirst\r\n$/);
  });

  it('is seen by the application as Node has it', async () => {
    const connection = ask(app, 'GET /callback HTTP/1.1');
    await app.said('ended true true 200 ERR_HTTP_HEADERS_SENT');
    await app.waiting(1);
    expect(app.stdout()).not.toMatch(/^(?:finish|callback|close)/m);
    await app.release(true);
    await connection.closed;
    await app.said('finish');
    await app.said('close true');
    expect(app.stdout()).toMatch(/^callback (?:undefined|null)$/m);
  });

  it('never finishes for the application what was refused', async () => {
    const connection = ask(app, 'GET /callback HTTP/1.1');
    await app.waiting(1);
    await app.release(false);
    expect(await connection.closed).toMatch(REFUSED);
    await app.said('close false');
    expect(app.stdout()).not.toMatch(/^finish$/m);
  });

  it('keeps pipelined responses in order, each until it is safe', async () => {
    const connection = open(app.port);
    const line = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
    connection.send(line('/plain?1') + line('/sized') + request('GET /hints HTTP/1.1'));
    await app.waiting(3);
    await passBy(app);
    expect(connection.received()).toBe('');
    await app.release(true);
    const answer = await connection.closed;
    expect(answer).toMatch(/hello.*0123456789.*hinted$/s);
  });

  it('refuses a pipelined response before its turn without touching the one before it', async () => {
    const connection = open(app.port);
    connection.send('GET /chunked HTTP/1.1\r\nHost: x\r\n\r\n' + request('GET /plain?behind HTTP/1.1'));
    await app.waiting(1);
    await app.release(false);
    await app.set({ safety: 'safe' });
    app.send({ go: true });
    const answer = await connection.closed;
    expect(answer).toMatch(/5\r\nfirst\r\n0\r\n\r\nHTTP\/1\.1 503 /);
    expect(answer).not.toContain('hello');
  });

  it('serves the next request of a kept connection', async () => {
    const connection = open(app.port);
    for (const turn of [1, 2, 3]) {
      connection.send(`GET /plain?turn=${turn} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await app.waiting(1);
      await app.release(true);
      await until('the answer', () => connection.received().split('hello').length > turn || undefined);
    }
    connection.socket.destroy();
    await connection.closed;
  });

  it('lets go of a client that leaves while it waits', async () => {
    const connection = ask(app, 'GET /callback HTTP/1.1');
    await app.waiting(1);
    connection.socket.destroy();
    await app.said('close false');
    await app.release(true);
    await passBy(app);
    expect(app.records().findLast((line) => line['url_path'] === '/callback')).toMatchObject({
      outcome: 'success',
    });
  });

  it('lets go of a response that is destroyed while it waits', async () => {
    const connection = ask(app, 'GET /destroyed HTTP/1.1');
    await app.waiting(1);
    await app.said('destroyed');
    expect(await connection.closed).toBe('');
    await app.release(true);
    await passBy(app);
  });

  it('throws into the application only what Node throws', async () => {
    const connection = ask(app, 'GET /bogus HTTP/1.1');
    await app.said('threw ERR_UNKNOWN_ENCODING');
    expect(await connection.closed).toBe('');
  });

  it('does not hold what the policy does not record', async () => {
    expect(await exchange(app.port, request('GET /health HTTP/1.1'))).toMatch(/healthy$/);
  });

  it('refuses before the handler while records cannot be kept', async () => {
    await app.set({ canRecord: false });
    const answer = await exchange(app.port, request('GET /plain?refused HTTP/1.1'));
    expect(withoutDate(answer)).toMatch(
      /^HTTP\/1\.1 503 .*retry-after: 1\r\n.*audit record could not be written\n$/s,
    );
    expect(await exchange(app.port, request('GET /health HTTP/1.1'))).toMatch(/healthy$/);
    const upgrade = ['GET /socket HTTP/1.1', 'Host: x', 'Connection: upgrade', 'Upgrade: websocket', '', ''];
    expect(await exchange(app.port, upgrade.join('\r\n'))).toMatch(REFUSED);
    await app.set({ canRecord: true });
    expect(app.stdout()).not.toMatch(/refused|upgraded/);
    const records = app.records().filter((line) => line['http_status'] === 503);
    expect(records.map((line) => line['url_path'])).toEqual(expect.arrayContaining(['/plain', '/socket']));
  });

  it('does not take a waiting response for an idle connection when the server closes', async () => {
    const closing = await startGated('http1.cjs', { node });
    const connection = open(closing.port);
    connection.send('GET /plain HTTP/1.1\r\nHost: x\r\n\r\n');
    await closing.waiting(1);
    closing.send({ close: true });
    await closing.set({ safety: 'safe' });
    await closing.release(true);
    await connection.until('hello');
    connection.socket.end();
    await closing.said('server closed');
    closing.child.kill();
  });

  it('holds over TLS', async () => {
    const secure = await startGated('http1.cjs', { node, isSecure: true });
    const socket = connectTls({ port: secure.port, host: '127.0.0.1', rejectUnauthorized: false });
    let received = '';
    socket.setEncoding('latin1').on('data', (text: string) => (received += text));
    socket.write(request('GET /plain HTTP/1.1'));
    await secure.waiting(1);
    expect(received).toBe('');
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await secure.release(true);
    await ended;
    expect(received).toMatch(/hello$/);
    secure.child.kill();
  });
});

describe('write-ahead by rule', () => {
  it('holds the routes it is asked for, and no others', async () => {
    const config = {
      policy: [
        {
          name: 'orders',
          level: 'metadata',
          match: { category: 'http', path: ['/api/**'] },
          delivery: 'write-ahead',
        },
        { name: 'rest', level: 'metadata' },
      ],
    };
    const app = await startGated('http1.cjs', { delivery: 'spool', config });
    expect(await exchange(app.port, request('GET /plain HTTP/1.1'))).toMatch(/hello$/);
    const connection = ask(app, 'GET /api/orders HTTP/1.1');
    await app.waiting(1);
    expect(connection.received()).toBe('');
    await app.release(true);
    expect(await connection.closed).toMatch(/ordered$/);
    await app.set({ canRecord: false });
    expect(await exchange(app.port, request('GET /api/orders HTTP/1.1'))).toMatch(/^HTTP\/1\.1 503 /);
    expect(await exchange(app.port, request('GET /plain HTTP/1.1'))).toMatch(/hello$/);
    app.child.kill();
  });
});

describe('without write-ahead', () => {
  it('nothing of a response is touched, and all is served where records cannot be kept', async () => {
    const app = await startGated('http1.cjs', { delivery: 'spool' });
    await app.said('patched ;');
    await app.set({ canRecord: false });
    expect(await exchange(app.port, request('GET /plain HTTP/1.1'))).toMatch(/hello$/);
    expect(app.stderr()).not.toContain('refused');
    app.child.kill();
  });

  it('fail-closed refuses before the handler, and holds nothing', async () => {
    const env = { AUDIT_REGISTER_ON_FULL: 'fail-closed', TEST_CONTINUE: 'yes' };
    const app = await startGated('http1.cjs', { delivery: 'spool', env });
    await app.said('patched ;');
    expect(await exchange(app.port, request('GET /plain HTTP/1.1'))).toMatch(/hello$/);
    await app.set({ canRecord: false });
    expect(await exchange(app.port, request('GET /plain?no HTTP/1.1'))).toMatch(/^HTTP\/1\.1 503 /);
    const expecting = request('POST /plain?expecting HTTP/1.1', 'Expect: 100-continue', 'Content-Length: 5');
    expect(await exchange(app.port, expecting)).toMatch(/^HTTP\/1\.1 503 .*connection: close/s);
    expect(await exchange(app.port, request('GET /health HTTP/1.1'))).toMatch(/healthy$/);
    await app.set({ canRecord: true });
    expect(await exchange(app.port, request('GET /plain?yes HTTP/1.1'))).toMatch(/hello$/);
    expect(app.stdout()).not.toMatch(/\?no|\?expecting/);
    expect(app.stderr().match(/requests are refused/g)).toHaveLength(1);
    expect(app.stderr()).toContain('records can be kept again: 2 requests refused until then');
    app.child.kill();
  });
});
