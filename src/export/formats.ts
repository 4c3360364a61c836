import { csvHeader, csvLine } from '../search/csv.js';
import { toIsoTimes } from '../search/found-record.js';
import type { FoundRow } from '../search/found-record.js';
import type { FoundRecord } from '../search/search.js';
import { quoteName } from '../store/migrations.js';
import { selectSettled } from './select-settled.js';
import { BOUND_SPAN } from './selection.js';

/** Formats that are written record by record, so that an export can go on where it was interrupted. */
export type LineFormat = 'csv' | 'jsonl' | 'ocsf' | 'ecs';

export const LINE_FORMATS: readonly LineFormat[] = ['csv', 'jsonl', 'ocsf', 'ecs'];

interface LineWriter {
  readonly header: string;
  /** How ClickHouse is to answer: a line a row. */
  readonly answer: 'JSONEachRow' | 'TabSeparatedRaw';
  /** The rows of one window, in order. */
  readonly query: (database: string, condition: string) => string;
  readonly line: (row: string) => string;
  /** Records that one query may sort, where they take more memory than others. */
  readonly mostInWindow?: number;
}

/** Events are sorted whole, some 2 KiB each, and the store holds each several times while it makes them. */
const MOST_EVENTS = 20_000;

/** By time; and where that is the same by what no two records share, so that the order is always the same. */
const ORDER = ['occurred_at', 'record_id', 'chain_id', 'sequence'];

export const WRITERS: Readonly<Record<LineFormat, LineWriter>> = {
  csv: {
    header: csvHeader(),
    answer: 'JSONEachRow',
    query: selectFound,
    line: (row) => csvLine(recordOf(row)),
  },
  jsonl: {
    header: '',
    answer: 'JSONEachRow',
    query: selectFound,
    line: (row) => `${JSON.stringify(recordOf(row))}\n`,
  },
  ocsf: eventsOf('ocsf'),
  ecs: eventsOf('ecs'),
};

function selectFound(database: string, condition: string): string {
  const order = ORDER.map((column) => `found.${column}`).join(', ');
  return `${selectSettled(database, condition)} ORDER BY ${order}`;
}

function recordOf(row: string): FoundRecord {
  return toIsoTimes(JSON.parse(row) as FoundRow) as FoundRecord;
}

/** Events of a view, a line each: its JSON has no line break in it. */
function eventsOf(view: 'ocsf' | 'ecs'): LineWriter {
  return {
    header: '',
    answer: 'TabSeparatedRaw',
    query: (database, condition) => {
      const name = quoteName(database);
      // NOTE: the events alone know nothing of chains; two records of one id and time are in the order of their texts.
      return `SELECT event FROM ${name}.${view}
        WHERE ${BOUND_SPAN.isWithin('occurred_at')} AND record_id IN (SELECT record_id FROM ${name}.unique_records WHERE ${condition})
        ORDER BY occurred_at, record_id, event`;
    },
    line: (event) => `${event}\n`,
    mostInWindow: MOST_EVENTS,
  };
}
