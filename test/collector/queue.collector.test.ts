import { mkdtemp, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { makeSmallDisk } from '../../chaos/stage/small-disk.ts';
import type { Segment } from '../../src/delivery/segment.ts';
import { until } from '../process/condition.ts';
import { segmentOf } from '../store/segments.ts';
import { Collecting } from './collecting.ts';
import type { CollectingOptions } from './collecting.ts';

const ACCEPTED = { status: 'accepted' };
const FRESH = { mayBeOld: false };
const ROWS = 100;

let collecting: Collecting | undefined;
afterEach(() => collecting?.stop());

async function start(options: CollectingOptions = {}): Promise<Collecting> {
  collecting = await Collecting.start(options);
  return collecting;
}

function segment(): Segment {
  const records = Array.from({ length: ROWS }, () => ({ occurred_at: BigInt(Date.now()) * 1_000_000n }));
  return segmentOf(records);
}

const ROWS_AND_PLACES =
  'SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(chain_id, sequence)) AS places FROM audit.records';

test('A queue on disk that is full refuses, the sender keeps what it has, and nothing is lost or there twice in the end', async () => {
  const register = await start({ env: { AUDIT_COLLECTOR_QUEUE_BYTES: '400000' } });
  await register.killStore();
  const sink = register.sink();
  const taken: Segment[] = [];
  let refused: Segment | undefined;
  while (refused === undefined) {
    const next = segment();
    const result = await sink.send(next, FRESH);
    if (result.status === 'accepted') taken.push(next);
    else {
      expect(result).toEqual({
        status: 'retry',
        reason: expect.stringMatching(/^HTTP 503: sending queue is full/),
      });
      refused = next;
    }
  }
  expect(taken.length).toBeGreaterThan(2);

  // What was taken outlives the collector, while ClickHouse is still away: killed once, once in order.
  await register.restartCollector('kill');
  await register.restartCollector('stop');
  expect((await sink.send(refused, FRESH)).status).toBe('retry');

  await register.startStoreAgain();
  await register.untilStored(taken.length * ROWS);
  await register.untilDrained();
  expect(await sink.send(refused, FRESH)).toEqual(ACCEPTED);
  const rows = (taken.length + 1) * ROWS;
  await register.untilStored(rows);
  await register.untilDrained();
  expect(await register.query(ROWS_AND_PLACES)).toEqual([{ rows, places: rows }]);
  await sink.close();
});

test('A disk that is full refuses, too: nothing is lost, and it goes on when there is room', async ({
  skip,
}) => {
  const disk = await makeSmallDisk(await mkdtemp(join(tmpdir(), 'audit-register-small-')), 2);
  onTestFinished(() => disk.remove());
  if (disk.wrapper.length > 0) skip('this user may not mount a small file system');
  const ballast = join(disk.path, 'ballast');
  await writeFile(ballast, Buffer.alloc(1024 * 1024));
  const register = await start({ storage: disk.path });
  await register.killStore();
  const sink = register.sink();
  const taken: Segment[] = [];
  let refused: Segment | undefined;
  while (refused === undefined) {
    const next = segment();
    const result = await sink.send(next, FRESH);
    if (result.status === 'accepted') taken.push(next);
    else {
      expect(result).toEqual({
        status: 'retry',
        reason: expect.stringMatching(/^HTTP 503: .*no space left on device/),
      });
      refused = next;
    }
  }
  expect(taken.length).toBeGreaterThan(1);
  await unlink(ballast);
  expect(await sink.send(refused, FRESH)).toEqual(ACCEPTED);
  await register.startStoreAgain();
  const rows = (taken.length + 1) * ROWS;
  await register.untilStored(rows);
  await register.untilDrained();
  expect(await register.query(ROWS_AND_PLACES)).toEqual([{ rows, places: rows }]);
  await sink.close();
});

test('A collector that starts while ClickHouse is away takes what comes, and inserts it later', async () => {
  const register = await start();
  await register.killStore();
  await register.restartCollector('kill');
  const sink = register.sink();
  const one = segment();
  expect(await sink.send(one, FRESH)).toEqual(ACCEPTED);
  await register.startStoreAgain();
  await register.untilStored(ROWS);
  // And once more, by a collector that has seen the tables when it started: the same insert.
  await register.restartCollector('stop');
  expect(await sink.send(one, FRESH)).toEqual(ACCEPTED);
  await register.untilDrained();
  expect(await register.query(ROWS_AND_PLACES)).toEqual([{ rows: ROWS, places: ROWS }]);
  await sink.close();
});

test('A collector without memory refuses in words that a sender tries again, and a request that is too large for good', async () => {
  const register = await start({
    env: { AUDIT_COLLECTOR_MEMORY_MIB: '12', AUDIT_COLLECTOR_SPIKE_MIB: '10' },
  });
  const sink = register.sink();
  // It looks at its memory now and then.
  const refusal = await until('a refusal', async () => {
    const result = await sink.send(segment(), FRESH);
    return result.status !== 'accepted' && result;
  });
  expect(refusal).toEqual({
    status: 'retry',
    reason: expect.stringMatching(/^HTTP 503: data refused due to high memory usage/),
  });
  await sink.close();
  // NOTE: not 413. The shipper takes both for a refusal, and sends the segment in parts.
  expect(await register.collector.send('x'.repeat(65 * 1024 * 1024))).toBe(400);
});
