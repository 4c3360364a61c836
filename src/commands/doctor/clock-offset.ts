/** How far a clock is from ours: it is `offsetMillis` ahead, give or take `errorMillis`. */
export interface ClockOffset {
  readonly offsetMillis: number;
  readonly errorMillis: number;
}

const SAMPLES = 5;

/**
 * Asks the other clock several times; the answer that was fastest is the surest. The answer was made somewhere between
 * question and arrival, so half of the round trip bounds the error.
 * Source: F. Cristian, Probabilistic clock synchronization (1989).
 *
 * @param ask Gives the other clock, in milliseconds since the epoch.
 * @param now Our clock, in the same.
 */
export async function measureClockOffset(
  ask: () => Promise<number>,
  now: () => number,
): Promise<ClockOffset> {
  let best: ClockOffset | undefined;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const asked = now();
    const theirs = await ask();
    const answered = now();
    const errorMillis = (answered - asked) / 2;
    if (best === undefined || errorMillis < best.errorMillis)
      best = { offsetMillis: theirs - (asked + errorMillis), errorMillis };
  }
  return best as ClockOffset;
}
