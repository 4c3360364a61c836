import { RATES } from '../measure/latency.ts';
import type { LoadFindings } from '../measure/rounds.ts';
import type { Findings } from '../sections/sections.ts';
import type { ShippingSample } from '../sections/shipping.ts';
import type { StoreAtSize } from '../sections/store.ts';
import type { VariantName } from '../variants/variants.ts';
import { formatNumber, formatTable } from './format.ts';
import { addedLatency } from './latency-report.ts';
import { addedAgainstRival } from './load-report.ts';
import { wholeWay } from './pipeline-report.ts';
import { startUpAdded } from './start-up-report.ts';
import { spreadOf } from './statistics.ts';

/** What we have set out to reach, and where it is measured. */
export interface Target {
  readonly what: string;
  readonly limit: number;
  /** What would be better still. */
  readonly stretch?: number;
  /** At least so much; without it at most. */
  readonly isLeast?: boolean;
  readonly unit: string;
  readonly digits: number;
  /** Undefined where it was not measured. */
  readonly measured: (findings: Findings) => number | undefined;
}

const FAST = Math.max(...RATES);
const HISTORY = 10_000_000;
const USUAL_MILLIS = 100;

export const TARGETS: readonly Target[] = [
  {
    what: 'CPU added to a request, against OpenTelemetry with OTLP: trivial handler',
    limit: 0.35,
    stretch: 0.2,
    unit: '×',
    digits: 2,
    measured: ({ trivial }) => againstRival(trivial, 'audit'),
  },
  {
    what: 'the same, captured by instrumentations',
    limit: 0.8,
    unit: '×',
    digits: 2,
    measured: ({ trivial }) => againstRival(trivial, 'audit-instrumentation'),
  },
  {
    what: 'the same, one query a request',
    limit: 0.4,
    stretch: 0.25,
    unit: '×',
    digits: 2,
    measured: ({ update }) => againstRival(update, 'audit'),
  },
  {
    what: 'The pipeline, from the end of a span to bytes in the spool, a record',
    limit: 6,
    stretch: 3,
    unit: 'µs',
    digits: 2,
    measured: ({ pipeline }) => pipeline && wholeWay(pipeline),
  },
  {
    what: `Latency added at ${formatNumber(FAST, 0)} requests/s (p50): how much less than by a middleware that inserts into the application’s database`,
    limit: 5,
    isLeast: true,
    unit: '×',
    digits: 1,
    measured: lessLatency,
  },
  {
    what: `Delay of the event loop at ${formatNumber(FAST, 0)} requests/s (p99): growth`,
    limit: 1,
    unit: 'ms',
    digits: 2,
    measured: ({ latency }) => latency && addedLatency(latency, FAST, 'audit', 'loopDelayP99Millis').median,
  },
  {
    what: 'Rows that one sender ships into the engine from its spool, a second',
    limit: 200_000,
    isLeast: true,
    unit: 'rows/s',
    digits: 0,
    measured: ({ shipping }) => shippedPerSecond(shipping?.samples.spool),
  },
  {
    what: `A row on disk, of ${formatNumber(HISTORY, 0)}`,
    limit: 70,
    unit: 'bytes',
    digits: 1,
    measured: (findings) => largeStore(findings)?.disk.bytesPerRow,
  },
  {
    what: `Questions of [queries.md](../docs/queries.md) that take longer than ${USUAL_MILLIS} ms on ${formatNumber(HISTORY, 0)} records`,
    limit: 0,
    unit: '',
    digits: 0,
    measured: (findings) => slowQuestions(largeStore(findings)?.questions),
  },
  {
    what: 'Start-up of the preload, over bare Node.js: until the application’s first line',
    limit: 80,
    unit: 'ms',
    digits: 0,
    measured: ({ startup }) => startup && startUpAdded(startup, 'audit', 'atFirstLine').median,
  },
  {
    what: 'the same, until its first answer, with `node:http` and `pg` loaded',
    limit: 80,
    unit: 'ms',
    digits: 0,
    measured: ({ startup }) => startup && startUpAdded(startup, 'audit', 'atFirstAnswer').median,
  },
];

/** With the history that the target is for, not a smaller one. */
function largeStore({ store }: Findings): StoreAtSize | undefined {
  return store?.sizes.find(({ rows }) => rows === HISTORY);
}

/** The targets, each with what was measured, and how much is missing. */
export function targetTable(findings: Findings): string {
  const rows = TARGETS.map((target) => {
    const measured = target.measured(findings);
    return [target.what, limitOf(target), inUnit(target, measured), verdictOn(target, measured)];
  });
  return ['## Targets', formatTable(['what', 'target', 'measured', ''], rows)].join('\n\n');
}

export function verdictOn(target: Target, measured: number | undefined): string {
  if (measured === undefined) return 'not measured';
  const shortOf = (limit: number): number => (target.isLeast === true ? limit - measured : measured - limit);
  const missed = shortOf(target.limit);
  if (missed > 0) return `**missed** by ${amount(target, missed)}`;
  if (target.stretch === undefined) return 'met';
  const stretch = shortOf(target.stretch);
  return stretch > 0
    ? `met; the stretch goal missed by ${amount(target, stretch)}`
    : 'met, and the stretch goal';
}

function limitOf({ limit, stretch, isLeast, unit, digits }: Target): string {
  const value = (number: number): string =>
    `${formatNumber(number, Number.isInteger(number) ? 0 : digits)} ${unit}`.trim();
  const bound = `${isLeast === true ? '≥' : '≤'} ${value(limit)}`;
  return stretch === undefined ? bound : `${bound}, stretch ${value(stretch)}`;
}

function inUnit(target: Target, measured: number | undefined): string {
  return measured === undefined ? '' : amount(target, measured);
}

function amount({ unit, digits }: Target, value: number): string {
  return `${formatNumber(value, digits)} ${unit}`.trim();
}

function againstRival(found: LoadFindings | undefined, variant: VariantName): number | undefined {
  return found && addedAgainstRival(found, variant).median;
}

/** NOTE: where we add nothing that could be measured, a hundredth of a millisecond stands for it. */
function lessLatency({ latency }: Findings): number | undefined {
  if (latency === undefined) return undefined;
  const added = (variant: VariantName): number => addedLatency(latency, FAST, variant, 'p50Millis').median;
  return added('postgres-events') / Math.max(LEAST_MILLIS, added('audit'));
}

function shippedPerSecond(samples: readonly ShippingSample[] | undefined): number | undefined {
  return samples && spreadOf(samples.map(({ rows, seconds }) => rows / seconds)).median;
}

function slowQuestions(questions: StoreAtSize['questions'] | undefined): number | undefined {
  return questions?.filter(({ medianMillis, error }) => error !== undefined || medianMillis > USUAL_MILLIS)
    .length;
}

const LEAST_MILLIS = 0.01;
