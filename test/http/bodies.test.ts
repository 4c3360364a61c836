import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, until } from './audited-app.ts';
import type { AuditedApp, Line, NodeVersion } from './audited-app.ts';
import { open, request, withoutDate } from './exchange.ts';

const EVERYTHING = { policy: [{ name: 'bodies', level: 'request_response' }] };
const directory = mkdtempSync(join(tmpdir(), 'audit-register-bodies-'));
const MEMORY_FILE = join(directory, 'memory');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let visits = 0;

/** A request with a body, and an id that nothing else has. */
function post(path: string, body: string | Buffer, type: string, ...headers: readonly string[]): Buffer {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  const head = request(`POST ${path} HTTP/1.1`, `Content-Type: ${type}`, length, ...headers);
  return Buffer.concat([Buffer.from(head), Buffer.from(body)]);
}

function chunked(path: string, pieces: readonly string[], ...headers: readonly string[]): string {
  const head = request(
    `POST ${path} HTTP/1.1`,
    'Content-Type: application/json',
    'Transfer-Encoding: chunked',
    ...headers,
  );
  const body = pieces.map((piece) => `${Buffer.byteLength(piece).toString(16)}\r\n${piece}\r\n`).join('');
  return `${head}${body}0\r\nX-Trailer: yes\r\n\r\n`;
}

/** NOTE: where a stream is cut into chunks depends on what the sockets bring. */
const withoutSizes = (response: string): string => response.replaceAll(/\r\n[\da-f]+\r\n/g, '');

interface Told {
  readonly answer: string;
  readonly line: Line;
}

/** Sends it to both applications; what they answer must be the same, and the record is given back. */
async function tell(
  [app, bare]: readonly [AuditedApp, AuditedApp],
  make: (id: string) => string | Buffer,
): Promise<Told> {
  const id = `body-${++visits}`;
  const bytes = make(`X-Request-Id: ${id}`);
  const [answer, theirs] = await Promise.all(
    [app, bare].map(async ({ port }) => {
      const connection = open(port);
      connection.send(bytes);
      return withoutSizes(withoutDate(await connection.closed));
    }),
  );
  expect(answer).toBe(theirs);
  return { answer: answer as string, line: await app.request({ correlation_id: id }) };
}

const NODES: readonly NodeVersion[] = [24, 22, 26];

