import { quoteName } from '../store/migrations.js';
import { queryRows } from '../store/query-rows.js';
import { conditionWithin } from './selection.js';
import type { Source, Span } from './selection.js';

/**
 * Records that one query reads and sorts. The table is ordered by tenant first, so that every window reads a granule of each: large
 * exports have larger ones.
 */
const LEAST_RECORDS = 20_000;
const MOST_RECORDS = 100_000;
const LEAST_WINDOWS = 20;

/**
 * @param records Of the whole export. The size of its windows changes nothing in what is written.
 * @param most What the store can sort at once without taking hundreds of megabytes.
 */
export function windowSize(records: number, most = MOST_RECORDS): number {
  return Math.min(most, Math.max(LEAST_RECORDS, Math.ceil(records / LEAST_WINDOWS)));
}

/** A day, an hour, a minute, a second, a millisecond. What is more than a window in a millisecond is read at once. */
const STEPS: readonly bigint[] = [
  86_400_000_000_000n,
  3_600_000_000_000n,
  60_000_000_000n,
  1_000_000_000n,
  1_000_000n,
];

/** Parts of a span in order, of up to so many records each; what is empty is left out. */
export async function* windowsOf(source: Source, span: Span, size: number, depth = 0): AsyncGenerator<Span> {
  const step = STEPS[depth] as bigint;
  let gathered: { from: bigint; to: bigint; records: number } | undefined;
  for (const { bin, records } of await countBins(source, span, step)) {
    const part = { from: larger(bin * step, span.from), to: smaller((bin + 1n) * step, span.to), records };
    if (gathered !== undefined && gathered.records + records > size) {
      yield { from: gathered.from, to: gathered.to };
      gathered = undefined;
    }
    if (records > size && depth < STEPS.length - 1) yield* windowsOf(source, part, size, depth + 1);
    else
      gathered =
        gathered === undefined ? part : { ...gathered, to: part.to, records: gathered.records + records };
  }
  if (gathered !== undefined) yield { from: gathered.from, to: gathered.to };
}

async function countBins(
  source: Source,
  span: Span,
  step: bigint,
): Promise<readonly { readonly bin: bigint; readonly records: number }[]> {
  const { sql, parameters } = conditionWithin(source, span);
  const rows = await queryRows<{ bin: string; records: string }>(
    source.client,
    `SELECT toString(intDiv(toUnixTimestamp64Nano(occurred_at), {step:Int64})) AS bin, toString(count()) AS records
     FROM ${quoteName(source.database)}.unique_records WHERE ${sql}
     GROUP BY bin ORDER BY toInt64(bin)`,
    { ...parameters, step: String(step) },
    source.signal,
  );
  return rows.map(({ bin, records }) => ({ bin: BigInt(bin), records: Number(records) }));
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
