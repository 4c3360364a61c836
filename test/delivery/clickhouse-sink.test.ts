import { Buffer } from 'node:buffer';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Segment } from '../../src/delivery/segment.ts';
import { createClickHouseSink } from '../../src/delivery/sinks/clickhouse.ts';
import type { Sink } from '../../src/delivery/sinks/sink.ts';
import { RowBinaryWriter } from '../../src/record/row-binary-writer.ts';
import { rowBounds } from '../../src/record/row-bounds.ts';
import { startFaultProxy } from '../../chaos/stage/fault-proxy.ts';
import type { Fault } from '../../chaos/stage/fault-proxy.ts';
import { until } from '../process/condition.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { createLines } from './fake-sink.ts';
import { segmentOf } from './shipments.ts';

const FRESH = { mayBeOld: false };
const TIMEOUT_MILLIS = 400;

const store = useClickHouse();
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function open(url = store().url, timeoutMillis = 30_000): { sink: Sink; lines: string[] } {
  const { log, lines } = createLines();
  const sink = createClickHouseSink({ ...store().config(), url, timeoutMillis }, log);
  cleanups.push(() => sink.close());
  return { sink, lines };
}

async function rowsOf(
  segment: Segment,
  table = 'audit.records',
): Promise<{ rows: number; distinct: number }> {
  const [row] = await store().query<{ rows: number; distinct: number }>(
    `SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(sequence)) AS distinct FROM ${table} WHERE segment_id = {id: UUID}`,
    { id: segment.id },
  );
  return row!;
}

