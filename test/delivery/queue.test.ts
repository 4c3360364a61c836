import { expect, test, vi } from 'vitest';
import { createMemoryDelivery } from '../../src/delivery/queue.ts';
import type { Delivery } from '../../src/delivery/delivery.ts';
import type { DeliveryOptions } from '../../src/delivery/queue.ts';
import { createBlankRecord } from '../../src/pipeline/blank-record.ts';
import { decodeRecords } from '../../src/record/decode.ts';
import type { AuditRecord } from '../../src/record/record.ts';
import { uuidV7 } from '../../src/record/uuid.ts';
import { ACCEPTED, createFakeSink, createLines, NOT_NOW } from './fake-sink.ts';
import type { FakeSink } from './fake-sink.ts';

const NEVER = 600_000;
const blank = createBlankRecord({ name: 'test', version: '', instance: '', environment: '' });

function record(correlationId: string, fields: Partial<AuditRecord> = {}): AuditRecord {
  return { ...blank(), record_id: uuidV7(), correlation_id: correlationId, ...fields };
}

function deliver(sink: FakeSink, options: Partial<DeliveryOptions> = {}) {
  const { log, lines } = createLines();
  const delivery: Delivery = createMemoryDelivery({
    sink,
    log,
    flushIntervalMillis: NEVER,
    maxBytes: 2 ** 26,
    ...options,
  });
  return { delivery, lines };
}

test('Records arrive in order, in one segment, numbered from 1 in one chain', async () => {
  const sink = createFakeSink();
  const { delivery, lines } = deliver(sink);
  for (const id of ['a', 'b', 'c']) delivery.append(record(id));
  expect(delivery.counts()).toMatchObject({ appended: 3, delivered: 0, dropped: 0, waiting: 3 });
  expect(await delivery.flush(1_000)).toBe(true);
  expect(sink.accepted()).toEqual(['a', 'b', 'c']);
  expect(sink.sent).toHaveLength(1);
  const stored = [...decodeRecords(sink.sent[0]!.rows)];
  expect(stored.map((row) => row.sequence)).toEqual([1, 2, 3]);
  expect(new Set(stored.map((row) => row.chain_id)).size).toBe(1);
  expect(new Set(stored.map((row) => row.segment_id))).toEqual(new Set([sink.sent[0]!.id]));
  expect(delivery.counts()).toMatchObject({ appended: 3, delivered: 3, dropped: 0, waiting: 0 });
  expect(lines).toEqual([]);
});

test('What waits is sent after the flush interval, without being asked', async () => {
  const sink = createFakeSink();
  const { delivery } = deliver(sink, { flushIntervalMillis: 10 });
  delivery.append(record('a'));
  await vi.waitUntil(() => sink.accepted().length === 1);
});

test('A segment is full at 10,000 records, and is sent at once', async () => {
  const sink = createFakeSink();
  const { delivery } = deliver(sink);
  for (let index = 0; index < 10_001; index += 1) delivery.append(record(String(index)));
  await vi.waitUntil(() => sink.accepted().length === 10_000);
  expect(sink.sent.map((segment) => segment.rowCount)).toEqual([10_000]);
  await delivery.flush(1_000);
  expect(sink.sent.map((segment) => [segment.firstSequence, segment.lastSequence])).toEqual([
    [1, 10_000],
    [10_001, 10_001],
  ]);
});

test('A segment is full at 4 MiB', async () => {
  const sink = createFakeSink();
  const { delivery } = deliver(sink);
  const large = 'x'.repeat(1_000_000);
  for (let index = 0; index < 5; index += 1) delivery.append(record('large', { error_message: large }));
  await vi.waitUntil(() => sink.sent.length === 1);
  expect(sink.sent[0]!.rowCount).toBe(5);
});

test('The same segment is sent until it is taken, and what came meanwhile follows', async () => {
  const sink = createFakeSink(() => (sink.sent.length < 4 ? NOT_NOW : ACCEPTED));
  const { delivery, lines } = deliver(sink);
  delivery.append(record('a'));
  const flushed = delivery.flush(5_000);
  delivery.append(record('b'));
  expect(await flushed).toBe(true);
  await delivery.flush(1_000);
  expect(sink.accepted()).toEqual(['a', 'b']);
  const [first, ...others] = sink.sent.slice(0, 4);
  for (const other of others) {
    expect(other.id).toBe(first!.id);
    expect(other.rows.equals(first!.rows)).toBe(true);
  }
  expect(lines).toEqual([
    'audit-register: records wait in memory: the fake sink does not take them: it is away',
    'audit-register: the fake sink takes records again after 3 failed attempts',
  ]);
});

