import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { DeliveryConfig } from '../../src/config/config.ts';
import { ChainedDelivery } from '../../src/delivery/chained-delivery.ts';
import type { ChainedDeliveryOptions } from '../../src/delivery/chained-delivery.ts';
import { digestOf, sealHash } from '../../src/integrity/seal.ts';
import { openSpool } from '../../src/delivery/spool/open-spool.ts';
import { createBlankRecord } from '../../src/pipeline/blank-record.ts';
import { createGapRecord } from '../../src/pipeline/gap-record.ts';
import { decodeRecords } from '../../src/record/decode.ts';
import type { AuditRecord } from '../../src/record/record.ts';
import { uuidV7 } from '../../src/record/uuid.ts';
import { ACCEPTED, createFakeSink, createLines, NOT_NOW } from './fake-sink.ts';
import type { FakeSink } from './fake-sink.ts';

const NEVER = 600_000;
const SERVICE = { name: 'test', version: '', instance: '', environment: '' };
const PROCESS = {
  service: 'test',
  version: '',
  instance: '',
  environment: '',
  host: 'here',
  pid: process.pid,
};
const blank = createBlankRecord(SERVICE);

const CONFIG: DeliveryConfig = {
  mode: 'spool',
  spoolDirectory: '',
  spoolMaxBytes: 2 ** 30,
  fsync: 'never',
  onFull: 'fail-open',
  flushIntervalMillis: NEVER,
  queueMaxBytes: 2 ** 26,
  heartbeatIntervalMillis: NEVER,
};

const deliveries: ChainedDelivery[] = [];
const directories: string[] = [];

afterEach(async () => {
  for (const delivery of deliveries.splice(0)) await delivery.stop();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'audit-register-delivery-'));
  directories.push(directory);
  return directory;
}

function record(correlationId: string, fields: Partial<AuditRecord> = {}): AuditRecord {
  return { ...blank(), record_id: uuidV7(), correlation_id: correlationId, ...fields };
}

interface Deliver {
  readonly delivery: ChainedDelivery;
  readonly lines: string[];
}

function deliverIn(
  mode: DeliveryConfig['mode'],
  sink: FakeSink,
  config: Partial<DeliveryConfig> = {},
  others: Partial<ChainedDeliveryOptions> = {},
): Deliver {
  const { log, lines } = createLines();
  const delivery = new ChainedDelivery({
    config: { ...CONFIG, mode, ...config },
    process: PROCESS,
    sink,
    log,
    spool:
      mode === 'memory'
        ? undefined
        : openSpool({ directory: newDirectory(), destination: 'test', maxBytes: CONFIG.spoolMaxBytes }),
    describeGap: createGapRecord(SERVICE),
    ...others,
  });
  deliveries.push(delivery);
  return { delivery, lines };
}

