import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { OtlpConfig } from '../../src/config/config.ts';
import { createOtlpSink } from '../../src/delivery/sinks/otlp.ts';
import type { Sink } from '../../src/delivery/sinks/sink.ts';
import { createLines } from './fake-sink.ts';
import { partialSuccess, status } from './otlp-protobuf.ts';
import { PROTOBUF, answering, startReceiver, taking } from './otlp-receiver.ts';
import type { Answering, OtlpReceiver } from './otlp-receiver.ts';
import { segmentOf } from './shipments.ts';

const FRESH = { mayBeOld: false };
const ACCEPTED = { status: 'accepted' };

const TLS = join(import.meta.dirname, '../fixtures/process');
const certificate = {
  key: readFileSync(join(TLS, 'self-signed.key')),
  cert: readFileSync(join(TLS, 'self-signed.pem')),
};

let receiver: OtlpReceiver;
const closing: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  receiver = await startReceiver();
  closing.push(() => receiver.close());
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function sinkTo(url: string, config: Partial<OtlpConfig> = {}): { sink: Sink; lines: string[] } {
  const { log, lines } = createLines();
  const sink = createOtlpSink(
    { url, headers: {}, timeoutMillis: 5_000, compression: 'gzip', ...config },
    log,
  );
  closing.push(() => sink.close());
  return { sink, lines };
}

/** What becomes of a segment that is answered so. */
async function answered(answer: Answering, config: Partial<OtlpConfig> = {}) {
  receiver.answer = answer;
  const { sink, lines } = sinkTo(receiver.url, config);
  const result = await sink.send(segmentOf(3), FRESH);
  return { ...result, lines };
}

async function listening(server: Server, protocol = 'http'): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.close();
  });
  return `${protocol}://127.0.0.1:${(server.address() as AddressInfo).port}/v1/logs`;
}

test.each(['gzip', 'none'] as const)(
  'A segment is one POST with all of its records (%s)',
  async (compression) => {
    const headers = { 'x-key': 'abc', authorization: 'Basic eDp5' };
    const { sink } = sinkTo(receiver.url, { compression, headers });
    expect(await sink.send(segmentOf(500), FRESH)).toEqual(ACCEPTED);
    expect(receiver.requests).toHaveLength(1);
    expect(receiver.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/logs',
      headers: {
        ...headers,
        'content-type': PROTOBUF,
        accept: PROTOBUF,
        'content-length': expect.stringMatching(/^\d+$/),
      },
    });
    expect(receiver.requests[0]?.headers['content-encoding']).toBe(
      compression === 'gzip' ? 'gzip' : undefined,
    );
    expect(receiver.taken().map(({ attributes }) => Number(attributes.get('audit.sequence')))).toEqual(
      Array.from({ length: 500 }, (_, index) => index + 1),
    );
  },
);

test('The same segment is the same bytes however often it is sent', async () => {
  const { sink } = sinkTo(receiver.url);
  const segment = segmentOf(1_000);
  await sink.send(segment, FRESH);
  await sink.send(segment, { mayBeOld: true });
  await sinkTo(receiver.url).sink.send(segment, FRESH);
  const [first, ...others] = receiver.requests.map(({ bytes }) => bytes);
  expect(others).toEqual([first, first]);
});

test('A certificate is a request of its own', async () => {
  const { sink } = sinkTo(receiver.url);
  const seal = JSON.stringify({ process: { service: 'a' }, sealedAt: '1790000001000000' });
  expect(await sink.certify?.({ seal, shortfall: '', signature: '', keyId: '' }, 'x')).toEqual(ACCEPTED);
  expect(receiver.taken()).toMatchObject([{ eventName: 'audit.segment' }]);
});

test('A segment without rows, which asks whether the receiver takes anything, is an empty request', async () => {
  const { sink } = sinkTo(receiver.url);
  expect(await sink.send(segmentOf(0), FRESH)).toEqual(ACCEPTED);
  expect(receiver.requests.map(({ bytes }) => bytes.length)).toEqual([0]);
});

