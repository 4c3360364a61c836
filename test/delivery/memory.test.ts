import { Buffer } from 'node:buffer';
import { expect, onTestFinished, test, vi } from 'vitest';
import { OpenSegment } from '../../src/delivery/segment.ts';
import { digestOf } from '../../src/integrity/seal.ts';
import { decodeRecords } from '../../src/record/decode.ts';
import type { AuditRecord } from '../../src/record/record.ts';
import { uuidV4, uuidV7 } from '../../src/record/uuid.ts';
import { storedRecord } from '../record/records.ts';
import { blank, deliverIn } from './deliver-in.ts';
import { ACCEPTED, createFakeSink, NOT_NOW } from './fake-sink.ts';

const MEBIBYTE = 2 ** 20;
const QUEUE_BYTES = 16 * MEBIBYTE;
/** Buffers of the open segment that have room, and the copy of the last of each sealed one. */
const OPEN_BYTES = 4 * MEBIBYTE;
/** Of a buffer with rows. */
const MOST_WASTE = 1 / 16;

function record(correlationId: string, textBytes = 0): AuditRecord {
  const error_message = 'x'.repeat(textBytes);
  return { ...blank(), record_id: uuidV7(), correlation_id: correlationId, error_message };
}

/** Bytes of all buffers for rows that were ever made, whether they are still needed or not. */
function countAllocated(): () => number {
  const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow');
  onTestFinished(() => allocate.mockRestore());
  return () => allocate.mock.calls.reduce((sum, [bytes]) => sum + bytes, 0);
}

test('Records that wait take the memory that they are counted with, and leave none behind', () => {
  const delivery = deliverIn(
    'memory',
    createFakeSink(() => NOT_NOW),
    { queueMaxBytes: QUEUE_BYTES },
  );
  const allocated = countAllocated();
  while (delivery.append(record('waits', 300)));
  expect(allocated()).toBeGreaterThan(QUEUE_BYTES);
  expect(allocated()).toBeLessThan(QUEUE_BYTES * (1 + MOST_WASTE) + OPEN_BYTES);
});

test('Segments that wait with few records in each are counted with what they take beside those', () => {
  const delivery = deliverIn(
    'memory',
    createFakeSink(() => NOT_NOW),
    { queueMaxBytes: QUEUE_BYTES },
  );
  let segments = 0;
  for (; delivery.append(record('waits')); segments += 1) delivery.hasten();
  // NOTE: measured, each takes some 3,500 bytes of the heap.
  expect(segments * 3_500).toBeLessThan(QUEUE_BYTES);
  expect(segments).toBeGreaterThan(1_000);
});

test.each([
  [1, 'small', 0],
  [100, 'small', 0],
  [20_000, 'small', 0],
  [50, 'large', 200_000],
])('A sealed segment of %i %s records holds no more memory than its rows need', (rows, _, textBytes) => {
  const open = new OpenSegment(uuidV4(), 1);
  const error_message = 'x'.repeat(textBytes);
  for (let sequence = 1; sequence <= rows; sequence += 1)
    open.append(storedRecord({ sequence, error_message }));
  const buffers = new Set(open.hold().runs.map((run) => run.rows.buffer));
  const held = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
  expect(held).toBeLessThanOrEqual(open.byteLength / (1 - MOST_WASTE));
});

test('Rows in many buffers are taken once each and in order, whatever cannot be encoded between them', () => {
  const open = new OpenSegment(uuidV4(), 1);
  const taken: Buffer[] = [];
  let next = 1;
  for (let sequence = 1; sequence <= 3_000; sequence += 1) {
    const error_message = 'x'.repeat((sequence * 7919) % 3_000);
    const wrong = storedRecord({ error_message: 'x'.repeat(50_000), segment_id: 'no uuid' });
    if (sequence % 5 === 0) expect(() => open.append(wrong)).toThrow();
    open.append(storedRecord({ sequence, error_message }));
    if (sequence % 7 > 0) continue;
    for (const { rows, first, count } of open.take()) {
      expect(first).toBe(next);
      expect([...decodeRecords(rows)].map((row) => row.sequence)).toEqual(
        Array.from({ length: count }, (_, index) => first + index),
      );
      next += count;
      taken.push(rows);
    }
  }
  taken.push(...open.take().map(({ rows }) => rows));
  const { rows } = open.seal();
  expect(open.runs().length).toBeGreaterThan(5);
  expect([...decodeRecords(rows)].map((row) => row.sequence)).toEqual(
    Array.from({ length: 3_000 }, (_, index) => index + 1),
  );
  expect(Buffer.concat(taken).equals(rows)).toBe(true);
  expect(open.digest()).toBe(digestOf(rows));
});

test('A segment that is sealed while its file is written has each row in it once', async () => {
  const sink = createFakeSink(() => NOT_NOW);
  const delivery = deliverIn('spool', sink, { queueMaxBytes: QUEUE_BYTES });
  const ids = Array.from({ length: 25_000 }, (_, index) => String(index));
  for (const [index, id] of ids.entries()) {
    delivery.append(record(id, 200));
    // NOTE: writes begin, and are still under way when the next records come.
    if (index % 900 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await vi.waitUntil(() => sink.sent.length > 0);
  expect(await delivery.flush(0)).toBe(false);
  await vi.waitUntil(() => delivery.counts().unsaved === 0);
  sink.answer = () => ACCEPTED;
  expect(await delivery.flush(20_000)).toBe(true);
  expect(sink.accepted().toSorted((a, b) => Number(a) - Number(b))).toEqual(ids);
  for (const { digest, segment } of sink.seals())
    expect(digestOf(sink.sent.findLast(({ id }) => id === segment)!.rows)).toBe(digest);
});