test('A refused segment is counted as lost, and what follows is delivered', async () => {
  const sink = createFakeSink(() =>
    sink.sent.length === 1 ? { status: 'refused', reason: 'bad rows' } : ACCEPTED,
  );
  const { delivery, lines } = deliver(sink);
  delivery.append(record('a'));
  await delivery.flush(1_000);
  delivery.append(record('b'));
  await delivery.flush(1_000);
  expect(sink.accepted()).toEqual(['b']);
  expect(delivery.counts()).toMatchObject({ appended: 2, delivered: 1, dropped: 1, waiting: 0 });
  expect(lines[0]).toBe('audit-register: 1 record lost: the fake sink refuses them: bad rows');
});

test('Memory is bounded: what comes on top is dropped, counted, and said once', async () => {
  const maxBytes = 2 ** 20;
  const sink = createFakeSink(() => NOT_NOW);
  const { delivery, lines } = deliver(sink, { maxBytes });
  const body = 'x'.repeat(10_000);
  for (let index = 0; index < 500; index += 1)
    delivery.append(record(String(index), { error_message: body }));
  const { appended, dropped } = delivery.counts();
  expect(appended + dropped).toBe(500);
  expect(appended * body.length).toBeLessThan(maxBytes + body.length);
  expect(appended * body.length).toBeGreaterThan(maxBytes * 0.8);
  const losses = lines.filter((line) => line.includes('lost'));
  expect(losses).toEqual([
    'audit-register: 1 record lost: 1048576 bytes of records wait for the fake sink (AUDIT_REGISTER_QUEUE_MAX_BYTES)',
  ]);
  sink.answer = () => ACCEPTED;
  expect(await delivery.flush(5_000)).toBe(true);
  expect(sink.accepted()).toHaveLength(appended);
  expect(lines.at(-1)).toBe(`audit-register: ${dropped} records lost until then`);
  delivery.append(record('after'));
  await delivery.flush(1_000);
  expect(sink.accepted().at(-1)).toBe('after');
});

test('A record that cannot be encoded is lost alone, and leaves no hole in the numbers', async () => {
  const sink = createFakeSink();
  const { delivery, lines } = deliver(sink);
  delivery.append(record('a'));
  delivery.append(record('bad', { record_id: 'no uuid' }));
  delivery.append(record('b'));
  await delivery.flush(1_000);
  expect(sink.accepted()).toEqual(['a', 'b']);
  expect([...decodeRecords(sink.sent[0]!.rows)].map((row) => row.sequence)).toEqual([1, 2]);
  expect(delivery.counts()).toMatchObject({ delivered: 2, dropped: 1, waiting: 0 });
  expect(lines).toEqual([
    expect.stringMatching(/^audit-register: 1 record lost: a record cannot be encoded: /),
  ]);
});

test('A flush gives up at its deadline, and delivery goes on', async () => {
  let answer = (): void => {};
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const sink = createFakeSink(() => answered.then(() => ACCEPTED));
  const { delivery } = deliver(sink);
  delivery.append(record('a'));
  expect(await delivery.flush(20)).toBe(false);
  expect(delivery.counts().waiting).toBe(1);
  answer();
  expect(await delivery.flush(1_000)).toBe(true);
  expect(sink.accepted()).toEqual(['a']);
});

test('A flush does not wait out a backoff', async () => {
  const sink = createFakeSink(() =>
    sink.sent.length === 1 ? { status: 'retry', reason: 'busy', retryAfterMillis: NEVER } : ACCEPTED,
  );
  const { delivery } = deliver(sink, { flushIntervalMillis: 10 });
  delivery.append(record('a'));
  await vi.waitUntil(() => sink.sent.length === 1);
  expect(await delivery.flush(1_000)).toBe(true);
  expect(sink.accepted()).toEqual(['a']);
});

test('A sink that throws is tried again, and nothing is thrown at the application', async () => {
  const sink = createFakeSink(() => {
    if (sink.sent.length === 1) throw new Error('broken sink');
    return ACCEPTED;
  });
  const { delivery, lines } = deliver(sink);
  delivery.append(record('a'));
  expect(await delivery.flush(5_000)).toBe(true);
  expect(sink.accepted()).toEqual(['a']);
  expect(lines[0]).toContain('broken sink');
});

test('Closing delivers what waits and closes the sink', async () => {
  const sink = createFakeSink();
  const { delivery } = deliver(sink);
  delivery.append(record('a'));
  expect(await delivery.close(1_000)).toBe(true);
  expect(sink.accepted()).toEqual(['a']);
  expect(sink.isClosed()).toBe(true);
});

test('A flush waits for what was there when it was called, not for what comes meanwhile', async () => {
  const sink = createFakeSink();
  const { delivery } = deliver(sink);
  let appended = 0;
  const traffic = setInterval(() => delivery.append(record(`later-${(appended += 1)}`)), 1);
  delivery.append(record('before'));
  const flushed = delivery.flush(30_000);
  await vi.waitUntil(() => appended > 3);
  expect(await flushed).toBe(true);
  clearInterval(traffic);
  expect(sink.accepted()[0]).toBe('before');
});