async function answerWith(listener: RequestListener): Promise<string> {
  const server: Server = createServer((request, response) => {
    request.resume().once('end', () => listener(request, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(
    () => server.close(),
    () => server.closeAllConnections(),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('The largest of segments is one block', async () => {
  const large = 'x'.repeat(8 * 1024 * 1024);
  const segment = segmentOf(10_000, {
    record: (sequence) => (sequence === 5_000 ? { error_message: large } : {}),
  });
  expect(await open().sink.send(segment, FRESH)).toEqual({ status: 'accepted' });
  const parts = await store().query(
    `SELECT DISTINCT _part, _block_number FROM audit.records WHERE segment_id = {id: UUID}`,
    { id: segment.id },
  );
  expect(parts).toHaveLength(1);
  expect(await rowsOf(segment)).toEqual({ rows: 10_000, distinct: 10_000 });
});

/** The same rows as a version would have written them that did not know the last column. */
function withoutLastColumn(segment: Segment): Segment {
  const columns = segment.columns.slice(0, -1);
  expect(segment.columns.at(-1)).toEqual(['schema_version', 'UInt16']);
  const rows = rowBounds(segment.rows, segment.columns)!;
  return {
    ...segment,
    columns,
    header: headerOf(columns),
    rows: Buffer.concat(rows.map(({ start, end }) => segment.rows.subarray(start, end - 2))),
  };
}

function headerOf(columns: Segment['columns']): Buffer {
  const writer = new RowBinaryWriter();
  writer.varint(columns.length);
  for (const [name] of columns) writer.string(name);
  for (const [, type] of columns) writer.string(type);
  return writer.take();
}

test('A segment whose rows lie in many buffers is one block, and again adds nothing as one buffer', async () => {
  const segment = segmentOf(5_000);
  const pieces = Array.from({ length: 7 }, (_, index) =>
    segment.rows.subarray(index * 300_000, index === 6 ? segment.rows.length : (index + 1) * 300_000),
  );
  const { sink } = open();
  expect(await sink.send({ ...segment, pieces }, FRESH)).toEqual({ status: 'accepted' });
  expect(await sink.send(segment, FRESH)).toEqual({ status: 'accepted' });
  expect(await rowsOf(segment)).toEqual({ rows: 5_000, distinct: 5_000 });
});

test('A segment of an older version arrives, and the columns it does not know have their defaults', async () => {
  const segment = withoutLastColumn(segmentOf(20));
  expect(await open().sink.send(segment, FRESH)).toEqual({ status: 'accepted' });
  expect(await rowsOf(segment)).toEqual({ rows: 20, distinct: 20 });
  const versions = await store().query(
    'SELECT DISTINCT schema_version FROM audit.records WHERE segment_id = {id: UUID}',
    { id: segment.id },
  );
  expect(versions).toEqual([{ schema_version: 0 }]);
});

test('A segment of a newer version waits until the table has its columns', async () => {
  const segment = segmentOf(1);
  const columns = [...segment.columns, ['new`column', 'String'] as const];
  const newer = {
    ...segment,
    columns,
    header: headerOf(columns),
    rows: Buffer.concat([segment.rows, Buffer.of(0)]),
  };
  const { sink } = open();
  expect(await sink.send(newer, FRESH)).toMatchObject({
    status: 'retry',
    reason: expect.stringMatching(/new.column.*\(run `audit-register migrate`\)/),
  });
  await store().client.command({ query: 'ALTER TABLE audit.records ADD COLUMN `new\\`column` String' });
  expect(await sink.send(newer, FRESH)).toEqual({ status: 'accepted' });
  await store().client.command({ query: 'ALTER TABLE audit.records DROP COLUMN `new\\`column`' });
});

test('A certificate is there once, however often it is sent, to the letter', async () => {
  const { sink } = open();
  const segment = segmentOf(1);
  const certificate = {
    seal: `{"of":"${segment.id}","ü":"\\u0000 ' "}`,
    shortfall: 'x',
    signature: 'y',
    keyId: 'z',
  };
  for (let index = 0; index < 5; index++)
    expect(await sink.certify!(certificate, segment.id)).toEqual({ status: 'accepted' });
  const rows = await store().query(
    'SELECT seal, shortfall, signature, key_id AS keyId FROM audit.segments WHERE seal = {seal: String}',
    { seal: certificate.seal },
  );
  expect(rows).toEqual([certificate]);
});

test('A wrong certificate that came first does not swallow the right one; the same one, signed anew, adds nothing', async () => {
  const { sink } = open();
  const segment = segmentOf(1);
  const right = { seal: `{"of":"${segment.id}"}`, shortfall: '', signature: 'first', keyId: 'key' };
  const damaged = { ...right, shortfall: 'damaged' };
  const signedAnew = { ...right, signature: 'second' };
  const ofAnotherKey = { ...right, keyId: 'another key' };
  for (const certificate of [damaged, right, signedAnew, ofAnotherKey])
    expect(await sink.certify!(certificate, segment.id)).toEqual({ status: 'accepted' });
  const rows = await store().query(
    'SELECT seal, shortfall, signature, key_id AS keyId FROM audit.segments WHERE seal = {seal: String} ORDER BY shortfall DESC, keyId DESC',
    { seal: right.seal },
  );
  expect(rows).toEqual([damaged, right, ofAnotherKey]);
});

test('Where the table of certificates is missing, it is said how to make it', async () => {
  const { sink } = open();
  await store().client.command({ query: 'RENAME TABLE audit.segments TO audit.segments_away' });
  const certificate = { seal: 'away', shortfall: '', signature: '', keyId: '' };
  expect(await sink.certify!(certificate, 'x')).toMatchObject({
    status: 'retry',
    reason: expect.stringMatching(/code 60: .*\(run `audit-register migrate`\)/),
  });
  await store().client.command({ query: 'RENAME TABLE audit.segments_away TO audit.segments' });
});

describe.each<Fault>([
  'never answers',
  'stops after the headers',
  'drips',
  'closes at once',
  'loses the answer',
])('A server that %s', (fault) => {
  test('is given up in time, for rows, certificates and questions', async () => {
    const proxy = await startFaultProxy(store().url, fault);
    cleanups.push(() => proxy.close());
    const { sink } = open(proxy.url, TIMEOUT_MILLIS);
    const segment = segmentOf(5);
    const certificate = { seal: 'given up', shortfall: '', signature: '', keyId: '' };
    const results = await Promise.all([
      sink.send(segment, FRESH),
      sink.send(segment, { mayBeOld: true }),
      sink.certify!(certificate, segment.id),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['retry', 'retry', 'retry']);
    proxy.become('passes');
    // NOTE: a slow machine may need more than the one patience that the sink has.
    await until('the rows', async () => (await sink.send(segment, FRESH)).status === 'accepted');
    expect(await rowsOf(segment)).toEqual({ rows: 5, distinct: 5 });
  });
});

test('A server that is too busy is left alone for as long as it asks', async () => {
  const proxy = await startFaultProxy(store().url, 'answers 503');
  cleanups.push(() => proxy.close());
  const { sink } = open(proxy.url);
  expect(await sink.send(segmentOf(1), FRESH)).toMatchObject({ status: 'retry', retryAfterMillis: 2_000 });
});

test('A date to come back at is understood, and content that is refused while busy is not refused', async () => {
  const url = await answerWith((_, response) => {
    response.writeHead(429, { 'Retry-After': new Date(Date.now() + 60_000).toUTCString() });
    response.end('Code: 117. DB::Exception: too many. (INCORRECT_DATA) (version 26.7)');
  });
  const result = await open(url).sink.send(segmentOf(1), FRESH);
  expect(result).toMatchObject({ status: 'retry', reason: expect.stringContaining('code 117') });
  const { retryAfterMillis } = result as { retryAfterMillis: number };
  expect(retryAfterMillis).toBeGreaterThan(50_000);
  expect(retryAfterMillis).toBeLessThanOrEqual(60_000);
});

test.each([
  [200, 'welcome'],
  [204, ''],
  [302, 'over there'],
  [403, 'forbidden'],
  [500, '<html>oops</html>'],
])('What answers %i without being ClickHouse has taken nothing', async (status, text) => {
  const url = await answerWith((_, response) => response.writeHead(status).end(text));
  const { sink } = open(url);
  const certificate = { seal: '', shortfall: '', signature: '', keyId: '' };
  const results = await Promise.all([sink.send(segmentOf(1), FRESH), sink.certify!(certificate, 'x')]);
  for (const result of results)
    expect(result).toMatchObject({
      status: 'retry',
      reason: expect.stringContaining('AUDIT_REGISTER_CLICKHOUSE_URL'),
    });
});

test('An answer that never ends to grow is not kept', async () => {
  const url = await answerWith((_, response) => {
    response.writeHead(500);
    const timer = setInterval(() => response.write('x'.repeat(1_000_000)), 1);
    response.once('close', () => clearInterval(timer));
  });
  const result = await open(url, TIMEOUT_MILLIS).sink.send(segmentOf(1), FRESH);
  expect(result).toMatchObject({ status: 'retry' });
  expect((result as { reason: string }).reason.length).toBeLessThan(500);
});

test('A server that does not know the newest of settings gets the segment without it', async () => {
  const asked: string[] = [];
  const url = await answerWith((request, response) => {
    asked.push(request.url ?? '');
    if (asked.length === 1) {
      response.writeHead(404, { 'X-ClickHouse-Exception-Code': '115' });
      response.end(
        "Code: 115. DB::Exception: Setting deduplicate_insert is neither a builtin setting nor started with the prefix 'SQL_'. (UNKNOWN_SETTING) (version 26.2)",
      );
    } else response.writeHead(200, { 'X-ClickHouse-Query-Id': '1' }).end();
  });
  const { sink } = open(url);
  expect(await sink.send(segmentOf(1), FRESH)).toEqual({ status: 'accepted' });
  expect(await sink.send(segmentOf(1), FRESH)).toEqual({ status: 'accepted' });
  expect(asked.map((url) => url.includes('deduplicate_insert='))).toEqual([true, false, false]);
});

test('Records of a clock that jumped over more months than an insert may have are taken, and only once', async () => {
  const month = 31n * 86_400_000_000_000n;
  const from = BigInt(Date.now()) * 1_000_000n;
  const { sink } = open();
  const segment = segmentOf(110, {
    record: (sequence) => ({ occurred_at: from + BigInt(sequence) * month }),
  });
  for (let index = 0; index < 2; index++)
    expect(await sink.send(segment, FRESH)).toEqual({ status: 'accepted' });
  expect(await rowsOf(segment)).toEqual({ rows: 110, distinct: 110 });
});
