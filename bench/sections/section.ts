import type { MixName } from '../load/mixes.ts';
import type { VariantName } from '../variants/variants.ts';

/** An application under load, once for each variant and round. */
export interface LoadSection {
  readonly id: string;
  readonly title: string;
  /** What is measured, for the reader of the results. */
  readonly text: string;
  /** Path of the application. */
  readonly app: string;
  readonly mix: MixName;
  readonly connections: number;
  /** Cycles of the mix that each connection makes before anything is measured. */
  readonly warmUpCycles: number;
  /** Statements that the application runs by itself while it lives. */
  readonly backgroundWrites: number;
  readonly variants: readonly VariantName[];
}
