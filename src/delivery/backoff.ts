const BASE_MILLIS = 250;
const MOST_MILLIS = 30_000;

/**
 * Full jitter: a random wait up to an exponentially growing bound, so that many processes do not come back at once.
 * Source: AWS Architecture Blog, "Exponential Backoff And Jitter".
 *
 * @param attempt 1 for the first failure.
 */
export function backoffMillis(attempt: number, random: () => number = Math.random): number {
  const bound = Math.min(MOST_MILLIS, BASE_MILLIS * 2 ** Math.min(attempt, 20));
  return Math.ceil(random() * bound);
}
