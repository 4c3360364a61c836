import { quoteName } from '../store/migrations.js';
import type { Ask } from './ask.js';

/** First and last time of the register, in nanoseconds since the epoch, and how much there is. */
export interface Extent {
  readonly first: bigint;
  readonly last: bigint;
  readonly rows: bigint;
}

/**
 * From when to when there is anything; undefined where there is nothing.
 *
 * NOTE: of all rows, for copies change neither end, and of the table itself the store knows both without reading.
 */
export async function readExtent(
  ask: Ask,
  database: string,
  signal?: AbortSignal,
): Promise<Extent | undefined> {
  const [row] = await ask<{ first: string; last: string; rows: string }>(
    `SELECT
       toString(count()) AS rows,
       toString(toUnixTimestamp64Nano(min(occurred_at))) AS first,
       toString(toUnixTimestamp64Nano(max(occurred_at))) AS last
     FROM ${quoteName(database)}.records`,
    {},
    signal,
  );
  if (row === undefined || row.rows === '0') return undefined;
  return { first: BigInt(row.first), last: BigInt(row.last), rows: BigInt(row.rows) };
}
