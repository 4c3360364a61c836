import type { StartSample, StartSamples } from '../measure/start-up.ts';
import { BASE, VARIANTS } from '../variants/variants.ts';
import type { VariantName } from '../variants/variants.ts';
import { formatSpread, formatTable } from './format.ts';
import { perRound, spreadOf } from './statistics.ts';
import type { Spread } from './statistics.ts';

const HEADER = ['variant', 'time, ms', 'added, ms', 'memory, MB', 'added, MB'];

const MOMENTS = [
  ['atFirstLine', 'Until the application’s first line'],
  ['atFirstAnswer', 'Until the first answer, with `node:http` and `pg` loaded'],
] as const;

export type Moment = (typeof MOMENTS)[number][0];

const millis =
  (moment: Moment) =>
  (sample: StartSample): number =>
    sample[moment].millis;
const megabytes =
  (moment: Moment) =>
  (sample: StartSample): number =>
    sample[moment].rssBytes / 1e6;

export function startUpReport(starts: StartSamples): string {
  const count = starts[BASE]?.length ?? 0;
  return [
    '## Start-up',
    `Processes started one after the other, ${count} of each variant in turn. What a preload puts off until a module is needed or a request comes shows in the second table.`,
    ...MOMENTS.flatMap(([moment, title]) => [`### ${title}`, momentTable(starts, moment)]),
  ].join('\n\n');
}

/** Milliseconds that a variant adds. */
export function startUpAdded(starts: StartSamples, variant: VariantName, moment: Moment): Spread {
  const figure = millis(moment);
  return perRound([starts[variant] ?? [], starts[BASE] ?? []], (own, bare) => figure(own) - figure(bare));
}

function momentTable(starts: StartSamples, moment: Moment): string {
  const rows = Object.keys(starts).map((variant) => rowOf(starts, variant as VariantName, moment));
  return formatTable(HEADER, rows);
}

function rowOf(starts: StartSamples, variant: VariantName, moment: Moment): string[] {
  const own = starts[variant] ?? [];
  const bare = starts[BASE] ?? [];
  const cells = [millis(moment), megabytes(moment)].flatMap((figure) => [
    formatSpread(spreadOf(own.map(figure)), 1),
    variant === BASE
      ? ''
      : formatSpread(
          perRound([own, bare], (a, b) => figure(a) - figure(b)),
          1,
        ),
  ]);
  return [VARIANTS[variant].title, ...cells];
}
