import { parseArgs } from 'node:util';
import type { Effort } from './measure/rounds.ts';

export const SECTIONS = ['http', 'pg', 'shop', 'startup'] as const;
export type SectionName = (typeof SECTIONS)[number];

export interface Options {
  readonly sections: readonly SectionName[];
  readonly effort: Effort;
  /** Only a whole run is worth to be published. */
  readonly publishes: boolean;
}

/** About eight minutes altogether. */
const FULL: Effort = { rounds: 5, seconds: 2.5, warmUp: 1, starts: 15 };
/** Everything once, for as short as can be: the figures mean nothing, but every part has run. */
const QUICK: Effort = { rounds: 1, seconds: 0.2, warmUp: 0.02, starts: 1 };

export const USAGE = `usage: npm run bench [-- [--quick] [--sections ${SECTIONS.join(',')}]]`;

/** @throws TypeError of `parseArgs`, and RangeError for a section that does not exist. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: 'boolean', default: false }, sections: { type: 'string' } },
  });
  const sections = values.sections === undefined ? SECTIONS : values.sections.split(',').map(checkSection);
  const isWhole = SECTIONS.every((section) => sections.includes(section));
  return { sections, effort: values.quick ? QUICK : FULL, publishes: isWhole && !values.quick };
}

function checkSection(name: string): SectionName {
  const known = SECTIONS.find((section) => section === name);
  if (known !== undefined) return known;
  throw new RangeError(`--sections knows ${SECTIONS.join(', ')}, not ${JSON.stringify(name)}`);
}
