import type { TimeFacts } from '../pipeline/facts.js';
import { nowMicros } from '../record/clock.js';
import { epochMillis, performance } from '../timers.js';

/** OpenTelemetry's `[seconds, nanoseconds]`. */
export type HrTime = readonly [number, number];

/** Milliseconds of a clock that never goes back. */
export function nowMillis(): number {
  return performance.now();
}

/** @param startMillis Taken from {@link nowMillis}. */
export function timeSince(startMillis: number): TimeFacts {
  const durationMicros = Math.round((performance.now() - startMillis) * 1_000);
  return { startedAtNanos: BigInt(nowMicros() - durationMicros) * 1_000n, durationMicros };
}

/** Above what passes between two looks at one clock. */
const MOST_APART_MILLIS = 1_000;

/**
 * Time of a span that has just ended. Its start comes from OpenTelemetry in whole milliseconds, its duration does not;
 * counted back from now, the start has more digits, which are taken where they are of the same millisecond.
 *
 * NOTE: OpenTelemetry asks the global clock. Where a test has set that, only the end of the span is known: it is now.
 */
export function timeOfSpan(startTime: HrTime, duration: HrTime): TimeFacts {
  const durationMicros = Math.max(0, Math.round(duration[0] * 1e6 + duration[1] / 1e3));
  const startMicros = startTime[0] * 1e6 + Math.floor(startTime[1] / 1e3);
  const countedMicros = nowMicros() - durationMicros;
  const isSame = Math.floor(countedMicros / 1e3) === startMicros / 1e3;
  return {
    startedAtNanos: BigInt(isSame || isGlobalClockSet() ? countedMicros : startMicros) * 1_000n,
    durationMicros,
  };
}

function isGlobalClockSet(): boolean {
  // oxlint-disable-next-line no-restricted-properties
  return Math.abs(Date.now() - epochMillis()) > MOST_APART_MILLIS;
}
