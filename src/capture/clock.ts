import { performance } from 'node:perf_hooks';
import type { TimeFacts } from '../pipeline/facts.js';

/** OpenTelemetry's `[seconds, nanoseconds]`. */
export type HrTime = readonly [number, number];

/** Milliseconds of a clock that never goes back. */
export function nowMillis(): number {
  return performance.now();
}

/** @param startMillis Taken from {@link nowMillis}. */
export function timeSince(startMillis: number): TimeFacts {
  const durationMicros = Math.max(0, Math.round((performance.now() - startMillis) * 1_000));
  const startedAtMicros = Math.round((performance.timeOrigin + startMillis) * 1_000);
  return { startedAtNanos: BigInt(startedAtMicros) * 1_000n, durationMicros };
}

export function timeOfSpan(startTime: HrTime, duration: HrTime): TimeFacts {
  return {
    startedAtNanos: BigInt(startTime[0]) * 1_000_000_000n + BigInt(startTime[1]),
    durationMicros: Math.max(0, Math.round(duration[0] * 1e6 + duration[1] / 1e3)),
  };
}