describe('What is a receiver has taken the segment:', () => {
  test.each<[string, Answering]>([
    ['an empty answer of its type', answering(200, { headers: { 'content-type': PROTOBUF } })],
    ['a type with parameters', answering(200, { headers: { 'content-type': `${PROTOBUF}; charset=utf-8` } })],
    ['an empty answer without a type', answering(200)],
    ['204 without a body, as some say it', answering(204)],
    [
      'nothing rejected',
      answering(200, { headers: { 'content-type': PROTOBUF }, body: partialSuccess(0, '') }),
    ],
  ])('%s', async (_, answer) => {
    expect(await answered(answer)).toEqual({ ...ACCEPTED, lines: [] });
  });
});

describe('What is no receiver has taken nothing, and the setting is named:', () => {
  const type = (of: string): Record<string, string> => ({ 'content-type': of });
  test.each<[string, Answering]>([
    ['a friendly page', answering(200, { headers: type('text/html'), body: '<h1>Welcome</h1>' })],
    ['an empty page', answering(200, { headers: type('text/html') })],
    ['a page without a type', answering(200, { body: 'hello' })],
    ['JSON', answering(200, { headers: type('application/json'), body: '{}' })],
    ['a type that is not true', answering(200, { headers: type(PROTOBUF), body: '<html>Welcome</html>' })],
    [
      'half a message',
      answering(200, { headers: type(PROTOBUF), body: partialSuccess(3, 'x').subarray(0, 4) }),
    ],
    ['a page without an end', answering(200, { headers: type('text/html'), body: 'x'.repeat(200_000) })],
    ['a redirect', answering(301, { headers: { location: 'https://elsewhere.example/' } })],
    ['404', answering(404, { body: 'no such page' })],
    ['500', answering(500)],
    ['418', answering(418)],
    [
      'another protocol',
      (_, response) => {
        response.writeHead(101, { upgrade: 'websocket', connection: 'Upgrade' }).end();
        return false;
      },
    ],
  ])('%s', async (_, answer) => {
    const result = await answered(answer);
    expect(result).toMatchObject({
      status: 'retry',
      reason: expect.stringContaining('AUDIT_REGISTER_OTLP_ENDPOINT'),
    });
    expect(receiver.requests).toHaveLength(1);
  });
});

