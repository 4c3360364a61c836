import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startClickHouse } from '../../dist/embedded/clickhouse.js';
import type { EmbeddedClickHouse } from '../../dist/embedded/clickhouse.js';
import { OpenSegment } from '../../dist/delivery/segment.js';
import type { Segment } from '../../dist/delivery/segment.js';
import { createClickHouseSink } from '../../dist/delivery/sinks/clickhouse.js';
import type { Sink } from '../../dist/delivery/sinks/sink.js';
import { createStoreClient } from '../../dist/store/client.js';
import { migrate } from '../../dist/store/migrate.js';
import { SHAPES, rowOf } from './shapes.ts';
import type { Shape } from './shapes.ts';

const ROWS_OF_SEGMENT = 10_000;
const SMALL_SEGMENT = 20;
const SMALL_SEGMENTS = 200;
const SENDERS = 4;

export interface ShapeCost {
  readonly name: string;
  readonly what: string;
  readonly rows: number;
  readonly sentBytesPerRow: number;
  /** After all merges, with indexes and projection. */
  readonly diskBytesPerRow: number;
  /** By one sender, a segment after the other. */
  readonly rowsPerSecond: number;
}

export interface Costs {
  readonly shapes: readonly ShapeCost[];
  /** Of 20 rows each, by four senders at once: what one server takes of small segments. */
  readonly insertsPerSecond: number;
  readonly serverMegabytes: number;
}

type Client = ReturnType<typeof createStoreClient>;

/** Inserts records of each shape into the genuine engine, by the very sink of the preload, and looks what they take. */
export async function measureCosts(rows: number, tell: (text: string) => void): Promise<Costs> {
  const directory = await mkdtemp(join(tmpdir(), 'audit-register-sizing-'));
  const engine = await startClickHouse({ dataDirectory: directory, httpPort: 0 });
  const access = { url: engine.httpUrl, username: 'default', password: '', timeoutMillis: 300_000 };
  const client = createStoreClient(access);
  const quiet = { error() {}, warn() {}, info() {}, debug() {} };
  const sink = createClickHouseSink({ ...access, database: 'audit', cluster: '', migrate: 'off' }, quiet);
  try {
    await migrate(client, { database: 'audit' });
    const shapes: ShapeCost[] = [];
    for (const shape of SHAPES) {
      shapes.push(await measureShape(client, sink, shape, rows));
      tell(`${shape.name}: ${JSON.stringify(shapes.at(-1))}`);
    }
    const insertsPerSecond = await measureSmall(sink);
    return { shapes, insertsPerSecond, serverMegabytes: memoryOf(engine) };
  } finally {
    await sink.close();
    await client.close();
    await engine.kill();
    await rm(directory, { recursive: true, force: true });
  }
}

async function measureShape(client: Client, sink: Sink, shape: Shape, rows: number): Promise<ShapeCost> {
  await client.command({ query: 'TRUNCATE TABLE audit.records' });
  const chain = randomUUID();
  let millis = 0;
  let bytes = 0;
  for (let first = 0; first < rows; first += ROWS_OF_SEGMENT) {
    const segment = segmentOf(shape, chain, first, ROWS_OF_SEGMENT);
    bytes += segment.rows.length;
    millis += await send(sink, segment);
  }
  await client.command({ query: 'OPTIMIZE TABLE audit.records FINAL' });
  const answer = await client.query({
    query:
      "SELECT sum(bytes_on_disk) AS bytes, sum(rows) AS rows FROM system.parts WHERE database = 'audit' AND table = 'records' AND active",
    format: 'JSONEachRow',
  });
  const [disk] = await answer.json<{ bytes: string; rows: string }>();
  if (Number(disk?.rows) !== rows) throw new Error(`${disk?.rows} rows are there of ${rows}`);
  return {
    name: shape.name,
    what: shape.what,
    rows,
    sentBytesPerRow: Math.round(bytes / rows),
    diskBytesPerRow: Math.round(Number(disk?.bytes) / rows),
    rowsPerSecond: Math.round(rows / (millis / 1_000)),
  };
}

function segmentOf(shape: Shape, chain: string, first: number, rows: number): Segment {
  const open = new OpenSegment(chain, first + 1);
  for (let row = first; row < first + rows; row++) open.append(rowOf(shape, row, chain, open.id));
  return open.seal();
}

async function send(sink: Sink, segment: Segment): Promise<number> {
  const began = performance.now();
  const result = await sink.send(segment, { mayBeOld: false });
  if (result.status !== 'accepted') throw new Error(result.reason);
  return performance.now() - began;
}

async function measureSmall(sink: Sink): Promise<number> {
  const shape = SHAPES.find(({ name }) => name === 'mixed') as Shape;
  const sender = async (): Promise<void> => {
    const chain = randomUUID();
    for (let count = 0; count < SMALL_SEGMENTS; count++)
      await send(sink, segmentOf(shape, chain, count * SMALL_SEGMENT, SMALL_SEGMENT));
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: SENDERS }, sender));
  return Math.round((SENDERS * SMALL_SEGMENTS) / ((performance.now() - began) / 1_000));
}

/** Resident, at the end. */
function memoryOf({ pid }: EmbeddedClickHouse): number {
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}
