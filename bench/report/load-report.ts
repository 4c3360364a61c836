import type { Sample } from '../measure/shot.ts';
import { BASE, RIVAL, VARIANTS } from '../variants/variants.ts';
import type { VariantName } from '../variants/variants.ts';
import { formatNumber, formatSpread, formatTable } from './format.ts';
import type { LoadOutcome } from './results.ts';
import { perRound, spreadOf } from './statistics.ts';
import type { Spread } from './statistics.ts';

const HEADER = [
  'variant',
  'requests/s',
  'against bare',
  'CPU a request, µs',
  'added CPU, µs',
  'added against OTLP',
  'p50, ms',
  'p99, ms',
  'memory, MB',
  'core used',
];

/** Below it something else than the server was the limit. */
const SATURATED = 0.95;

export function loadReport(outcome: LoadOutcome): string {
  const { section, samples } = outcome;
  const rows = section.variants.map((variant) => rowOf(outcome, variant));
  const limited = section.variants.filter(
    (variant) => spreadOf(figures(samples[variant], 'busy')).median < SATURATED,
  );
  return [
    `## ${section.title}`,
    `${section.text} ${section.connections} connections, each asking again as soon as it is answered.`,
    formatTable(HEADER, rows),
    ...(limited.length === 0 ? [] : [limitNote(limited)]),
    arrivals(outcome),
  ].join('\n\n');
}

/** CPU that a variant adds to a request, in microseconds. */
export function addedCpu({ samples }: LoadOutcome, variant: VariantName): Spread {
  return perRound([required(samples[variant]), required(samples[BASE])], excess);
}

/** The same as a multiple of what the rival adds. */
export function addedAgainstRival({ samples }: LoadOutcome, variant: VariantName): Spread {
  const variants = [samples[variant], samples[RIVAL], samples[BASE]].map(required);
  return perRound(variants, (own, rival, bare) => excess(own, bare) / excess(rival, bare));
}

function rowOf(outcome: LoadOutcome, variant: VariantName): string[] {
  const own = required(outcome.samples[variant]);
  const bare = required(outcome.samples[BASE]);
  const spread = (figure: Figure, digits: number): string =>
    formatSpread(spreadOf(figures(own, figure)), digits);
  const isBase = variant === BASE;
  const throughput = perRound([own, bare], (a, b) => a.requestsPerSecond / b.requestsPerSecond);
  return [
    VARIANTS[variant].title,
    spread('requestsPerSecond', 0),
    isBase ? '1' : formatSpread(throughput, 2),
    spread('cpuMicrosPerRequest', 1),
    isBase ? '' : formatSpread(addedCpu(outcome, variant), 1),
    isBase ? '' : `${formatSpread(addedAgainstRival(outcome, variant), 2)} ×`,
    spread('p50Millis', 2),
    spread('p99Millis', 2),
    spread('rssMegabytes', 0),
    `${formatNumber(spreadOf(figures(own, 'busy')).median * 100, 0)} %`,
  ];
}

function limitNote(variants: readonly VariantName[]): string {
  const titles = variants.map((variant) => VARIANTS[variant].title).join(', ');
  return `The server did not use up its core in: ${titles}. There the client or the database was the limit, so that ratios of throughput and latency say less than those of CPU.`;
}

function arrivals({ section, samples }: LoadOutcome): string {
  const sentences = section.variants
    .filter((variant) => VARIANTS[variant].sends !== 'nothing')
    .map((variant) => {
      const own = required(samples[variant]);
      const arrived = formatNumber(
        own.reduce((sum, sample) => sum + sample.arrived, 0),
        0,
      );
      const verdict = own.every(({ problems }) => problems.length === 0)
        ? 'none missing, none too many'
        : 'NOT as it should be, see above';
      return `${VARIANTS[variant].title}: ${arrived} ${VARIANTS[variant].sends}, ${verdict}.`;
    });
  return `Arrived, warm-up included: ${sentences.join(' ')}`;
}

type Figure = Exclude<keyof Sample, 'problems'>;

function figures(samples: readonly Sample[] | undefined, figure: Figure): readonly number[] {
  return required(samples).map((sample) => sample[figure]);
}

function excess(sample: Sample, bare: Sample): number {
  return sample.cpuMicrosPerRequest - bare.cpuMicrosPerRequest;
}

function required(samples: readonly Sample[] | undefined): readonly Sample[] {
  if (samples === undefined) throw new Error('a variant of the section was not measured');
  return samples;
}
