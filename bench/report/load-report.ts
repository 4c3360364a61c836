import type { LoadFindings } from '../measure/rounds.ts';
import type { Life, Sample } from '../measure/subject.ts';
import type { LoadSection } from '../sections/load-section.ts';
import { BASE, RIVAL, VARIANTS } from '../variants/variants.ts';
import type { VariantName } from '../variants/variants.ts';
import { formatNumber, formatSpread, formatTable } from './format.ts';
import { perRound, spreadOf } from './statistics.ts';
import type { Spread } from './statistics.ts';

const HEADER = [
  'variant',
  'requests/s',
  'against bare',
  'CPU a request, µs',
  'added CPU, µs',
  'added against OTLP',
  'cold: added CPU, µs',
  'p50, ms',
  'p99, ms',
  'memory, MB',
  'core used',
];

/** Below it something else than the server was the limit. */
const SATURATED = 0.95;

export function loadReport(section: LoadSection, findings: LoadFindings): string {
  const limited = section.variants.filter(
    (variant) => spreadOf(figures(findings, variant, 'busy')).median < SATURATED,
  );
  return [
    `## ${section.title}`,
    `${section.text} ${section.connections} connections, each asking again as soon as it is answered. ${roundsOf(findings)}, after a warm-up of ${formatNumber(section.warmUpRequests, 0)} requests.`,
    formatTable(
      HEADER,
      section.variants.map((variant) => rowOf(findings, variant)),
    ),
    ...(limited.length === 0 ? [] : [limitNote(limited)]),
    arrivals(section, findings),
  ].join('\n\n');
}

/** CPU that a variant adds to a request, in microseconds. */
export function addedCpu(findings: LoadFindings, variant: VariantName): Spread {
  return perRound([samplesOf(findings, variant), samplesOf(findings, BASE)], excess);
}

/** The same as a multiple of what the rival adds. */
export function addedAgainstRival(findings: LoadFindings, variant: VariantName): Spread {
  const variants = [variant, RIVAL, BASE].map((name) => samplesOf(findings, name));
  return perRound(variants, (own, rival, bare) => excess(own, bare) / excess(rival, bare));
}

/** Requests a second of bare Node.js for one of the variant. */
export function slowDown(findings: LoadFindings, variant: VariantName): Spread {
  return perRound(
    [samplesOf(findings, BASE), samplesOf(findings, variant)],
    (bare, own) => bare.requestsPerSecond / own.requestsPerSecond,
  );
}

function rowOf(findings: LoadFindings, variant: VariantName): string[] {
  const spread = (figure: keyof Sample, digits: number): string =>
    formatSpread(spreadOf(figures(findings, variant, figure)), digits);
  const isBase = variant === BASE;
  const hasRival = findings.samples[RIVAL] !== undefined;
  const throughput = perRound(
    [samplesOf(findings, variant), samplesOf(findings, BASE)],
    (a, b) => a.requestsPerSecond / b.requestsPerSecond,
  );
  return [
    VARIANTS[variant].title,
    spread('requestsPerSecond', 0),
    isBase ? '1' : formatSpread(throughput, 2),
    spread('cpuMicrosPerRequest', 1),
    isBase ? '' : formatSpread(addedCpu(findings, variant), 1),
    isBase || !hasRival ? '' : `${formatSpread(addedAgainstRival(findings, variant), 2)} ×`,
    isBase ? '' : formatSpread(addedCold(findings, variant), 0),
    spread('p50Millis', 2),
    spread('p99Millis', 2),
    spread('rssMegabytes', 0),
    `${formatNumber(spreadOf(figures(findings, variant, 'busy')).median * 100, 0)} %`,
  ];
}

/** Of the first requests of a process. */
function addedCold(findings: LoadFindings, variant: VariantName): Spread {
  return perRound(
    [livesOf(findings, variant), livesOf(findings, BASE)],
    (own, bare) => own.coldCpuMicrosPerRequest - bare.coldCpuMicrosPerRequest,
  );
}

function roundsOf(findings: LoadFindings): string {
  const lives = livesOf(findings, BASE).length;
  const rounds = samplesOf(findings, BASE).length / lives;
  const count = (number: number, of: string): string => `${number} ${of}${number === 1 ? '' : 's'}`;
  return `${count(rounds, 'round')} in each of ${count(lives, 'process').replace(/processs$/, 'processes')} a variant`;
}

function limitNote(variants: readonly VariantName[]): string {
  const titles = variants.map((variant) => VARIANTS[variant].title).join(', ');
  return `The server did not use up its core in: ${titles}. There the client or the database was the limit, so that ratios of throughput and latency say less than those of CPU.`;
}

function arrivals(section: LoadSection, findings: LoadFindings): string {
  const sentences = section.variants
    .filter((variant) => VARIANTS[variant].sends !== 'nothing')
    .map((variant) => {
      const lives = livesOf(findings, variant);
      const arrived = lives.reduce((sum, life) => sum + life.arrived, 0);
      const verdict = lives.every(({ problems }) => problems.length === 0)
        ? 'none missing, none too many'
        : 'NOT as it should be, see above';
      return `${VARIANTS[variant].title}: ${formatNumber(arrived, 0)} ${SENT[VARIANTS[variant].sends]}, ${verdict}.`;
    });
  return `Arrived, warm-up included: ${sentences.join(' ')}`;
}

const SENT = {
  nothing: '',
  spans: 'spans',
  records: 'records',
  events: 'rows',
  'wide-events': 'events',
} as const;

function figures(findings: LoadFindings, variant: VariantName, figure: keyof Sample): readonly number[] {
  return samplesOf(findings, variant).map((sample) => sample[figure]);
}

function excess(sample: Sample, bare: Sample): number {
  return sample.cpuMicrosPerRequest - bare.cpuMicrosPerRequest;
}

function samplesOf({ samples }: LoadFindings, variant: VariantName): readonly Sample[] {
  return required(samples[variant]);
}

function livesOf({ lives }: LoadFindings, variant: VariantName): readonly Life[] {
  return required(lives[variant]);
}

function required<T>(list: readonly T[] | undefined): readonly T[] {
  if (list === undefined) throw new Error('a variant of the section was not measured');
  return list;
}
