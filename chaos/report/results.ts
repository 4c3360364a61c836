import type { Mode } from '../life/run.ts';
import type { Effort, PartResult } from '../scenarios/scenario.ts';
import type { Claim } from '../verdict/claim.ts';

export interface NamedPartResult extends PartResult {
  readonly part: string;
  readonly mode: Mode;
}

export interface ScenarioResult {
  readonly name: string;
  readonly title: string;
  readonly text: string;
  readonly seconds: number;
  readonly parts: readonly NamedPartResult[];
}

/** All that one run has found. */
export interface Results {
  readonly date: string;
  readonly seed: number;
  readonly effort: Effort;
  readonly version: string;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memoryGigabytes: number };
  readonly platform: string;
  readonly node: string;
  readonly seconds: number;
  readonly scenarios: readonly ScenarioResult[];
}

/** A claim, and where it was made. */
export interface LocatedClaim extends Claim {
  readonly where: string;
}

export function claimsOf({ name, parts }: ScenarioResult): readonly LocatedClaim[] {
  return parts.flatMap(({ part, mode, claims }) =>
    claims.map((claim) => ({ ...claim, where: `${name}, ${mode}, ${part}` })),
  );
}
