import { isoTime } from '../record/json.js';
import { quoteName } from '../store/migrations.js';
import type { Ask } from './ask.js';
import { conditionOf } from './condition.js';
import { readExtent } from './extent.js';
import { timeSpan } from './quantities.js';
import type { Search } from './search.js';
import { SettledExpressions } from './settled.js';

/** How much there was, and how it ended, over time. */
export interface Histogram {
  /** In ISO 8601: beginning of the first bar, end of the last. */
  readonly from: string;
  readonly to: string;
  readonly bucketSeconds: number;
  /** All bars in order, the empty ones too. */
  readonly buckets: readonly Bucket[];
  readonly total: number;
}

export interface Bucket {
  readonly at: string;
  readonly counts: OutcomeCounts;
}

export interface OutcomeCounts {
  readonly ok: number;
  readonly failed: number;
  readonly denied: number;
  readonly rolled_back: number;
  readonly unknown: number;
}

const MOST_BUCKETS = 500;
const SECOND_NANOS = 1_000_000_000n;
/** Bars that people can read the length of: seconds, minutes, hours, days. */
const STEP_SECONDS = [
  1,
  2,
  5,
  10,
  15,
  30,
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60),
  ...[1, 2, 3, 6, 12].map((hours) => hours * 3_600),
  ...[1, 2, 7, 14, 28, 91, 364, 3_640].map((days) => days * 86_400),
];

/** @param buckets How many bars there may be. */
export async function readHistogram(
  ask: Ask,
  database: string,
  search: Search,
  buckets: number,
  signal?: AbortSignal,
): Promise<Histogram> {
  const { from, to } = await periodOf(ask, database, search, signal);
  const most = Math.max(1, Math.min(Math.trunc(buckets), MOST_BUCKETS));
  const step = stepFor(from, to, most);
  const counts = await countByBucket(ask, database, search, step, signal);
  const first = bucketOf(from, step) * step;
  const last = bucketOf(to - 1n, step) * step;
  const all = Array.from(
    { length: to > from ? (last - first) / step + 1 : 0 },
    (_, index) => first + index * step,
  );
  return {
    from: isoOf(first),
    to: isoOf(last + step),
    bucketSeconds: step,
    buckets: all.map((at) => ({ at: isoOf(at), counts: counts.get(at) ?? NOTHING })),
    total: [...counts.values()].reduce((sum, of) => sum + totalOf(of), 0),
  };
}

function bucketOf(nanos: bigint, step: number): number {
  const length = SECOND_NANOS * BigInt(step);
  // NOTE: division truncates towards zero, in the store too; the bar of a time before 1970 begins before it all the same.
  return Number(nanos / length) - Number(nanos < 0n && nanos % length !== 0n);
}

/** The shortest bars of which there are not too many. NOTE: they begin at round times, not where the period does. */
function stepFor(from: bigint, to: bigint, most: number): number {
  const fits = (step: number): boolean => bucketOf(to - 1n, step) - bucketOf(from, step) < most;
  const readable = STEP_SECONDS.find(fits);
  if (readable !== undefined) return readable;
  let step = Math.max(...STEP_SECONDS);
  while (!fits(step)) step *= 2;
  return step;
}

const NOTHING: OutcomeCounts = { ok: 0, failed: 0, denied: 0, rolled_back: 0, unknown: 0 };

function totalOf(counts: OutcomeCounts): number {
  return counts.ok + counts.failed + counts.denied + counts.rolled_back + counts.unknown;
}

async function countByBucket(
  ask: Ask,
  database: string,
  search: Search,
  step: number,
  signal?: AbortSignal,
): Promise<ReadonlyMap<number, OutcomeCounts>> {
  const { sql, parameters, period } = conditionOf(search, database);
  const outcome = new SettledExpressions(database, period).named('settled_outcome');
  const rows = await ask<OutcomeCounts & { bucket: string }>(
    `SELECT
       toString((intDiv(nanos, {length:Int64}) - (nanos < 0 AND nanos % {length:Int64} != 0)) * {step:Int64}) AS bucket,
       toUInt32(countIf(settled = 'success')) AS ok,
       toUInt32(countIf(settled = 'failure')) AS failed,
       toUInt32(countIf(settled = 'denied')) AS denied,
       toUInt32(countIf(settled = 'rolled_back')) AS rolled_back,
       toUInt32(count()) - ok - failed - denied - rolled_back AS unknown
     FROM (SELECT toUnixTimestamp64Nano(occurred_at) AS nanos, ${outcome} AS settled FROM ${quoteName(database)}.unique_records WHERE ${sql})
     GROUP BY bucket
     LIMIT ${MOST_BUCKETS + 1}`,
    { ...parameters, step, length: String(SECOND_NANOS * BigInt(step)) },
    signal,
  );
  return new Map(rows.map(({ bucket, ...counts }) => [Number(bucket), counts]));
}

async function periodOf(
  ask: Ask,
  database: string,
  search: Search,
  signal?: AbortSignal,
): Promise<{ from: bigint; to: bigint }> {
  const [from, to] = [search.from, search.to].map((text) =>
    text === '' ? undefined : timeSpan(text, 0).from,
  );
  if (from !== undefined && to !== undefined) return { from, to };
  const extent = await readExtent(ask, database, signal);
  const [first, last] = [from ?? extent?.first ?? 0n, to ?? (extent === undefined ? 0n : extent.last + 1n)];
  return { from: first, to: last > first ? last : first };
}

function isoOf(second: number): string {
  return isoTime(BigInt(second) * SECOND_NANOS, 9).replace(/\.0+Z$/, 'Z');
}
