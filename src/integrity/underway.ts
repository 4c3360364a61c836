/** An entry follows its records, and neighbours of one chain may overtake each other: for so long nothing is said of it. */
const GRACE_MILLIS = 10 * 60_000;

/** Between asking the store for its time and for its rows. */
const CLOCK_MILLIS = 10_000;

/**
 * Whether what has come at this time may still be waiting for what belongs to it. NOTE: a time in the future is no excuse, for
 * whoever writes the table may choose it.
 */
export function isUnderway(
  ingestedAtMillis: number,
  nowMillis: number,
  graceMillis: number = GRACE_MILLIS,
): boolean {
  const age = nowMillis - ingestedAtMillis;
  return age >= -CLOCK_MILLIS && age <= Math.max(graceMillis, GRACE_MILLIS);
}
