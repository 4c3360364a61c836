import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { hasCollector, startCollector } from '../shipping/collector.ts';
import { SHIPPING_VARIANTS } from '../shipping/variants.ts';
import type { Shipped, ShippingTask, ShippingVariant } from '../shipping/variants.ts';
import { cleanEnvironment } from '../stage/environment.ts';
import { startPeer } from '../stage/peer.ts';
import type { Stage } from '../stage/stage.ts';

const SENDER = new URL('../shipping/sender-process.ts', import.meta.url).pathname;
const ARRIVAL_MILLIS = 100_000;
const LOOK_MILLIS = 20;

export interface ShippingEffort {
  readonly rounds: number;
  readonly batches: number;
  readonly rowsOfBatch: number;
}

/** A segment is sealed at 4 MiB, which is about as many of these records. */
export const WHOLE_SHIPPING: ShippingEffort = { rounds: 5, batches: 20, rowsOfBatch: 5_000 };
export const QUICK_SHIPPING: ShippingEffort = { rounds: 1, batches: 2, rowsOfBatch: 200 };

export interface ShippingSample {
  readonly rows: number;
  /** What the table has of them, without compression. */
  readonly bytes: number;
  /** From the first step of the sender until all rows were acknowledged, and could be read. */
  readonly seconds: number;
  readonly cpuMicrosPerRow: number;
  /** Of ClickHouse: until the rows are there, and until nothing is merged any more. */
  readonly storeMicrosPerRow: { readonly insert: number; readonly all: number };
  readonly problems: readonly string[];
}

export interface ShippingResults {
  readonly effort: ShippingEffort;
  readonly samples: Partial<Record<ShippingVariant, readonly ShippingSample[]>>;
  /** False where the collector was not built. */
  readonly hasCollector: boolean;
}

type Place = Pick<Stage, 'register' | 'cores' | 'directory'>;
type Ask = <T>(query: string, params?: Record<string, unknown>) => Promise<T[]>;

/** Sends the same kind and number of records in each way in turn, forth and back. */
export async function measureShipping(
  stage: Place,
  effort: ShippingEffort,
  tell: (text: string) => void,
): Promise<ShippingResults> {
  const { url } = stage.register;
  const client = createClient({ url, log: { level: ClickHouseLogLevel.OFF } });
  const ask: Ask = async (query, params = {}) =>
    (await client.query({ query, query_params: params, format: 'JSONEachRow' })).json();
  const collector = hasCollector()
    ? await startCollector(url, join(stage.directory, 'collector'))
    : undefined;
  const names = Object.keys(SHIPPING_VARIANTS) as ShippingVariant[];
  const variants = names.filter((name) => name !== 'collector' || collector !== undefined);
  const samples: Partial<Record<ShippingVariant, ShippingSample[]>> = {};
  try {
    for (let round = 0; round < effort.rounds; round++) {
      for (const variant of round % 2 === 0 ? variants : variants.toReversed()) {
        const directory = join(stage.directory, `shipping-${variant}-${round}`);
        await mkdir(directory, { mode: 0o700 });
        const target = variant === 'collector' ? (collector?.url ?? '') : url;
        const sample = await measure(stage, ask, { variant, url: target, directory, ...effort });
        (samples[variant] ??= []).push(sample);
        tell(describe(variant, round, sample));
      }
    }
  } finally {
    await collector?.stop();
    await client.close();
  }
  return { effort, samples, hasCollector: collector !== undefined };
}

async function measure(stage: Place, ask: Ask, task: ShippingTask): Promise<ShippingSample> {
  const peer = startPeer({
    name: `The sender (${task.variant})`,
    args: [SENDER],
    env: cleanEnvironment(),
    cores: stage.cores.server,
  });
  await peer.next();
  const cpuBefore = await storeCpu(ask);
  const shipped = await peer.ask<Shipped>(task);
  const rows = task.batches * task.rowsOfBatch;
  const { there, atMillis } = await arrival(ask, shipped.chain, rows);
  const cpuThere = await storeCpu(ask);
  const problems = [...shipped.problems, ...(await peer.end())];
  if (there !== rows) problems.push(`${rows} rows expected, ${there} stored`);
  await quiet(ask);
  const cpuQuiet = await storeCpu(ask);
  return {
    rows,
    bytes: await bytesOf(ask, shipped.chain),
    // What was acknowledged is in the table, but for what waits in a queue.
    seconds: task.variant === 'collector' ? (atMillis - shipped.startedAtMillis) / 1_000 : shipped.seconds,
    cpuMicrosPerRow: shipped.cpuMicros / rows,
    storeMicrosPerRow: { insert: (cpuThere - cpuBefore) / rows, all: (cpuQuiet - cpuBefore) / rows },
    problems,
  };
}

async function arrival(ask: Ask, chain: string, rows: number): Promise<{ there: number; atMillis: number }> {
  const deadline = Date.now() + ARRIVAL_MILLIS;
  for (;;) {
    const query = 'SELECT toUInt32(count()) AS there FROM audit.records WHERE chain_id = {chain: UUID}';
    const [found] = await ask<{ there: number }>(query, { chain });
    const [there, atMillis] = [found?.there ?? 0, Date.now()];
    if (there >= rows || atMillis > deadline) return { there, atMillis };
    await new Promise((resolve) => setTimeout(resolve, LOOK_MILLIS));
  }
}

async function bytesOf(ask: Ask, chain: string): Promise<number> {
  const query = `SELECT toFloat64(sum(length(formatRow('RowBinary', * EXCEPT ingested_at)))) AS bytes
    FROM audit.records WHERE chain_id = {chain: UUID}`;
  const [found] = await ask<{ bytes: number }>(query, { chain });
  return found?.bytes ?? 0;
}

/** Microseconds so far, of all its threads. */
async function storeCpu(ask: Ask): Promise<number> {
  const query = `SELECT toFloat64(sum(value)) AS micros FROM system.events WHERE event = 'OSCPUVirtualTimeMicroseconds'`;
  const [found] = await ask<{ micros: number }>(query);
  return found?.micros ?? 0;
}

/** What the server still merges of one way must not be paid by the next. */
async function quiet(ask: Ask): Promise<void> {
  const deadline = Date.now() + ARRIVAL_MILLIS;
  while (Date.now() < deadline) {
    const [found] = await ask<{ merges: number }>('SELECT toUInt32(count()) AS merges FROM system.merges');
    if (found?.merges === 0) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MILLIS));
  }
}

function describe(variant: ShippingVariant, round: number, sample: ShippingSample): string {
  const figures = `${Math.round(sample.rows / sample.seconds)} rows/s, ${sample.cpuMicrosPerRow.toFixed(2)} µs CPU a row, ClickHouse ${sample.storeMicrosPerRow.all.toFixed(1)}`;
  const problems = sample.problems.map((problem) => `\n  ! ${problem}`).join('');
  return `shipping   round ${round + 1} ${variant.padEnd(12)} ${figures}${problems}`;
}

/** Empty when every figure can be believed. */
export function shippingProblems({ samples }: ShippingResults): readonly string[] {
  return Object.entries(samples).flatMap(([variant, list]) =>
    list.flatMap(({ problems }, round) => problems.map((text) => `${variant}, round ${round + 1}: ${text}`)),
  );
}
