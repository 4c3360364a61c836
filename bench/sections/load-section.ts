import type { MixName } from '../load/mixes.ts';
import type { VariantName } from '../variants/variants.ts';

/** An application under load, with each variant in turn. */
export interface LoadSection {
  readonly id: string;
  readonly title: string;
  /** What is measured, for the reader of the results. */
  readonly text: string;
  /** Path of the application. */
  readonly app: string;
  readonly mix: MixName;
  readonly connections: number;
  /** Requests before anything is measured, the same for every variant. */
  readonly warmUpRequests: number;
  /** Statements that the application runs by itself while it lives. */
  readonly backgroundWrites: number;
  readonly variants: readonly VariantName[];
  /** How often each variant is started anew. */
  readonly lives: number;
  /** Measurements in each life. */
  readonly rounds: number;
}