describe.for(NODES)('a body, where the policy asks for it (Node.js %i)', (node) => {
  let apps: readonly [AuditedApp, AuditedApp];
  let app: AuditedApp;
  beforeAll(async () => {
    const env = { MEMORY_FILE };
    apps = await Promise.all([
      startApp('http/bodies.cjs', { node, env, config: EVERYTHING }),
      startApp('http/bodies.cjs', { node, env: { MEMORY_FILE: `${MEMORY_FILE}-bare` }, isBare: true }),
    ]);
    [app] = apps;
  });
  afterAll(async () => {
    expect(app.stderr()).toBe('');
    await Promise.all(apps.map((each) => each.stop()));
    const bodies = app.lines().map((line) => `${line['request_body']} ${line['response_body']}`);
    expect(bodies.filter((text) => text.includes('hunter2'))).toEqual([]);
  });

  const ORDER = '{"name":"Ada","password":"hunter2","items":[1,2]}';
  const KEPT = '{"name":"Ada","password":"[redacted]","items":[1,2]}';

  it.for(['events', 'readable', 'iterate', 'pipe', 'pause', 'web', 'later', 'changes'])(
    'of a request is read by %s as without the preload, and kept',
    async (reader) => {
      for (const make of [
        (id: string) => post(`/read/${reader}`, ORDER, 'application/json', id),
        (id: string) => chunked(`/read/${reader}`, [ORDER.slice(0, 9), ORDER.slice(9)], id),
      ]) {
        const { line, answer } = await tell(apps, make);
        expect(answer).toContain('200 OK');
        expect(line).toMatchObject({
          request_body: KEPT,
          request_size: ORDER.length,
          truncated: [],
          http_status: 200,
          outcome: 'success',
        });
      }
    },
  );

  it('of a request that nobody reads stays unread, and is kept as far as Node took it', async () => {
    const whole = await tell(apps, (id) => post('/read/nobody', ORDER, 'application/json', id));
    expect(whole.answer).toContain('"read":false');
    expect(whole.line).toMatchObject({ request_body: KEPT, truncated: [] });
    const pieces = await tell(apps, (id) => chunked('/read/nobody', [ORDER.slice(0, 9), ORDER.slice(9)], id));
    const { line } = pieces;
    expect(line['request_body'] === KEPT || String(line['truncated']) === 'request_body').toBe(true);
  });

  it.for(['events', 'readable', 'iterate', 'pipe', 'pause', 'web', 'later', 'nobody'])(
    'of 300 kB is read by %s as without the preload, and its beginning is kept',
    async (reader) => {
      const body = JSON.stringify({ text: 'grün'.repeat(60_000), password: 'hunter2' });
      const { line } = await tell(apps, (id) => post(`/read/${reader}`, body, 'application/json', id));
      expect(line).toMatchObject({ request_size: Buffer.byteLength(body) });
      expect(line['truncated']).toContain('request_body');
      const kept = String(line['request_body']);
      expect(body.startsWith(kept)).toBe(true);
      expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(16_384);
      expect(Buffer.byteLength(kept)).toBeGreaterThan(16_380);
    },
  );

  it('of pipelined requests stays with its own request', async () => {
    const bytes = ['one', 'two', 'three']
      .map((text, index) => {
        const whole = post(
          '/read/later',
          `{"n":"${text}"}`,
          'application/json',
          `X-Request-Id: ${node}-${text}`,
        );
        return index === 2 ? String(whole) : String(whole).replace('Connection: close\r\n', '');
      })
      .join('');
    const answers = await Promise.all(
      apps.map(async ({ port }) => {
        const connection = open(port);
        connection.send(bytes);
        return withoutDate(await connection.closed);
      }),
    );
    expect(answers[0]).toBe(answers[1]);
    for (const text of ['one', 'two', 'three']) {
      const line = await app.request({ correlation_id: `${node}-${text}` });
      expect(line).toMatchObject({
        request_body: `{"n":"${text}"}`,
        response_body: JSON.stringify({ text: `{"n":"${text}"}` }),
      });
    }
  });

  it.for([
    [
      'form',
      'application/x-www-form-urlencoded',
      'name=Ada&password=hunter2&n=1',
      'name=Ada&password=[redacted]&n=1',
    ],
    ['JSON of a vendor', 'application/vnd.api+json', ORDER, KEPT],
    ['JSON that calls itself a form', 'application/x-www-form-urlencoded', ORDER, KEPT],
    ['JSON after a space', 'application/json', ` \n${ORDER}`, ` \n${KEPT}`],
    ['form that calls itself text', 'text/plain', 'password=hunter2&n=1', 'password=[redacted]&n=1'],
    ['text', 'text/plain; charset=utf-8', 'grün', 'grün'],
    [
      'XML',
      'application/xml',
      '<a><s:Password Type="x">hunter2</s:Password></a>',
      '<a><s:Password Type="x">[redacted]</s:Password></a>',
    ],
    [
      'GraphQL',
      'application/graphql',
      'mutation { login(password: "hunter2 \\" hunter2") { id } }',
      'mutation { login(password: "[redacted]") { id } }',
    ],
    [
      'lines of JSON',
      'application/x-ndjson',
      '{"a":1}\n{"password":"hunter2"}\n',
      '{"a":1}\n{"password":"[redacted]"}\n',
    ],
  ] as const)('in the form of %s is kept without its secrets', async ([, type, body, kept]) => {
    const { line } = await tell(apps, (id) => post('/read/iterate', body, type, id));
    expect(line).toMatchObject({ request_body: kept, truncated: [] });
  });

  it('is read in its own charset', async () => {
    const { line } = await tell(apps, (id) =>
      post('/read/iterate', Buffer.from('gr\xfcn', 'latin1'), 'text/plain; charset="ISO-8859-1"', id),
    );
    expect(line).toMatchObject({ request_body: 'grün' });
  });

  it.for([
    ['multipart/form-data; boundary=x', 'no: multipart/form-data'],
    ['application/octet-stream', 'no: application/octet-stream'],
    ['text/plain; charset=klingon', 'no: text/plain in a charset that is not known'],
    ['<script>', 'no: no media type'],
  ] as const)('of type %s is not kept, and the record says so', async ([type, reason]) => {
    const { line } = await tell(apps, (id) => post('/read/iterate', 'hunter2', type, id));
    expect(line).toMatchObject({ request_body: '', request_size: 7, truncated: [] });
    expect(line.attributes['http.request.body.kept']).toBe(reason);
  });

  it.for([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const)('in the encoding %s is decoded, whole and cut', async ([encoding, compress]) => {
    const send = (body: string) =>
      tell(apps, (id) =>
        post('/read/iterate', compress(body), 'application/json', `Content-Encoding: ${encoding}`, id),
      );
    const { line } = await send(ORDER);
    expect(line).toMatchObject({ request_body: KEPT, truncated: [] });
    const noise = Array.from({ length: 9_000 }, (_, index) => (index * 7_919_777) % 1_000_003);
    const long = JSON.stringify({ first: 'x', noise });
    const cut = (await send(long)).line;
    expect(cut['truncated']).toEqual(['request_body']);
    expect(long.startsWith(String(cut['request_body']))).toBe(true);
    expect(String(cut['request_body']).length).toBeGreaterThan(1_000);
  });

  it('that is not in the encoding it names is not kept', async () => {
    const { line } = await tell(apps, (id) =>
      post('/read/iterate', 'hunter2', 'text/plain', 'Content-Encoding: gzip', id),
    );
    expect(line['request_body']).toBe('');
    expect(line.attributes['http.request.body.kept']).toBe('no: text/plain in an encoding that is not known');
  });

  it('of an upload that is aborted is kept as far as it came', async () => {
    for (const reader of ['waits', 'destroys']) {
      const id = `${node}-aborted-${reader}`;
      const connection = open(app.port);
      const whole = String(post(`/read/${reader}`, ORDER, 'application/json', `X-Request-Id: ${id}`));
      connection.send(whole.slice(0, -6));
      if (reader === 'waits') {
        await app.said(`got /read/${reader}`);
        connection.socket.destroy();
      }
      await connection.closed;
      const line = await app.request({ correlation_id: id });
      expect(line).toMatchObject({ outcome: 'failure', truncated: ['request_body'] });
      expect(line['request_body']).toMatch(/^\{"name":"Ada","password":"\[redacted\]"/);
    }
  });

  it('of an upload that is answered before its end is kept as far as it came', async () => {
    const { line } = await tell(apps, (id) => {
      const whole = String(post('/read/early', ORDER, 'application/json', id));
      return whole.slice(0, -6);
    });
    expect(line).toMatchObject({ http_status: 413, truncated: ['request_body'] });
    expect(line['response_body']).toBe('{"error":"too large"}');
  });

  it.for([
    ['strings', { response_body: 'aé\ufffdabuffer12 true,true,true', truncated: [] }],
    ['encodings', { response_body: 'grün blau' }],
    ['no-content', { response_body: '', http_status: 204 }],
    ['not-modified', { response_body: '', http_status: 304 }],
    ['twice', { response_body: 'once', truncated: [] }],
    ['wrong', { http_status: 200 }],
    ['hints', { response_body: '{"hinted":true}' }],
    ['trailers', { response_body: '{"a":1}' }],
    ['wrapped', { response_body: KEPT, truncated: [] }],
    ['events', { response_body: '' }],
    ['untyped', { response_body: '', response_size: 7 }],
    ['binary', { response_body: '', response_size: 100 }],
    ['destroyed', { response_body: '{"half":', truncated: ['response_body'], outcome: 'failure' }],
  ] as const)(
    'of a response written as "%s" leaves as without the preload, and is kept',
    async ([name, record]) => {
      const { line } = await tell(apps, (id) => request(`GET /write/${name} HTTP/1.1`, id));
      expect(line).toMatchObject(record);
    },
  );

  it('of a response to HEAD is none', async () => {
    const { line } = await tell(apps, (id) => request('HEAD /write/head HTTP/1.1', id));
    expect(line).toMatchObject({ response_body: '', http_status: 200, truncated: [] });
  });

  it('of a response in a file is kept up to the limit', async () => {
    const { line } = await tell(apps, (id) => request('GET /write/file HTTP/1.1', id));
    expect(line['response_body']).toMatch(/^\/\*\* Every way to read a body/);
  });

  it('of a response that fails on its way is kept as far as it came', async () => {
    const id = `${node}-fails`;
    const connection = open(app.port);
    connection.send(request('GET /write/throws HTTP/1.1', `X-Request-Id: ${id}`));
    await connection.until('{"half":');
    await app.said('caught thrown within the response');
    connection.socket.destroy();
    const line = await app.request({ correlation_id: id });
    expect(line).toMatchObject({ response_body: '{"half":', truncated: ['response_body'] });
  });

  it.for(['gzip', 'br', 'zstd'])('that is a bomb in %s costs little, and is cut', async (encoding) => {
    const { line } = await tell(apps, (id) => request(`GET /write/bomb?by=${encoding} HTTP/1.1`, id));
    expect(line['truncated']).toEqual(['response_body']);
    expect(line['response_body']).toMatch(/^a*$/);
    expect(String(line['response_body']).length).toBeLessThanOrEqual(16_384);
  });

  it('makes the same errors for the application', async () => {
    await until('the errors of both', () => {
      const said = apps.map((each) =>
        each
          .stdout()
          .split('\n')
          .filter((text) => /^(second|error|write)/.test(text))
          .sort(),
      );
      return said[0]?.length === 4 && JSON.stringify(said[0]) === JSON.stringify(said[1]) ? true : undefined;
    });
  });

  it('of 200 MB costs no memory', async () => {
    const id = `${node}-large`;
    const response = await fetch(`http://127.0.0.1:${app.port}/write/large`, {
      headers: { 'x-request-id': id },
    });
    let size = 0;
    for await (const chunk of response.body as ReadableStream<Uint8Array>) size += chunk.length;
    const line = await app.request({ correlation_id: id });
    expect(size).toBe(200 * 1_024 * 1_024);
    expect(line).toMatchObject({ response_size: size, truncated: ['response_body'] });
    expect(line['response_body']).toBe('é'.repeat(8_192));
    expect(Number(readFileSync(MEMORY_FILE, 'utf8'))).toBeLessThan(20_000_000);
  });
});

describe('an upload that asks first', () => {
  it('is answered and kept as without the preload', async () => {
    const env = { BODIES: 'continue' };
    const apps = await Promise.all([
      startApp('http/bodies.cjs', { env, config: EVERYTHING }),
      startApp('http/bodies.cjs', { env, isBare: true }),
    ]);
    const { line, answer } = await tell(apps, (id) =>
      post('/read/iterate', '{"a":1}', 'application/json', 'Expect: 100-continue', id),
    );
    expect(answer).toContain('100 Continue');
    expect(line).toMatchObject({ request_body: '{"a":1}' });
    await Promise.all(apps.map((app) => app.stop()));
  });
});

describe('the level of a record', () => {
  const BODY = '{"word":"in the request"}';

  async function bytesOfSink(config: object, env: Record<string, string> = {}): Promise<string> {
    const app = await startApp('http/bodies.cjs', { config, env });
    const connection = open(app.port);
    connection.send(post('/read/web', BODY, 'application/json', 'X-Request-Id: level'));
    await connection.closed;
    await app.request({ correlation_id: 'level' });
    await app.stop();
    return JSON.stringify(app.lines());
  }

  it('"metadata" brings no body to the sink, even where another rule might have asked for it', async () => {
    const metadata = await bytesOfSink({
      policy: [
        { name: 'failed', level: 'request_response', match: { outcome: 'failure' } },
        { name: 'rest', level: 'metadata' },
      ],
    });
    expect(metadata).toContain('"policy_rule":"rest"');
    expect(metadata).not.toContain('in the request');
    expect(metadata).not.toContain('.body.kept');
  });

  it('"request" brings the body of the request alone', async () => {
    const text = await bytesOfSink({ policy: [{ name: 'all', level: 'request' }] });
    expect(text).toContain('"request_body":"{\\"word\\":\\"in the request\\"}"');
    expect(text).toContain('"response_body":""');
  });

  it('"request_response" brings both', async () => {
    const text = await bytesOfSink(EVERYTHING);
    expect(text.match(/in the request/g)).toHaveLength(2);
  });

  it('of the default policy brings none', async () => {
    expect(await bytesOfSink({ sink: 'file' })).not.toContain('in the request');
  });

  it('brings none where no bytes of it may be kept, and as many as may be', async () => {
    const limited = (bytes: string) => bytesOfSink(EVERYTHING, { AUDIT_REGISTER_BODY_MAX_BYTES: bytes });
    expect(await limited('0')).not.toContain('word');
    expect(await limited('10')).toContain('"request_body":"{\\"word\\":\\"i"');
  });
});
