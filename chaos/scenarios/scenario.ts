import type { Mode } from '../life/run.ts';
import type { Random } from '../random.ts';
import type { Stage } from '../stage/stage.ts';
import type { Claim } from '../verdict/claim.ts';
import type { Outcome } from '../verdict/settle.ts';

/** How much is done. */
export interface Effort {
  /** `kills` in all modes together. */
  readonly kills: number;
  /** Requests that `write-ahead` has to acknowledge while it is killed. */
  readonly requests: number;
  /** Other counts and durations are this many times as large as in the quick run. */
  readonly scale: number;
  /** After so many minutes no mode is killed any more; what was reached until then is said. */
  readonly killMinutes: number;
}

export interface Context {
  readonly stage: Stage;
  /** The part's own. */
  readonly random: Random;
  readonly effort: Effort;
  readonly tell: (text: string) => void;
}

/** Figures for the report, by name. */
export type Figures = Readonly<Record<string, number>>;

/** What one part of a scenario came to. */
export interface PartResult {
  readonly outcome?: Outcome;
  readonly figures?: Figures;
  /** Acknowledged records were destroyed here, and their only copy: what is lost counts apart. */
  readonly destroys?: true;
  readonly claims: readonly Claim[];
}

export interface Part {
  /** What is done, in a few words. */
  readonly part: string;
  readonly mode: Mode;
  run(context: Context): Promise<PartResult>;
}

export interface Scenario {
  /** For `--scenario`. */
  readonly name: string;
  readonly title: string;
  /** What is done, and what must come of it: for the report. */
  readonly text: string;
  readonly parts: readonly Part[];
}
