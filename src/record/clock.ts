import { epochMillis, performance } from '../timers.js';

/** What the monotonic clock lacks to the wall clock, in milliseconds. */
let offsetMillis = performance.timeOrigin;

/**
 * Microseconds since the epoch. The wall clock tells the millisecond, because it is the one that is set right; the
 * monotonic clock tells the digits behind it.
 */
export function nowMicros(): number {
  const wall = epochMillis();
  const millis = offsetMillis + performance.now();
  const within = Math.min(Math.max(millis, wall), wall + 0.999);
  // NOTE: the two drift apart by milliseconds an hour, and by hours when a machine sleeps.
  offsetMillis += within - millis;
  return Math.floor(within * 1_000);
}
