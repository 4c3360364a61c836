import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ClickHouseConfig } from '../../src/config/config.ts';
import { digestOf } from '../../src/integrity/seal.ts';
import type { Segment } from '../../src/delivery/segment.ts';
import { Shipper } from '../../src/delivery/shipper.ts';
import { createClickHouseSink } from '../../src/delivery/sinks/clickhouse.ts';
import type { Sink } from '../../src/delivery/sinks/sink.ts';
import { startClickHouse } from '../../src/embedded/clickhouse.ts';
import { createStoreClient } from '../../src/store/client.ts';
import { migrate } from '../../src/store/migrate.ts';
import { decodeRecords } from '../../src/record/decode.ts';
import { until } from '../process/condition.ts';
import { startFaultProxy } from '../../chaos/stage/fault-proxy.ts';
import { temporaryDirectory, useClickHouse } from '../support/clickhouse.ts';
import { createLines } from './fake-sink.ts';
import { adopted, itemOf, segmentOf } from './shipments.ts';
import type { TestItem } from './shipments.ts';
import { startStoreProxy } from './store-proxy.ts';

const PATIENCE_MILLIS = 30_000;

const store = useClickHouse();
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const command = (query: string): Promise<unknown> => store().client.command({ query });

/** One process that delivers. */
function start(config: Partial<ClickHouseConfig> = {}, wrap: (sink: Sink) => Sink = (sink) => sink) {
  const { log, lines } = createLines();
  const sink = createClickHouseSink({ ...store().config(), timeoutMillis: 5_000, ...config }, log);
  const shipper = new Shipper({ sink: wrap(sink), log });
  cleanups.push(async () => {
    await shipper.stop();
    await sink.close();
  });
  return { shipper, sink, said: () => lines.filter((line) => !/attempt \d+:/.test(line)) };
}

interface Found {
  readonly rows: number;
  readonly distinct: number;
  readonly certificates: number;
}

async function inTheStore(segments: readonly Segment[]): Promise<Found> {
  const ids = segments.map(({ id }) => id);
  const [records] = await store().query<Omit<Found, 'certificates'>>(
    'SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(record_id)) AS distinct FROM audit.records WHERE has({ids: Array(UUID)}, segment_id)',
    { ids },
  );
  const [entries] = await store().query<{ certificates: number }>(
    "SELECT toUInt32(count()) AS certificates FROM audit.segments WHERE has({ids: Array(String)}, JSONExtractString(seal, 'segment'))",
    { ids },
  );
  return { ...records!, ...entries! };
}

const once = (rows: number, segments: number): Found => ({
  rows,
  distinct: rows,
  certificates: segments,
});

async function shortfallOf(segment: Segment): Promise<{ missing: unknown; digest: string }> {
  const [row] = await store().query<{ shortfall: string }>(
    "SELECT shortfall FROM audit.segments WHERE JSONExtractString(seal, 'segment') = {id: String}",
    { id: segment.id },
  );
  return JSON.parse(row!.shortfall) as { missing: unknown; digest: string };
}

/** SHA-256 over what the store has of a segment, as it hashes it itself. */
async function digestInTheStore(segment: Segment): Promise<string> {
  const columns = segment.columns.map(([name]) => name).join(', ');
  const [row] = await store().query<{ digest: string }>(
    `SELECT lower(hex(SHA256(arrayStringConcat(arrayMap(pair -> pair.2, arraySort(groupArray((sequence, formatRow('RowBinary', ${columns})))))))))
     AS digest FROM audit.records WHERE segment_id = {id: UUID}`,
    { id: segment.id },
  );
  return row!.digest;
}

test('Fifty inserts whose answer is lost, and fifty certificates, are there once', async () => {
  const proxy = await startFaultProxy(store().url);
  cleanups.push(() => proxy.close());
  const cut = new Set<string>();
  /** The first answer to each of them is lost. */
  const cutOnce = (what: string): void => {
    if (cut.has(what)) return;
    cut.add(what);
    proxy.become('loses the answer');
  };
  const { shipper } = start({ url: proxy.url }, (sink) => ({
    ...bound(sink),
    send: (segment, options) => {
      cutOnce(segment.id);
      return sink.send(segment, options);
    },
    certify: (certificate, segmentId) => {
      cutOnce(`${segmentId}/seal`);
      return sink.certify!(certificate, segmentId);
    },
  }));
  const segments = Array.from({ length: 50 }, (_, index) => segmentOf(1 + index * 3));
  for (const segment of segments) {
    const item = itemOf(segment);
    const before = proxy.hits();
    shipper.add(item);
    for (let cuts = 1; cuts <= 2; cuts++) {
      await until('a cut', () => proxy.hits() === before + cuts);
      proxy.become('passes');
      await until('its failure', () => shipper.isFailing);
      shipper.wake();
    }
    await until('the end', () => item.isDone());
  }
  expect(proxy.hits()).toBe(100);
  const rows = segments.reduce((sum, { rowCount }) => sum + rowCount, 0);
  expect(await inTheStore(segments)).toEqual(once(rows, 50));
});

