import { END_OF_TIME } from '../retention.js';

/** Microseconds since the epoch. */
const EARLIEST = 0n;
const LATEST = END_OF_TIME - 1n;

export interface EventTime {
  readonly micros: bigint;
  /** False where the source says a time that the register cannot hold; it then is the nearest it can. */
  readonly isExact: boolean;
}

/**
 * @param micros As PostgreSQL computed it; null for its infinities.
 * @param text As PostgreSQL writes it.
 */
export function eventTime(micros: string | null | undefined, text: string | null | undefined): EventTime {
  if (micros === null || micros === undefined) {
    return { micros: text?.startsWith('-') === false ? LATEST : EARLIEST, isExact: false };
  }
  const exact = BigInt(micros);
  if (exact < EARLIEST) return { micros: EARLIEST, isExact: false };
  if (exact > LATEST) return { micros: LATEST, isExact: false };
  return { micros: exact, isExact: true };
}

/** `yyyymm`, as ClickHouse's toYYYYMM, by which the register is partitioned. */
export function monthOf(micros: bigint): number {
  const date = new Date(Number(micros / 1_000n));
  return date.getUTCFullYear() * 100 + date.getUTCMonth() + 1;
}
