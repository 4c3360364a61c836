export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws RangeError when there are no values. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('a median needs at least one value');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [below, above] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]] as [number, number];
  return { median: (below + above) / 2, min: sorted[0] as number, max: sorted.at(-1) as number };
}

/**
 * What several variants did in the same round, put together: a slow moment of the machine that met all of them does
 * not count.
 */
export function perRound<T>(
  variants: readonly (readonly T[])[],
  combine: (...samples: T[]) => number,
): Spread {
  const rounds = Math.min(...variants.map((samples) => samples.length));
  return spreadOf(
    Array.from({ length: rounds }, (_, round) =>
      combine(...variants.flatMap((samples) => samples.slice(round, round + 1))),
    ),
  );
}