test('Eight processes that deliver the same segments at once deliver them once, to a view behind the table too', async () => {
  await command(
    'CREATE TABLE audit.copies (record_id UUID) ENGINE = MergeTree ORDER BY record_id SETTINGS non_replicated_deduplication_window = 1000',
  );
  await command(
    'CREATE MATERIALIZED VIEW audit.copying TO audit.copies AS SELECT record_id FROM audit.records',
  );
  cleanups.push(async () => {
    await command('DROP VIEW audit.copying');
    await command('DROP TABLE audit.copies');
  });
  const segments = Array.from({ length: 12 }, () => segmentOf(200));
  const processes = Array.from({ length: 8 }, () => start());
  for (const [index, { shipper }] of processes.entries())
    for (const segment of segments) shipper.add(index % 2 === 0 ? itemOf(segment) : adopted(segment));
  for (const { shipper } of processes) expect(await shipper.settled(PATIENCE_MILLIS)).toBe(true);
  expect(await inTheStore(segments)).toEqual(once(2_400, 12));
  const [copies] = await store().query(
    'SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(record_id)) AS distinct FROM audit.copies',
  );
  expect(copies).toEqual({ rows: 2_400, distinct: 2_400 });
});

test('A server that is killed in the middle, again and again, loses nothing and has nothing twice', async () => {
  const directory = await temporaryDirectory();
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  let engine = await startClickHouse({ dataDirectory: directory, httpPort: 0 });
  cleanups.push(() => engine.kill());
  const httpPort = Number(new URL(engine.httpUrl).port);
  const client = createStoreClient({ ...store().config(), url: engine.httpUrl });
  cleanups.push(() => client.close());
  await migrate(client, { database: 'audit' });
  const { shipper } = start({ url: engine.httpUrl });
  const segments: Segment[] = [];
  for (let kill = 0; kill < 4; kill++) {
    const batch = Array.from({ length: 15 }, () => segmentOf(500));
    segments.push(...batch);
    const items = batch.map((segment) => itemOf(segment));
    for (const item of items) shipper.add(item);
    await until('the first of them', () => items.some((item) => item.isDone()));
    await engine.kill();
    engine = await startClickHouse({ dataDirectory: directory, httpPort });
    shipper.wake();
  }
  await until('all of them', () => shipper.waiting() === 0 || void shipper.wake());
  const result = await client.query({
    query:
      'SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(record_id)) AS distinct, (SELECT toUInt32(count()) FROM audit.segments) AS certificates FROM audit.records',
    format: 'JSONEachRow',
  });
  expect(await result.json()).toEqual([once(30_000, 60)]);
});

describe('Rows that ClickHouse refuses', () => {
  const BAD = [1, 250, 251, 1_000];

  beforeEach(async () => {
    await command("ALTER TABLE audit.records ADD CONSTRAINT polite CHECK error_message != 'bad'");
    cleanups.push(() => command('ALTER TABLE audit.records DROP CONSTRAINT polite'));
  });

  const withBad = (): Segment =>
    segmentOf(1_000, {
      record: (sequence) => (BAD.includes(sequence) ? { error_message: 'bad' } : {}),
    });

  const buriedIn = (item: TestItem): number[] =>
    item.buried.flatMap(({ rows }) => [...decodeRecords(rows.rows)].map(({ sequence }) => sequence));

  test('are dead letters, all others are stored, and the certificate has the digest of those', async () => {
    const segment = withBad();
    const item = itemOf(segment);
    const { shipper, said } = start();
    shipper.add(item);
    expect(await shipper.settled(PATIENCE_MILLIS)).toBe(true);
    expect(buriedIn(item)).toEqual(BAD);
    expect(item.buried[0]!.reason).toMatch(/code 469: .*polite/);
    expect(await inTheStore([segment])).toEqual(once(996, 1));
    const { missing, digest } = await shortfallOf(segment);
    expect(missing).toEqual([
      { first: 1, last: 1, reason: 'refused' },
      { first: 250, last: 251, reason: 'refused' },
      { first: 1_000, last: 1_000, reason: 'refused' },
    ]);
    expect(digest).toBe(await digestInTheStore(segment));
    expect(said()).toEqual([expect.stringMatching(/4 records of 1 segment kept as dead letters.*469/)]);
  });

  test.each(['knows what is there', 'may not ask'])(
    'are found by another process, where the first died in the middle, which %s, and nothing is there twice',
    async (kind) => {
      const segment = withBad();
      for (const inserts of [4, 9, 15]) {
        let left = inserts;
        const died = start({}, (sink) => ({
          ...bound(sink),
          send: (part, options) => {
            left -= 1;
            return left < 0 ? new Promise(() => {}) : sink.send(part, options);
          },
        }));
        died.shipper.add(itemOf(segment));
        await until('its death', () => left < 0);
        cleanups.pop();
      }
      const blind = (sink: Sink): Sink => ({
        ...bound(sink),
        send: (part, options) => sink.send(part, { ...options, mayBeOld: false }),
      });
      const { shipper } = start({}, kind === 'may not ask' ? blind : undefined);
      const item = adopted(segment);
      shipper.add(item);
      expect(await shipper.settled(PATIENCE_MILLIS)).toBe(true);
      expect(buriedIn(item)).toEqual(BAD);
      expect(await inTheStore([segment])).toEqual(once(996, 1));
    },
  );
});

