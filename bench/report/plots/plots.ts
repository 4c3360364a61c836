import type { Findings } from '../../sections/sections.ts';

export interface Plot {
  readonly name: string;
  /** What it shows, in words, for who cannot see it. */
  readonly alt: string;
  readonly svg: string;
}

export function drawPlots(_findings: Findings): readonly Plot[] {
  return [];
}
