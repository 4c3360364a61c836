import { statementsOf } from '../load/mixes.ts';
import type { Mix } from '../load/mixes.ts';
import type { StoredRecords } from '../stage/clickhouse.ts';
import type { EventCounts } from '../stage/event-tables.ts';
import type { SpanCounts } from '../stage/span-count.ts';

/** What a process did while it was measured. */
export interface Doings {
  readonly mix: Mix;
  readonly cycles: number;
  /** Statements of the application itself, outside of any request. */
  readonly backgroundWrites: number;
}

export interface Recorded {
  readonly reads: boolean;
  readonly bodies: boolean;
}

export function expectedSpans({ mix, cycles, backgroundWrites }: Doings): SpanCounts {
  return { http: cycles * mix.requests.length, pg: cycles * statementsOf(mix) + backgroundWrites };
}

/** Exactly one record of each request, of each statement that is to be recorded, and of each end of a transaction. */
export function expectedRecords(
  { mix, cycles, backgroundWrites }: Doings,
  recorded: Recorded,
): readonly StoredRecords[] {
  const statements = mix.writes + (recorded.reads ? mix.reads : 0);
  const perCycle = { http: mix.requests.length, db: statements, transaction: mix.transactions };
  const ofLoad = Object.entries(perCycle).map(([category, count]) => {
    const records = cycles * count;
    const withBodies = recorded.bodies && category === 'http' ? records : 0;
    return { category, records, actions: records, verified: records, withBodies };
  });
  const background = { category: 'background', records: backgroundWrites, actions: backgroundWrites };
  return [...ofLoad, { ...background, verified: 0, withBodies: 0 }].filter(({ records }) => records > 0);
}

/** The middleware has a row of each request and each of its writes. */
export function expectedEvents({ mix, cycles }: Doings, { bodies }: Recorded): EventCounts {
  const requests = cycles * mix.requests.length;
  const rows = requests + cycles * mix.writes;
  return { rows, named: rows, withBodies: bodies ? requests : 0 };
}

/** evlog has one event of each request, with all that it did. */
export function expectedWideEvents({ mix, cycles }: Doings, { bodies }: Recorded): EventCounts {
  const rows = cycles * mix.requests.length;
  return { rows, named: rows, withBodies: bodies ? rows : 0 };
}

/** What is missing or too much, a sentence each; empty when everything arrived, once. */
export function compareRecords(
  expected: readonly StoredRecords[],
  stored: readonly StoredRecords[],
): readonly string[] {
  const none = { records: 0, actions: 0, verified: 0, withBodies: 0 };
  const find = (list: readonly StoredRecords[], category: string) =>
    list.find((entry) => entry.category === category) ?? none;
  const categories = new Set([...expected, ...stored].map(({ category }) => category));
  return [...categories].flatMap((category) => {
    const [wanted, got] = [find(expected, category), find(stored, category)];
    return (['records', 'actions', 'verified', 'withBodies'] as const)
      .filter((figure) => got[figure] !== wanted[figure])
      .map((figure) => `${category}: ${wanted[figure]} ${figure} expected, ${got[figure]} stored`);
  });
}

export function compareSpans(expected: SpanCounts, arrived: SpanCounts): readonly string[] {
  return (['http', 'pg'] as const)
    .filter((kind) => arrived[kind] !== expected[kind])
    .map((kind) => `${expected[kind]} spans of ${kind} expected, ${arrived[kind]} arrived`);
}

export function compareEvents(expected: EventCounts, stored: EventCounts): readonly string[] {
  return (['rows', 'named', 'withBodies'] as const)
    .filter((figure) => stored[figure] !== expected[figure])
    .map((figure) => `events: ${expected[figure]} ${figure} expected, ${stored[figure]} stored`);
}
