import type { Rows } from './clickhouse-queries.js';

/** Rows of one window of time, as far as a part of a day can be told apart. */
const WINDOW_ROWS = 1_000_000;
/** A day is cut into no more parts. */
const MOST_CUTS = 1_440;
const SECONDS_PER_DAY = 86_400;

/** Parts of time with about as many rows each, in seconds since the epoch. */
export async function* timeWindows(
  rows: Rows,
  column: string,
  weight: string,
  table: string,
  where: string,
): AsyncGenerator<{ readonly from: number; readonly to: number }> {
  const days = await rows<{ day: string; rows: string }>(
    `SELECT toString(intDiv(toUnixTimestamp64Second(${column}), ${SECONDS_PER_DAY})) AS day, toString(${weight}) AS rows
     FROM ${table} WHERE ${where} GROUP BY day ORDER BY toInt64(day)`,
  );
  let from: number | undefined;
  let to = 0;
  let sum = 0;
  for (const { day, rows: weightOfDay } of days) {
    const start = Number(day) * SECONDS_PER_DAY;
    if (from !== undefined && sum + Number(weightOfDay) > WINDOW_ROWS) {
      yield { from, to };
      from = undefined;
    }
    if (Number(weightOfDay) > WINDOW_ROWS) {
      const cuts = Math.min(MOST_CUTS, Math.ceil(Number(weightOfDay) / WINDOW_ROWS));
      const length = Math.ceil(SECONDS_PER_DAY / cuts);
      for (let at = 0; at < SECONDS_PER_DAY; at += length)
        yield { from: start + at, to: start + Math.min(at + length, SECONDS_PER_DAY) };
      continue;
    }
    if (from === undefined) [from, sum] = [start, 0];
    sum += Number(weightOfDay);
    to = start + SECONDS_PER_DAY;
  }
  if (from !== undefined) yield { from, to };
}
