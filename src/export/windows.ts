import { quoteName } from '../store/migrations.js';
import { queryRows } from '../store/query-rows.js';
import { conditionWithin } from './selection.js';
import type { Source, Span } from './selection.js';

/** Records that one query reads and sorts. */
const WINDOW_RECORDS = 20_000;
/** A day, an hour, a minute, a second, a millisecond. What is more than a window in a millisecond is read at once. */
const STEPS: readonly bigint[] = [
  86_400_000_000_000n,
  3_600_000_000_000n,
  60_000_000_000n,
  1_000_000_000n,
  1_000_000n,
];

/** Parts of a span in order, each with about as many records; what is empty is left out. */
export async function* windowsOf(source: Source, span: Span, depth = 0): AsyncGenerator<Span> {
  const step = STEPS[depth] as bigint;
  let gathered: { from: bigint; to: bigint; records: number } | undefined;
  for (const { bin, records } of await countBins(source, span, step)) {
    const part = { from: larger(bin * step, span.from), to: smaller((bin + 1n) * step, span.to), records };
    if (gathered !== undefined && gathered.records + records > WINDOW_RECORDS) {
      yield { from: gathered.from, to: gathered.to };
      gathered = undefined;
    }
    if (records > WINDOW_RECORDS && depth < STEPS.length - 1) yield* windowsOf(source, part, depth + 1);
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
