import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startClickHouse } from '../../src/embedded/clickhouse.ts';
import type { EmbeddedClickHouse } from '../../src/embedded/clickhouse.ts';
import type { Segment } from '../../src/delivery/segment.ts';
import { createStoreClient } from '../../src/store/client.ts';
import { migrate } from '../../src/store/migrate.ts';
import { temporaryDirectory } from '../support/clickhouse.ts';
import { END_OF_MONTH, insertSegment, segmentOf } from './segments.ts';

/** What the token of an insert guarantees, on an engine that is killed and started again in between. */
let directory: string;
let engine: EmbeddedClickHouse;

async function start(): Promise<void> {
  engine = await startClickHouse({ dataDirectory: join(directory, 'data'), httpPort: 0 });
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  await start();
  await command(async (client) => {
    await migrate(client, { database: 'audit' });
  });
});
afterAll(async () => {
  await engine.kill();
  await rm(directory, { recursive: true, force: true });
});

async function command<T>(run: (client: ReturnType<typeof createStoreClient>) => Promise<T>): Promise<T> {
  const client = createStoreClient({
    url: engine.httpUrl,
    username: 'default',
    password: '',
    timeoutMillis: 30_000,
  });
  try {
    return await run(client);
  } finally {
    await client.close();
  }
}

async function rowsOf(segment: Segment, table = 'records'): Promise<number> {
  return await command(async (client) => {
    const result = await client.query({
      query: `SELECT toString(count()) AS rows FROM audit.${table} WHERE segment_id = {id:UUID}`,
      query_params: { id: segment.id },
      format: 'JSONEachRow',
    });
    const [row] = await result.json<{ rows: string }>();
    return Number(row?.rows);
  });
}

async function setWindow(inserts: number): Promise<void> {
  const query = `ALTER TABLE audit.records MODIFY SETTING non_replicated_deduplication_window = ${inserts}`;
  await command((client) => client.command({ query }));
}

function send(segment: Segment): Promise<void> {
  return insertSegment({ url: engine.httpUrl }, segment, segment.id);
}

const three = (): Segment => segmentOf([{}, {}, {}].map(() => ({ occurred_at: END_OF_MONTH })));

/** Rows of two months, which ClickHouse keeps in two partitions. */
const twoMonths = (): Segment =>
  segmentOf([0n, 1n, 2n, 3n].map((second) => ({ occurred_at: END_OF_MONTH + second * 1_000_000_000n })));

test('a segment sent again under its token is there once', async () => {
  const segment = three();
  await send(segment);
  await send(segment);
  expect(await rowsOf(segment)).toBe(3);
});

test('also where it crosses the end of a month', async () => {
  const segment = twoMonths();
  await send(segment);
  await send(segment);
  expect(await rowsOf(segment)).toBe(4);
});

test('also where eight send it at once', async () => {
  const segment = twoMonths();
  await Promise.all(Array.from({ length: 8 }, () => send(segment)));
  expect(await rowsOf(segment)).toBe(4);
});

test('also after the server was killed and started again', async () => {
  const segment = twoMonths();
  await send(segment);
  await engine.kill();
  await start();
  await send(segment);
  expect(await rowsOf(segment)).toBe(4);
});

test('a copy that the token stopped is in no projection, so that the views stay on their fast way', async () => {
  const segment = three();
  await send(segment);
  await send(segment);
  const runs = await command(async (client) =>
    (await client.query({ query: 'SELECT * FROM audit.repeated_runs', format: 'JSONEachRow' })).json(),
  );
  expect(runs).toEqual([]);
});

test('past the window it is in the table twice, and in the views once', async () => {
  await setWindow(2);
  const segment = twoMonths();
  await send(segment);
  for (let others = 0; others < 3; others++) await send(twoMonths());
  await send(segment);
  expect(await rowsOf(segment)).toBe(8);
  expect(await rowsOf(segment, 'unique_records')).toBe(4);
  expect(await rowsOf(segment, 'later_copies')).toBe(4);
});

test('each month of an insert takes a place in the window', async () => {
  await setWindow(3);
  const first = three();
  await send(first);
  await send(twoMonths());
  await send(first);
  expect(await rowsOf(first)).toBe(3);
  await send(three());
  await send(first);
  expect(await rowsOf(first)).toBe(6);
  expect(await rowsOf(first, 'unique_records')).toBe(3);
});
