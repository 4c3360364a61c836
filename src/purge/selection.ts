import { nearest } from '../config/nearest.js';
import { PurgeError } from './errors.js';

/** What a filter compares: one column with texts that it may be, a list of which it must hold one. */
interface Filtered {
  readonly column: string;
  readonly compare: (column: string, values: string) => string;
}

const isOneOf = (column: string, values: string): string => `${column} IN ${values}`;
const isOneOfUuids = (column: string, values: string): string => `toString(${column}) IN ${values}`;
const hasOneOf = (column: string, values: string): string =>
  `arrayExists(name -> has(${values}, toString(name)), ${column})`;

const FILTERS: Readonly<Record<string, Filtered>> = {
  service: { column: 'service_name', compare: isOneOf },
  environment: { column: 'environment', compare: isOneOf },
  host: { column: 'host_name', compare: isOneOf },
  tenant: { column: 'tenant_id', compare: isOneOf },
  actor: { column: 'actor_id', compare: isOneOf },
  impersonator: { column: 'impersonator_id', compare: isOneOf },
  session: { column: 'session_id', compare: isOneOf },
  category: { column: 'category', compare: isOneOf },
  action: { column: 'action', compare: isOneOf },
  outcome: { column: 'outcome', compare: isOneOf },
  table: { column: 'target_tables', compare: hasOneOf },
  target: { column: 'target_id', compare: isOneOf },
  request: { column: 'request_id', compare: isOneOfUuids },
  trace: { column: 'trace_id', compare: isOneOf },
};

/** Name of a filter → values, one of which a record must have. */
export type Filters = ReadonlyMap<string, readonly string[]>;

/** Which records are to go. */
export interface Selection {
  /** ISO 8601; later records stay. */
  readonly before: string;
  readonly filters: Filters;
  /** ISO 8601 by the store's clock; what was taken in later stays, for nobody has looked at it. */
  readonly takenInBy: string;
}

/** @param texts `name=value`, or the name of a column; the same name again is another value that will do. */
export function parseFilters(texts: readonly string[]): Filters {
  const filters = new Map<string, string[]>();
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals < 1)
      throw new PurgeError('ERR_AUDIT_PURGE_FILTER', `--filter ${text}: expected <name>=<value>.`);
    const name = filterNamed(text.slice(0, equals));
    const values = filters.get(name);
    const value = text.slice(equals + 1);
    if (values === undefined) filters.set(name, [value]);
    else values.push(value);
  }
  return filters;
}

function filterNamed(given: string): string {
  const names = Object.keys(FILTERS);
  const name = names.find((name) => name === given || FILTERS[name]?.column === given);
  if (name !== undefined) return name;
  const meant = nearest(given, names);
  throw new PurgeError(
    'ERR_AUDIT_PURGE_FILTER',
    `--filter ${given}: there is no such filter${meant === undefined ? '' : `; did you mean ${meant}?`} There are ${names.join(', ')}.`,
  );
}

/** The condition for a row of `audit.records`, with {@link parametersOf}. */
export function conditionOf({ filters }: Selection): string {
  return [
    "occurred_at < parseDateTime64BestEffort({before:String}, 9, 'UTC')",
    "ingested_at <= parseDateTime64BestEffort({takenInBy:String}, 3, 'UTC')",
    // NOTE: verification needs the records of purges as long as there is a segment that they explain.
    "NOT (category = 'app' AND action = 'purge')",
    ...[...filters.keys()].map((name, index) => comparison(name, `{filter${index}:Array(String)}`)),
  ].join(' AND ');
}

function comparison(name: string, values: string): string {
  const { column, compare } = FILTERS[name] as Filtered;
  return compare(column, values);
}

export function parametersOf(selection: Selection): Record<string, unknown> {
  const values = [...selection.filters.values()].map((values, index) => [`filter${index}`, values] as const);
  return { before: selection.before, takenInBy: selection.takenInBy, ...Object.fromEntries(values) };
}

/** For people, and for the record of the purge. */
export function describeSelection({ before, filters }: Pick<Selection, 'before' | 'filters'>): string {
  const texts = [...filters].map(
    ([name, values]) => `${name} ${values.map((value) => `"${value}"`).join(' or ')}`,
  );
  return [`before ${before}`, ...texts].join(', ');
}
