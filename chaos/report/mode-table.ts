import { formatNumber, formatTable } from '../../bench/report/format.ts';
import { MODES } from '../life/run.ts';
import type { Mode } from '../life/run.ts';
import type { NamedPartResult, ScenarioResult } from './results.ts';

/** A column a mode. */
export function modeTable(scenarios: readonly ScenarioResult[]): string {
  const parts = scenarios.flatMap(({ name, parts }) => parts.map((part) => ({ ...part, scenario: name })));
  const of = (mode: Mode): LocatedPart[] => parts.filter((part) => part.mode === mode);
  return formatTable(
    ['', ...MODES.map((mode) => `\`${mode}\``)],
    ROWS.map(([title, cell]) => [title, ...MODES.map((mode) => cell(of(mode)))]),
  );
}

interface LocatedPart extends NamedPartResult {
  readonly scenario: string;
}

type Cell = (parts: readonly LocatedPart[]) => string;

const ROWS: readonly (readonly [string, Cell])[] = [
  ['processes ended', sum(({ outcome }) => outcome?.endings ?? 0)],
  ['requests acknowledged', sum(({ outcome }) => outcome?.accounts.acknowledged ?? 0)],
  ['of these with SQL', sum(({ outcome }) => outcome?.accounts.acknowledgedSql ?? 0)],
  ['recorded', sum(({ outcome }) => outcome?.accounts.recorded ?? 0)],
  ['lost', sum((part) => (part.destroys ? 0 : (part.outcome?.accounts.lost.length ?? 0)))],
  [
    'statements lost',
    sum((part) => (part.destroys ? 0 : (part.outcome?.accounts.lostStatements.length ?? 0))),
  ],
  ['lost with the only copy, which was destroyed', sum(destroyed)],
  [
    'duplicated',
    sum(({ outcome }) =>
      outcome === undefined
        ? 0
        : outcome.accounts.duplicated.length +
          outcome.accounts.duplicatedStatements.length +
          outcome.accounts.countedTwice.length,
    ),
  ],
  ['lost by a SIGKILL, at most', ofKill((part) => part.outcome?.losses.mostPerLife, 0)],
  ['lost by a SIGKILL, mean', ofKill((part) => part.outcome?.losses.meanPerLife, 2)],
  ['oldest of those lost, ms before it', ofKill((part) => part.outcome?.losses.oldestMillis, 1)],
  ['tamperings detected and located', figure('detected', 0)],
  ['tamperings undetected', figure('undetected', 0)],
  [
    'peak memory, MB',
    (parts) => formatNumber(most(parts, ({ outcome }) => outcome?.peakBytes ?? 0) / 1e6, 0),
  ],
  ['p99 latency, ms', figure('p99Millis', 2)],
  ['p99 added to the bare application, ms', figure('addedP99Millis', 2)],
  ['p99 as a multiple of the bare one', figure('p99Ratio', 2)],
];

function sum(count: (part: LocatedPart) => number): Cell {
  return (parts) =>
    formatNumber(
      parts.reduce((total, part) => total + count(part), 0),
      0,
    );
}

function destroyed({ destroys, outcome }: LocatedPart): number {
  return destroys ? (outcome?.accounts.lost.length ?? 0) : 0;
}

function most(parts: readonly LocatedPart[], value: (part: LocatedPart) => number): number {
  return Math.max(0, ...parts.map(value));
}

function ofKill(value: (part: LocatedPart) => number | undefined, digits: number): Cell {
  return (parts) => formatted(parts.filter(({ scenario }) => scenario === 'kill').map(value)[0], digits);
}

function figure(name: string, digits: number): Cell {
  return (parts) =>
    formatted(
      parts.map(({ figures }) => figures?.[name]).find((value) => value !== undefined),
      digits,
    );
}

function formatted(value: number | undefined, digits: number): string {
  return value === undefined ? '–' : formatNumber(value, digits);
}