test.each([
  [401, /HTTP 401: no token \(set AUDIT_REGISTER_OTLP_HEADERS/],
  [403, /HTTP 403: no token \(see AUDIT_REGISTER_OTLP_HEADERS/],
  [415, /AUDIT_REGISTER_OTLP_COMPRESSION=none/],
  [405, /AUDIT_REGISTER_OTLP_ENDPOINT/],
])('%i waits for the setting that mends it', async (code, reason) => {
  const body = status(16, 'no token');
  const result = await answered(answering(code, { headers: { 'content-type': PROTOBUF }, body }));
  expect(result).toMatchObject({ status: 'retry', reason: expect.stringMatching(reason) });
});

test.each([429, 502, 503, 504])('%i is tried again, when the receiver says so', async (code) => {
  const result = await answered(answering(code, { headers: { 'retry-after': '7' }, body: 'slow down' }));
  expect(result).toMatchObject({
    status: 'retry',
    retryAfterMillis: 7_000,
    reason: expect.stringContaining('slow down'),
  });
  expect(await answered(answering(code))).not.toHaveProperty('retryAfterMillis');
});

test('400 speaks of the content, in the words of the receiver', async () => {
  const body = status(3, 'attribute\nvalue too long');
  expect(await answered(answering(400, { headers: { 'content-type': PROTOBUF }, body }))).toMatchObject({
    status: 'refused',
    reason: 'HTTP 400: attribute value too long',
  });
});

test.each([
  ['413', answering(413)],
  ['400, as the collector says it', answering(400, { body: 'http: request body too large' })],
])('%s speaks of the size, and names the limit', async (_, answer) => {
  expect(await answered(answer)).toMatchObject({
    status: 'refused',
    reason: expect.stringContaining('max_request_body_size'),
  });
});

test('Records that are rejected are refused', async () => {
  const headers = { 'content-type': PROTOBUF };
  const answer = answering(200, { headers, body: partialSuccess(2, 'too old') });
  expect(await answered(answer)).toMatchObject({
    status: 'refused',
    reason: '2 of the records rejected: too old',
  });
});

test('A warning beside acceptance is said once', async () => {
  const headers = { 'content-type': PROTOBUF };
  receiver.answer = answering(200, { headers, body: partialSuccess(0, 'use the new port') });
  const { sink, lines } = sinkTo(receiver.url);
  for (let time = 0; time < 3; time++) expect(await sink.send(segmentOf(1), FRESH)).toEqual(ACCEPTED);
  expect(lines).toEqual([expect.stringMatching(/has taken all records and says: use the new port$/)]);
});

test('Secrets of headers are not shown, whatever a receiver repeats', async () => {
  const headers = {
    authorization: 'Bearer hunter2hunter2',
    'x-basic': `Basic ${btoa('writer:swordfish')}`,
    'x-key': 'sesame-open',
  };
  const echo: Answering = (request, response) => {
    const said = `no: ${request.headers.authorization} hunter2hunter2 ${String(request.headers['x-key'])} swordfish`;
    response.writeHead(403).end(said);
    return false;
  };
  const { reason } = (await answered(echo, { headers })) as unknown as { reason: string };
  expect(reason).toContain('HTTP 403: no:');
  expect(reason).not.toMatch(/hunter2|sesame|swordfish/);
  const warning = answering(200, {
    headers: { 'content-type': PROTOBUF },
    body: partialSuccess(0, 'sesame-open is old'),
  });
  const { lines } = await answered(warning, { headers });
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain('sesame');
});

const PATIENCE = { timeoutMillis: 300 };
const LATE = {
  status: 'retry',
  reason: expect.stringMatching(/no whole answer within 0\.3 s .*AUDIT_REGISTER_OTLP_TIMEOUT_MS/),
};

test('A receiver that never answers is given up', async () => {
  expect(await answered(() => false, PATIENCE)).toMatchObject(LATE);
});

test('A receiver that answers drop by drop is given up, and its connection is closed', async () => {
  let closed: Promise<unknown> | undefined;
  const drip: Answering = ({ socket }, response) => {
    // NOTE: not by `once` of node:events, which takes a reset for a failure.
    closed = new Promise((resolve) => socket.once('close', resolve));
    response.writeHead(200, { 'content-type': PROTOBUF });
    const timer = setInterval(() => response.write('\0'), 20);
    response.once('close', () => clearInterval(timer));
    return false;
  };
  expect(await answered(drip, PATIENCE)).toMatchObject(LATE);
  await closed;
});

test('A receiver that reads nothing of a request is given up', async () => {
  const url = await listening(createTcpServer((socket) => void socket.pause()));
  const { sink } = sinkTo(url, { ...PATIENCE, compression: 'none' });
  const large = segmentOf(300, { record: () => ({ request_body: 'x'.repeat(50_000) }) });
  expect(await sink.send(large, FRESH)).toMatchObject(LATE);
});

test('An answer that comes before the request is read is heard, and the connection is not used again', async () => {
  const sockets: Socket[] = [];
  const url = await listening(
    createTcpServer((socket) => {
      sockets.push(socket);
      socket.once('data', () => {
        socket.pause();
        socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n');
      });
    }),
  );
  const { sink } = sinkTo(url, { compression: 'none' });
  const large = segmentOf(300, { record: () => ({ request_body: 'x'.repeat(50_000) }) });
  for (const time of [1, 2]) {
    expect(await sink.send(large, FRESH)).toMatchObject({ status: 'refused' });
    expect(sockets).toHaveLength(time);
  }
  for (const socket of sockets) socket.destroy();
});

test('Headers without an end are given up', async () => {
  const url = await listening(
    createTcpServer((socket) => {
      socket.on('error', () => {}).write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`);
    }),
  );
  const { sink } = sinkTo(url);
  expect(await sink.send(segmentOf(1), FRESH)).toMatchObject({
    status: 'retry',
    reason: expect.stringMatching(/Overflow.*AUDIT_REGISTER_OTLP_ENDPOINT/i),
  });
});

test('A connection that was closed while it waited is another one, and no failure', async () => {
  const { sink } = sinkTo(receiver.url);
  const [first, second] = [segmentOf(2), segmentOf(2)];
  await sink.send(first, FRESH);
  receiver.answer = ({ socket }, response) => {
    if (receiver.requests.filter((each) => each.socket === socket).length === 1)
      return taking(receiver.requests.at(-1)!, response);
    socket.destroy();
    return false;
  };
  expect(await sink.send(second, FRESH)).toEqual(ACCEPTED);
  expect(receiver.requests).toHaveLength(3);
  expect(receiver.taken()).toHaveLength(4);
});

test('A new connection that is closed without an answer is a failure', async () => {
  const destroy: Answering = ({ socket }) => {
    socket.destroy();
    return false;
  };
  expect(await answered(destroy)).toMatchObject({
    status: 'retry',
    reason: expect.stringContaining('AUDIT_REGISTER_OTLP_ENDPOINT'),
  });
  expect(receiver.requests).toHaveLength(1);
});

test('Nobody who listens is said with the setting', async () => {
  await receiver.close();
  closing.shift();
  const { sink } = sinkTo(receiver.url);
  expect(await sink.send(segmentOf(1), FRESH)).toMatchObject({
    status: 'retry',
    reason: expect.stringMatching(/ECONNREFUSED.*AUDIT_REGISTER_OTLP_ENDPOINT/),
  });
});

test('What speaks HTTP/2 only, as gRPC does, is said to be the wrong port', async () => {
  const url = await listening(createHttp2Server());
  const { sink } = sinkTo(url);
  expect(await sink.send(segmentOf(1), FRESH)).toMatchObject({
    status: 'retry',
    reason: expect.stringMatching(/AUDIT_REGISTER_OTLP_ENDPOINT .*4318.*gRPC/),
  });
});

test('A certificate that nobody vouches for is said with the mend', async () => {
  const { sink } = sinkTo(await listening(createTlsServer(certificate), 'https'));
  expect(await sink.send(segmentOf(1), FRESH)).toMatchObject({
    status: 'retry',
    reason: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
  });
});

test('TLS where there is none, and none where there is, are said', async () => {
  const plain = sinkTo(receiver.url.replace('http:', 'https:')).sink;
  expect(await plain.send(segmentOf(1), FRESH)).toMatchObject({
    status: 'retry',
    reason: expect.stringMatching(/speaks no TLS/),
  });
  const secret = sinkTo(await listening(createTlsServer(certificate))).sink;
  expect(await secret.send(segmentOf(1), FRESH)).toMatchObject({
    status: 'retry',
    reason: expect.stringContaining('AUDIT_REGISTER_OTLP_ENDPOINT'),
  });
});

test('No other sink loads the serializer', () => {
  const script = `
    const { createSink } = require('./dist/delivery/sinks/create-sink.js');
    const { loadConfig } = require('./dist/config/load.js');
    const loaded = () => Object.keys(require.cache).some((file) => file.includes('otlp-transformer'));
    const made = ['clickhouse', 'file', 'console', 'otlp'].map((name) => {
      createSink(loadConfig({ AUDIT_REGISTER_SINK: name }, '/'), { warn() {} });
      return loaded();
    });
    console.log(JSON.stringify(made));`;
  const out = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8', env: {} });
  expect(JSON.parse(out)).toEqual([false, false, false, true]);
});
