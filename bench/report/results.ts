import { SECTION_NAMES, SECTIONS } from '../sections/sections.ts';
import type { Findings, SectionName } from '../sections/sections.ts';
import type { Effort, Section } from '../sections/section.ts';
import type { Machine } from './machine.ts';

type BySection<T> = Readonly<Partial<Record<SectionName, T>>>;

/** All that was found. */
export interface Results {
  readonly machine: Machine;
  readonly effort: Effort;
  /** When the run began that measured a section. */
  readonly measuredAt: BySection<string>;
  readonly findings: Findings;
  /** Sections that broke off, and why. */
  readonly failures: BySection<string>;
}

/** What went wrong, each with where; empty when every figure can be believed. */
export function problemsOf(results: Results): readonly string[] {
  const failures = Object.entries(results.failures).map(([name, why]) => `${name}: ${why}`);
  const found = eachFound(results, (name, section, findings) =>
    section.problems(findings).map((problem) => `${name}, ${problem}`),
  );
  return [...failures, ...found.flat()];
}

/** In the order of the sections. */
export function eachFound<T>(
  { findings }: Results,
  use: (name: SectionName, section: Section<unknown>, findings: unknown) => T,
): readonly T[] {
  return SECTION_NAMES.filter((name) => findings[name] !== undefined).map((name) =>
    use(name, SECTIONS[name] as Section<unknown>, findings[name]),
  );
}