describe.each(['memory', 'spool'] as const)('in mode %s', (mode) => {
  const deliver = (sink: FakeSink, config: Partial<DeliveryConfig> = {}): Deliver =>
    deliverIn(mode, sink, config);

  test('Records arrive in order, in one segment, numbered from 1 in one chain', async () => {
    const sink = createFakeSink();
    const { delivery, lines } = deliver(sink);
    for (const id of ['a', 'b', 'c']) delivery.append(record(id));
    expect(delivery.counts()).toMatchObject({
      appended: 3,
      delivered: 0,
      dropped: 0,
      waiting: 3,
      unsaved: 3,
    });
    expect(await delivery.flush(1_000)).toBe(true);
    expect(sink.accepted()).toEqual(['a', 'b', 'c']);
    expect(sink.sent).toHaveLength(1);
    const stored = [...decodeRecords(sink.sent[0]!.rows)];
    expect(stored.map((row) => row.sequence)).toEqual([1, 2, 3]);
    expect(new Set(stored.map((row) => row.chain_id)).size).toBe(1);
    expect(new Set(stored.map((row) => row.segment_id))).toEqual(new Set([sink.sent[0]!.id]));
    expect(delivery.counts()).toMatchObject({
      appended: 3,
      delivered: 3,
      dropped: 0,
      waiting: 0,
      unsaved: 0,
    });
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
    void delivery.flush(5_000);
    delivery.append(record('b'));
    await vi.waitUntil(() => sink.accepted().includes('a'));
    await delivery.flush(1_000);
    expect(sink.accepted().toSorted()).toEqual(['a', 'b']);
    const [first, ...others] = sink.sent.filter(({ firstSequence }) => firstSequence === 1);
    for (const other of others) {
      expect(other.id).toBe(first!.id);
      expect(other.rows.equals(first!.rows)).toBe(true);
    }
    // NOTE: single attempts are said at level `debug`.
    expect(lines.filter((line) => !line.includes('attempt 2') && !line.includes('attempt 3'))).toEqual([
      expect.stringMatching(/^audit-register: .*the fake sink .*it is away/),
      expect.stringMatching(/^audit-register: the fake sink takes records again after 3 failed attempts/),
    ]);
  });

  test('A refused record is set apart alone, and what is with it and after it is delivered', async () => {
    const sink = createFakeSink((segment) =>
      [...decodeRecords(segment.rows)].some((row) => row.correlation_id === 'bad')
        ? { status: 'refused', reason: 'bad rows' }
        : ACCEPTED,
    );
    const { delivery } = deliver(sink);
    for (const id of ['a', 'bad', 'b']) delivery.append(record(id));
    await delivery.flush(1_000);
    delivery.append(record('c'));
    await delivery.flush(1_000);
    await vi.waitUntil(() => delivery.counts().waiting === 0);
    expect(
      sink
        .accepted()
        .filter((id) => id !== '')
        .toSorted(),
    ).toEqual(['a', 'b', 'c']);
    const refused = mode === 'memory' ? { dropped: 1, dead: 0 } : { dropped: 0, dead: 1 };
    expect(delivery.counts()).toMatchObject({
      waiting: 0,
      delivered: delivery.counts().appended - 1,
      ...refused,
    });
    expect(JSON.parse(sink.certificates[0]!.shortfall)).toMatchObject({ missing: [{ first: 2, last: 2 }] });
  });

  test('A record that cannot be encoded is lost alone, leaves no hole in the numbers, and is told of', async () => {
    const sink = createFakeSink();
    const { delivery, lines } = deliver(sink);
    delivery.append(record('a'));
    delivery.append(record('bad', { record_id: 'no uuid' }));
    delivery.append(record('b'));
    await delivery.flush(1_000);
    const rows = [...decodeRecords(sink.sent[0]!.rows)];
    expect(rows.map((row) => [row.sequence, row.category, row.correlation_id])).toEqual([
      [1, 'app', 'a'],
      [2, 'gap', ''],
      [3, 'app', 'b'],
    ]);
    expect(rows[1]).toMatchObject({ action: 'dropped', attributes: { 'audit.gap.records': '1' } });
    expect(delivery.counts()).toMatchObject({ delivered: 3, dropped: 1, waiting: 0 });
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
    await delivery.flush(5_000);
    await vi.waitUntil(() => sink.accepted().length === 1);
    expect(lines[0]).toContain('broken sink');
  });

  test('A chain is closed once, its seals name each other, and what comes after it begins another', async () => {
    const sink = createFakeSink();
    const { delivery } = deliver(sink);
    delivery.append(record('a'));
    await delivery.flush(1_000);
    delivery.append(record('b'));
    expect(await delivery.close(1_000)).toBe(true);
    expect(await delivery.close(1_000)).toBe(true);
    delivery.append(record('c'));
    expect(await delivery.close(1_000)).toBe(true);
    expect(sink.accepted()).toEqual(['a', 'b', 'c']);
    const [first, second, third] = sink.seals();
    expect(sink.seals()).toHaveLength(3);
    expect(first).toMatchObject({ number: 1, kind: 'records', first: 1, last: 1, rows: 1, previous: '' });
    expect(second).toMatchObject({
      number: 2,
      kind: 'closing',
      first: 2,
      last: 2,
      previous: sealHash(sink.certificates[0]!.seal),
    });
    expect(third).toMatchObject({ number: 1, kind: 'closing', rows: 1 });
    expect(third!.chain).not.toBe(first!.chain);
    for (const [index, segment] of sink.sent.entries())
      expect(sink.seals()[index]).toMatchObject({ segment: segment.id, digest: digestOf(segment.rows) });
  });

  test('A process that has nothing to record says that it is there', async () => {
    const sink = createFakeSink();
    const { delivery } = deliver(sink, { heartbeatIntervalMillis: 20 });
    await vi.waitUntil(() => sink.certificates.length >= 2);
    expect(sink.seals().slice(0, 2)).toEqual([
      expect.objectContaining({ number: 1, kind: 'heartbeat', rows: 0, first: 1, last: 0 }),
      expect.objectContaining({
        number: 2,
        kind: 'heartbeat',
        previous: sealHash(sink.certificates[0]!.seal),
      }),
    ]);
    expect(sink.sent).toEqual([]);
    delivery.append(record('a'));
    await delivery.flush(1_000);
    expect([...decodeRecords(sink.sent[0]!.rows)][0]).toMatchObject({ sequence: 1 });
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
});

test('Memory is bounded: what comes on top is dropped, counted, said once, and recorded as a gap', async () => {
  const queueMaxBytes = 2 ** 20;
  const sink = createFakeSink(() => NOT_NOW);
  const { delivery, lines } = deliverIn('memory', sink, { queueMaxBytes });
  const body = 'x'.repeat(10_000);
  for (let index = 0; index < 500; index += 1)
    delivery.append(record(String(index), { error_message: body }));
  const { appended, dropped } = delivery.counts();
  expect(appended + dropped).toBe(500);
  expect(appended * body.length).toBeLessThan(queueMaxBytes + body.length);
  expect(appended * body.length).toBeGreaterThan(queueMaxBytes * 0.8);
  expect(delivery.canRecord()).toBe(false);
  expect(lines.filter((line) => line.includes('lost'))).toEqual([
    'audit-register: 1 record lost: 1048576 bytes of records wait in memory (AUDIT_REGISTER_QUEUE_MAX_BYTES)',
  ]);
  sink.answer = () => ACCEPTED;
  await delivery.flush(5_000);
  await vi.waitUntil(() => delivery.canRecord());
  delivery.append(record('after'));
  await delivery.flush(1_000);
  expect(lines).toContainEqual(`audit-register: ${dropped} records lost until then`);
  const rows = sink.sent.flatMap((segment) => [...decodeRecords(segment.rows)]);
  expect(rows.find(({ category }) => category === 'gap')).toMatchObject({
    attributes: { 'audit.gap.records': String(dropped) },
  });
  expect(sink.accepted().at(-1)).toBe('after');
});

describe('with a spool', () => {
  const isFile = (path: string): boolean => path.endsWith('.segment');
  const segmentFiles = (directory: string): string[] =>
    readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter(isFile);

  function deliverInto(directory: string, sink: FakeSink, config: Partial<DeliveryConfig> = {}): Deliver {
    const spool = openSpool({ directory, destination: 'test', maxBytes: 2 ** 30 });
    return deliverIn('spool', sink, config, { spool });
  }

  const safety = (delivery: ChainedDelivery): Promise<boolean> =>
    new Promise((resolve) => delivery.whenSafe(resolve));

  test('records are in a file before they are sent, and it goes when the sink has them', async () => {
    const directory = newDirectory();
    const sink = createFakeSink();
    const { delivery } = deliverInto(directory, sink);
    delivery.append(record('a'));
    expect(await safety(delivery)).toBe(true);
    expect(sink.sent).toEqual([]);
    expect(segmentFiles(directory)).toHaveLength(1);
    expect(delivery.counts()).toMatchObject({ waiting: 1, unsaved: 0 });
    expect(await delivery.close(1_000)).toBe(true);
    await vi.waitUntil(() => segmentFiles(directory).length === 0);
  });

  test('what a sink does not take is delivered by the next process, byte by byte, in the same chain', async () => {
    const directory = newDirectory();
    const away = createFakeSink(() => NOT_NOW);
    const first = deliverInto(directory, away);
    first.delivery.append(record('a'));
    expect(await first.delivery.flush(5_000)).toBe(false);
    first.delivery.append(record('b'));
    first.delivery.saveNow();
    expect(first.delivery.counts()).toMatchObject({ waiting: 2, unsaved: 0 });
    await first.delivery.stop();
    const sink = createFakeSink();
    const second = deliverInto(directory, sink);
    second.delivery.append(record('c'));
    expect(await second.delivery.close(5_000)).toBe(true);
    await vi.waitUntil(() => sink.certificates.length === 3);
    expect(sink.accepted().toSorted()).toEqual(['a', 'b', 'c']);
    const old = sink.seals().filter(({ chain }) => chain === away.sent[0]!.chainId);
    expect(old.map(({ number, kind }) => `${number} ${kind}`).toSorted()).toEqual(['1 records', '2 closing']);
    expect(sink.sent.find(({ id }) => id === away.sent[0]!.id)?.rows.equals(away.sent[0]!.rows)).toBe(true);
  });

  test('a spool that cannot be written is said once; records go on from memory, nobody is told that they are safe', async () => {
    const blocked = join(newDirectory(), 'blocked');
    writeFileSync(blocked, '');
    const sink = createFakeSink(() => NOT_NOW);
    const { delivery, lines } = deliverInto(blocked, sink);
    delivery.append(record('a'));
    expect(await safety(delivery)).toBe(false);
    expect(delivery.canSave()).toBe(false);
    expect(delivery.canRecord()).toBe(true);
    delivery.append(record('b'));
    expect(await safety(delivery)).toBe(false);
    expect(delivery.counts()).toMatchObject({ unsaved: 2 });
    sink.answer = () => ACCEPTED;
    await delivery.flush(5_000);
    expect(sink.accepted()).toEqual(['a', 'b']);
    expect(lines.filter((line) => line.includes('cannot be written'))).toEqual([
      expect.stringMatching(/records stay in memory: the spool .*AUDIT_REGISTER_SPOOL_DIR/),
    ]);
    rmSync(blocked);
    await vi.waitUntil(() => delivery.canSave(), 10_000);
    delivery.append(record('c'));
    expect(await safety(delivery)).toBe(true);
    expect(await delivery.flush(5_000)).toBe(true);
    expect(delivery.counts()).toMatchObject({ delivered: 3, waiting: 0 });
  });

  test('a directory that is removed under us is made again, with all that was not delivered', async () => {
    const directory = newDirectory();
    const sink = createFakeSink();
    const { delivery } = deliverInto(directory, sink);
    delivery.append(record('a'));
    await safety(delivery);
    rmSync(directory, { recursive: true, force: true });
    delivery.append(record('b'));
    expect(await safety(delivery)).toBe(true);
    expect(segmentFiles(directory)).toHaveLength(1);
    expect(await delivery.close(5_000)).toBe(true);
    expect(sink.accepted()).toEqual(['a', 'b']);
  });

  test('a full spool leaves what comes on top in memory, and takes it when there is room', async () => {
    const sink = createFakeSink(() => NOT_NOW);
    const spool = openSpool({ directory: newDirectory(), destination: 'test', maxBytes: 200_000 });
    const { delivery } = deliverIn('spool', sink, {}, { spool });
    const body = 'x'.repeat(50_000);
    for (let index = 0; index < 10; index += 1) {
      delivery.append(record(String(index), { error_message: body }));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await safety(delivery)).toBe(false);
    expect(delivery.canSave()).toBe(false);
    sink.answer = () => ACCEPTED;
    await delivery.flush(5_000);
    await vi.waitUntil(() => sink.accepted().length === 10);
    await vi.waitUntil(() => delivery.canSave(), 10_000);
  });

  test('a process that closes and goes on keeps its directory: nobody takes over what it still writes', async () => {
    const directory = newDirectory();
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const sink = createFakeSink(() => held.then(() => ACCEPTED));
    const { delivery } = deliverInto(directory, sink);
    delivery.append(record('a'));
    const closed = delivery.close(5_000);
    await vi.waitUntil(() => sink.sent.length === 1);
    delivery.append(record('late'));
    release();
    expect(await closed).toBe(true);
    expect(await safety(delivery)).toBe(true);
    const sibling = openSpool({ directory, destination: 'test', maxBytes: 2 ** 30 });
    expect(await sibling.adopt()).toEqual([]);
    await sibling.close();
    expect(await delivery.close(5_000)).toBe(true);
    expect(sink.accepted()).toEqual(['a', 'late']);
  });

  test('a file that is removed just before its seal is written again as a whole', async () => {
    const directory = newDirectory();
    const away = createFakeSink(() => NOT_NOW);
    const first = deliverInto(directory, away);
    first.delivery.append(record('a'));
    first.delivery.append(record('b'));
    await safety(first.delivery);
    rmSync(directory, { recursive: true, force: true });
    await first.delivery.flush(2_000);
    await vi.waitUntil(() => first.delivery.counts().unsaved === 0);
    first.delivery.saveNow();
    await first.delivery.stop();
    const sink = createFakeSink();
    const second = deliverInto(directory, sink);
    await second.delivery.close(5_000);
    await vi.waitUntil(() => sink.accepted().length === 2);
    expect(sink.accepted()).toEqual(['a', 'b']);
  });

  test('a spool that cannot be written does not heal because memory is empty', async () => {
    const blocked = join(newDirectory(), 'blocked');
    writeFileSync(blocked, '');
    const { delivery, lines } = deliverInto(blocked, createFakeSink(), { flushIntervalMillis: 10 });
    delivery.append(record('a'));
    expect(await safety(delivery)).toBe(false);
    await vi.waitUntil(() => delivery.counts().waiting === 0);
    // Long enough for some tries with nothing to write.
    const until = performance.now() + 1_500;
    await vi.waitUntil(() => {
      expect(delivery.canSave()).toBe(false);
      return performance.now() > until;
    }, 5_000);
    expect(lines.filter((line) => line.includes('again'))).toEqual([]);
    rmSync(blocked);
    await vi.waitUntil(() => delivery.canSave(), 10_000);
    expect(lines.filter((line) => line.includes('is written') || line.includes('are written'))).toHaveLength(
      1,
    );
  });

  test('the counts of a seal are those of its own chain', async () => {
    const sink = createFakeSink();
    const { delivery } = deliverInto(newDirectory(), sink);
    delivery.append(record('a'));
    delivery.append(record('bad', { record_id: 'no uuid' }));
    await delivery.close(5_000);
    delivery.append(record('b'));
    await delivery.close(5_000);
    expect(sink.seals().map(({ counts }) => [counts.appended, counts.dropped])).toEqual([
      [2, 1],
      [1, 0],
    ]);
  });

  test('what was written first is safe first', async () => {
    const { delivery } = deliverInto(newDirectory(), createFakeSink());
    const order: string[] = [];
    for (const id of ['a', 'b', 'c']) {
      delivery.append(record(id));
      delivery.whenSafe((isSafe) => order.push(`${id} ${isSafe}`));
    }
    await vi.waitUntil(() => order.length === 3);
    expect(order).toEqual(['a true', 'b true', 'c true']);
  });
});

test('Seals tell how many faults of ours were kept from the application', async () => {
  const sink = createFakeSink();
  const { delivery } = deliverIn('memory', sink, {}, { faults: () => 3 });
  delivery.append(record('a'));
  await delivery.flush(1_000);
  expect(JSON.parse(sink.certificates[0]!.seal)).toMatchObject({ counts: { faults: 3 } });
});
