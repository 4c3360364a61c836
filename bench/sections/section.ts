import type { Stage } from '../stage/stage.ts';

export interface Effort {
  /** Everything once, for as short as can be: the figures mean nothing, but every part has run. */
  readonly isQuick: boolean;
  /** Of one measurement under load, about. */
  readonly seconds: number;
  /** Starts of a process, a variant. */
  readonly starts: number;
  /** Records of one more history, beside the usual ones. */
  readonly largest?: number;
}

export type Tell = (text: string) => void;

/**
 * A part of the benchmark that can be run alone. What it finds is plain JSON: it is kept in `raw/`, and its report is
 * made of nothing else.
 */
export interface Section<Findings> {
  measure(stage: Stage, effort: Effort, tell: Tell): Promise<Findings>;
  /** Markdown, from a heading of the second level on. */
  report(findings: Findings): string;
  /** What went wrong, a sentence each; empty when every figure can be believed. */
  problems(findings: Findings): readonly string[];
}

/** Rounds or lives of a whole run; a quick one has one of everything. */
export function timesOf(effort: Effort, whole: number): number {
  return effort.isQuick ? 1 : whole;
}