function bound(sink: Sink): Sink {
  return {
    name: sink.name,
    send: sink.send.bind(sink),
    certify: sink.certify!.bind(sink),
    close: sink.close.bind(sink),
  };
}

test('Rows that only a view behind the table refuses are stored once, and are no dead letters', async () => {
  await command(
    "CREATE TABLE audit.strict (m String, CONSTRAINT polite CHECK m != 'bad') ENGINE = MergeTree ORDER BY tuple()",
  );
  await command(
    'CREATE MATERIALIZED VIEW audit.strictly TO audit.strict AS SELECT error_message AS m FROM audit.records',
  );
  cleanups.push(async () => {
    await command('DROP VIEW audit.strictly');
    await command('DROP TABLE audit.strict');
  });
  const segment = segmentOf(100, { record: (sequence) => (sequence === 50 ? { error_message: 'bad' } : {}) });
  const item = itemOf(segment);
  const { shipper, said } = start();
  shipper.add(item);
  expect(await shipper.settled(PATIENCE_MILLIS)).toBe(true);
  expect(item.buried).toEqual([]);
  expect(await inTheStore([segment])).toEqual(once(100, 1));
  expect(said()).toEqual([expect.stringMatching(/took a segment only in parts: code 469/)]);
});

test('A segment that is too large for what stands before ClickHouse arrives in parts, whole', async () => {
  const segment = segmentOf(1_000);
  const limit = await startStoreProxy(store().url, (body) =>
    body.length > segment.rows.length / 3 ? 413 : body,
  );
  cleanups.push(() => limit.close());
  const item = itemOf(segment);
  const { shipper, said } = start({ url: limit.url });
  shipper.add(item);
  expect(await shipper.settled(PATIENCE_MILLIS)).toBe(true);
  expect(item.buried).toEqual([]);
  expect(await inTheStore([segment])).toEqual(once(1_000, 1));
  expect(await digestInTheStore(segment)).toBe(digestOf(segment.rows));
  expect(said()).toEqual([expect.stringMatching(/took a segment only in parts: HTTP 413.*raise the limit/)]);
});

