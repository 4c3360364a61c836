import { LATENCY_SECTION, RATES } from '../measure/latency.ts';
import type { LatencyFindings } from '../measure/latency.ts';
import type { PacedSample } from '../measure/subject.ts';
import { BASE, VARIANTS } from '../variants/variants.ts';
import type { VariantName } from '../variants/variants.ts';
import { formatNumber, formatSpread, formatTable } from './format.ts';
import { perRound, spreadOf } from './statistics.ts';
import type { Spread } from './statistics.ts';

const HEADER = [
  'variant',
  'p50, ms',
  'added, ms',
  'p99, ms',
  'added, ms',
  'event loop p99, ms',
  'added, ms',
  'core used',
];

type Figure = Exclude<keyof PacedSample, 'requests'>;

/** Below it a variant has not kept up with the rate. */
const KEPT_UP = 0.97;

export function latencyReport(findings: LatencyFindings): string {
  return [
    '## Latency at a fixed rate',
    'One UPDATE a request, sent at its time whether or not earlier requests are answered, at rates that leave the server time to spare: what a user waits for, not what a queue adds. The middleware answers when its events are in PostgreSQL (which does not wait for its disk here); audit-register answers at once, with `write-ahead` when its records are in the file.',
    ...RATES.flatMap((rate) => (findings.samples[rate] === undefined ? [] : [ofRate(findings, rate)])),
  ].join('\n\n');
}

/** What a variant adds to a figure of bare Node.js. */
export function addedLatency(
  findings: LatencyFindings,
  rate: number,
  variant: VariantName,
  figure: Figure,
): Spread {
  const [own, bare] = [samplesOf(findings, rate, variant), samplesOf(findings, rate, BASE)];
  return perRound([own, bare], (a, b) => a[figure] - b[figure]);
}

function ofRate(findings: LatencyFindings, rate: number): string {
  const rows = LATENCY_SECTION.variants.map((variant) => rowOf(findings, rate, variant));
  const late = LATENCY_SECTION.variants.filter(
    (variant) =>
      spreadOf(samplesOf(findings, rate, variant).map((sample) => sample.requestsPerSecond)).median <
      rate * KEPT_UP,
  );
  const note = `Not served at that rate by: ${late.map((variant) => VARIANTS[variant].title).join(', ')}.`;
  return [
    `### ${formatNumber(rate, 0)} requests a second`,
    formatTable(HEADER, rows),
    ...(late.length === 0 ? [] : [note]),
  ].join('\n\n');
}

function rowOf(findings: LatencyFindings, rate: number, variant: VariantName): readonly string[] {
  const own = samplesOf(findings, rate, variant);
  const pair = (figure: Figure): readonly string[] => [
    formatSpread(spreadOf(own.map((sample) => sample[figure])), 2),
    variant === BASE ? '' : formatSpread(addedLatency(findings, rate, variant, figure), 2),
  ];
  return [
    VARIANTS[variant].title,
    ...pair('p50Millis'),
    ...pair('p99Millis'),
    ...pair('loopDelayP99Millis'),
    `${formatNumber(spreadOf(own.map(({ busy }) => busy)).median * 100, 0)} %`,
  ];
}

function samplesOf({ samples }: LatencyFindings, rate: number, variant: VariantName): readonly PacedSample[] {
  const found = samples[rate]?.[variant];
  if (found === undefined) throw new Error('a variant of the section was not measured');
  return found;
}
