import type { Effort, Samples } from '../measure/rounds.ts';
import type { StartSamples } from '../measure/start-up.ts';
import type { LoadSection } from '../sections/section.ts';
import type { Machine } from './machine.ts';

export interface LoadOutcome {
  readonly section: LoadSection;
  readonly samples: Samples;
}

/** All that one run has found. */
export interface Results {
  readonly machine: Machine;
  readonly effort: Effort;
  readonly loads: readonly LoadOutcome[];
  readonly starts?: StartSamples;
}

/** What went wrong, each with where; empty when every figure can be believed. */
export function problemsOf({ loads, starts = {} }: Results): readonly string[] {
  const ofLoads = loads.flatMap(({ section, samples }) => located(section.id, samples));
  return [...ofLoads, ...located('startup', starts)];
}

function located(
  section: string,
  samples: Readonly<Record<string, readonly { readonly problems: readonly string[] }[]>>,
): readonly string[] {
  return Object.entries(samples).flatMap(([variant, list]) =>
    list.flatMap(({ problems }, round) =>
      problems.map((problem) => `${section}, ${variant}, round ${round + 1}: ${problem}`),
    ),
  );
}