describe('Where the table is altered under us, records wait until it is mended, and arrive once', () => {
  test.each([
    [
      'the type of a column',
      'ALTER TABLE audit.records MODIFY COLUMN db_rows Int64',
      'ALTER TABLE audit.records MODIFY COLUMN db_rows UInt64',
      /'db_rows' must be Int64.*audit-register migrate/,
    ],
    [
      'a column that is gone',
      'ALTER TABLE audit.records RENAME COLUMN correlation_id TO gone',
      'ALTER TABLE audit.records RENAME COLUMN gone TO correlation_id',
      /correlation_id.*audit-register migrate/,
    ],
    [
      'another name of the table',
      'RENAME TABLE audit.records TO audit.away',
      'RENAME TABLE audit.away TO audit.records',
      /code 60.*audit-register migrate/,
    ],
    [
      'a constraint that nothing passes',
      'ALTER TABLE audit.records ADD CONSTRAINT never CHECK throwIf(1) = 0',
      'ALTER TABLE audit.records DROP CONSTRAINT never',
      undefined,
    ],
  ])('%s', async (_, alter, mend, word) => {
    await command(alter);
    const { shipper, said } = start();
    const segments = [segmentOf(3), segmentOf(4), segmentOf(5)];
    const items = segments.map((segment) => itemOf(segment));
    for (const item of items) shipper.add(item);
    if (word === undefined) {
      // Every row is refused, none by the table as such: they are dead letters, not lost.
      expect(await shipper.settled(PATIENCE_MILLIS)).toBe(true);
      await command(mend);
      expect(items.map(({ buried }) => buried.length)).toEqual([3, 4, 5]);
      return;
    }
    await until('its word', () => said().length > 0);
    for (let times = 0; times < 5; times++) shipper.wake();
    await command(mend);
    await until('the records', () => shipper.waiting() === 0 || void shipper.wake());
    expect(items.map(({ buried }) => buried)).toEqual([[], [], []]);
    expect(await inTheStore(segments)).toEqual(once(12, 3));
    // NOTE: a segment that was refused just before the table was mended is divided.
    expect(said().filter((line) => !line.includes('took a segment only in parts'))).toEqual([
      expect.stringMatching(word),
      expect.stringMatching(/takes records again after \d+ failed attempts? in .* 12 records waited/),
    ]);
  });

  test('a database that was dropped and migrated again', async () => {
    const config = { database: 'dropped' };
    await migrate(store().client, config);
    cleanups.push(() => command('DROP DATABASE dropped'));
    const { shipper, said } = start(config);
    shipper.add(itemOf(segmentOf(1)));
    expect(await shipper.settled(PATIENCE_MILLIS)).toBe(true);
    await command('DROP DATABASE dropped');
    const items = [itemOf(segmentOf(2)), itemOf(segmentOf(3))];
    for (const item of items) shipper.add(item);
    await until('its word', () => said().length > 0);
    expect(said()[0]).toMatch(/code (60|81).*audit-register migrate/);
    await migrate(store().client, config);
    await until('the records', () => shipper.waiting() === 0 || void shipper.wake());
    const [found] = await store().query('SELECT toUInt32(count()) AS rows FROM dropped.records');
    expect(found).toEqual({ rows: 5 });
  });
});

describe('Past the window of deduplication', () => {
  beforeEach(async () => {
    await command('ALTER TABLE audit.records MODIFY SETTING non_replicated_deduplication_window = 2');
    cleanups.push(() =>
      command('ALTER TABLE audit.records MODIFY SETTING non_replicated_deduplication_window = 100000'),
    );
  });

  /** A segment that was delivered without its sender's knowing, and that the table has forgotten since. */
  async function forgotten(segment: Segment): Promise<void> {
    const { sink } = start();
    for (const each of [segment, ...Array.from({ length: 6 }, () => segmentOf(1))])
      expect(await sink.send(each, { mayBeOld: false })).toEqual({ status: 'accepted' });
  }

  test.each(['default', 'audit_writer'] as const)(
    'user %s asks what is there, and sends nothing twice',
    async (user) => {
      const segment = segmentOf(500);
      await forgotten(segment);
      const { username, password } = store().config(user);
      const { shipper, said } = start({ username, password });
      shipper.add(adopted(segment));
      expect(await shipper.settled(PATIENCE_MILLIS)).toBe(true);
      expect(await inTheStore([segment])).toMatchObject({ rows: 500, distinct: 500 });
      expect(said()).toEqual([]);
    },
  );

  test('only what is missing is sent, wherever it was', async () => {
    const segment = segmentOf(500);
    await forgotten(segment);
    await command(
      `ALTER TABLE audit.records DELETE WHERE segment_id = '${segment.id}' AND (sequence % 7 = 0 OR sequence > 400) SETTINGS mutations_sync = 2`,
    );
    const { shipper } = start();
    shipper.add(adopted(segment));
    expect(await shipper.settled(PATIENCE_MILLIS)).toBe(true);
    expect(await inTheStore([segment])).toEqual(once(500, 1));
    expect(await digestInTheStore(segment)).toBe(digestOf(segment.rows));
  });

  test('a user who may only insert sends everything again, which is said once: nothing lost is more than nothing twice', async () => {
    const segments = [segmentOf(50), segmentOf(50)];
    for (const segment of segments) await forgotten(segment);
    // The engine's users are in a file, and none may only insert: the question is made into one that the writer may not ask.
    const proxy = await startStoreProxy(store().url, (body) =>
      Buffer.from(body.toString('latin1').replace('SELECT DISTINCT sequence', 'SELECT actor_id'), 'latin1'),
    );
    cleanups.push(() => proxy.close());
    const { username, password } = store().config('audit_writer');
    const { shipper, said } = start({ url: proxy.url, username, password });
    for (const segment of segments) shipper.add(adopted(segment));
    expect(await shipper.settled(PATIENCE_MILLIS)).toBe(true);
    expect(await inTheStore(segments)).toMatchObject({ rows: 200, distinct: 100 });
    expect(said()).toEqual([
      expect.stringMatching(/grant SELECT\(chain_id, segment_id, sequence, occurred_at\)/),
    ]);
  });
});
