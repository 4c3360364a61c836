import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Effort } from './scenarios/scenario.ts';

export interface Options {
  readonly effort: Effort;
  readonly seed: number;
  /** Empty for all. */
  readonly scenarios: readonly string[];
  /** Whether `docs/reliability.md` and `chaos/results.json` are written. */
  readonly publishes: boolean;
  /** Where the results go as well. */
  readonly resultsFile: string | undefined;
}

/** Every part runs, within five minutes on two busy cores. */
const QUICK: Effort = { kills: 200, requests: 20_000, scale: 1 };
/** About half an hour. */
const LONG: Effort = { kills: 2_000, requests: 1_000_000, scale: 6 };

export const USAGE =
  'usage: npm run chaos [-- [--quick] [--scenario NAME]… [--seed N] [--kills N] [--requests N] [--publish] [--results FILE]]';

/** @throws TypeError of `parseArgs`, and RangeError for what is no number or no scenario. */
export function parseOptions(args: readonly string[], known: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      scenario: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string' },
      kills: { type: 'string' },
      requests: { type: 'string' },
      publish: { type: 'boolean', default: false },
      results: { type: 'string' },
    },
  });
  const effort = values.quick ? QUICK : LONG;
  const scenarios = values.scenario.flatMap((names) => names.split(','));
  for (const name of scenarios) {
    if (!known.includes(name)) throw new RangeError(`--scenario knows ${known.join(', ')}, not ${name}`);
  }
  const isWhole = !values.quick && scenarios.length === 0;
  return {
    effort: {
      ...effort,
      kills: parseCount('kills', values.kills) ?? effort.kills,
      requests: parseCount('requests', values.requests) ?? effort.requests,
    },
    seed: parseCount('seed', values.seed) ?? randomInt(2 ** 31),
    scenarios,
    publishes: values.publish || isWhole,
    resultsFile: values.results,
  };
}

function parseCount(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new RangeError(`--${name} takes a whole number, not ${JSON.stringify(text)}`);
}
