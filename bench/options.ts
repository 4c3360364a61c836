import { parseArgs } from 'node:util';
import { SECTION_NAMES } from './sections/sections.ts';
import type { SectionName } from './sections/sections.ts';
import type { Effort } from './sections/section.ts';

export interface Options {
  readonly sections: readonly SectionName[];
  readonly effort: Effort;
  /** Writes `RESULTS.md`, the plots and `raw/` of the repository; otherwise to a temporary directory. */
  readonly publishes: boolean;
  /** Measures nothing: makes `RESULTS.md` and the plots anew from `raw/`. */
  readonly reportsOnly: boolean;
}

/** About a quarter of an hour altogether. */
const FULL: Effort = { isQuick: false, seconds: 1.5, starts: 15 };
const QUICK: Effort = { isQuick: true, seconds: 0.2, starts: 1 };

export const USAGE = `usage: npm run bench [-- [--quick] [--sections NAME,…] [--largest RECORDS] [--publish] | --report]
  sections: ${SECTION_NAMES.join(', ')}`;

/** @throws TypeError of `parseArgs`, and RangeError for what does not exist or makes no sense. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      sections: { type: 'string' },
      largest: { type: 'string' },
      publish: { type: 'boolean', default: false },
      report: { type: 'boolean', default: false },
    },
  });
  const { quick, publish, report } = values;
  if (quick && publish) throw new RangeError('--quick measures nothing that could be published');
  const sections =
    values.sections === undefined ? SECTION_NAMES : values.sections.split(',').map(checkSection);
  const isWhole = SECTION_NAMES.every((section) => sections.includes(section));
  return {
    sections,
    effort: {
      ...(quick ? QUICK : FULL),
      ...(values.largest !== undefined && { largest: checkLargest(values.largest) }),
    },
    publishes: publish || (isWhole && !quick),
    reportsOnly: report,
  };
}

function checkSection(name: string): SectionName {
  const known = SECTION_NAMES.find((section) => section === name);
  if (known !== undefined) return known;
  throw new RangeError(`--sections knows ${SECTION_NAMES.join(', ')}, not ${JSON.stringify(name)}`);
}

function checkLargest(text: string): number {
  const records = Number(text);
  if (Number.isSafeInteger(records) && records > 0) return records;
  throw new RangeError(`--largest takes a number of records, not ${JSON.stringify(text)}`);
}
