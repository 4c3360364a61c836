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
  /** Results of other scenarios that ran before: told and published with these. */
  readonly joined: readonly string[];
}

/** Every part runs, in some six minutes on two cores. */
const QUICK: Effort = { kills: 60, requests: 5_000, scale: 1, killMinutes: 5 };
/** About an hour and a half on two cores. */
const LONG: Effort = { kills: 2_000, requests: 1_000_000, scale: 4, killMinutes: 60 };

export const USAGE =
  'usage: npm run chaos [-- [--quick] [--scenario NAME]… [--seed N] [--kills N] [--requests N] [--scale N] ' +
  '[--kill-minutes N] [--publish] [--results FILE] [--join FILE]…]';

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
      scale: { type: 'string' },
      'kill-minutes': { type: 'string' },
      publish: { type: 'boolean', default: false },
      results: { type: 'string' },
      join: { type: 'string', multiple: true, default: [] },
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
      kills: parseCount('kills', values.kills) ?? effort.kills,
      requests: parseCount('requests', values.requests) ?? effort.requests,
      scale: parseCount('scale', values.scale) ?? effort.scale,
      killMinutes: parseCount('kill-minutes', values['kill-minutes']) ?? effort.killMinutes,
    },
    seed: parseCount('seed', values.seed) ?? randomInt(2 ** 31),
    scenarios,
    publishes: values.publish || isWhole,
    resultsFile: values.results,
    joined: values.join,
  };
}

function parseCount(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new RangeError(`--${name} takes a whole number, not ${JSON.stringify(text)}`);
}
