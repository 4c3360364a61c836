import { COLUMNS } from '../record/columns.js';
import type { FoundRecord, FoundValue } from './search.js';
import { settledRecords } from './settled.js';
import type { PeriodOf } from './settled.js';

/** The columns of a record that readers see: its own, and when the store took it in. */
const SHOWN: readonly { readonly name: string; readonly type: string }[] = [
  ...COLUMNS,
  { name: 'ingested_at', type: "DateTime64(3, 'UTC')" },
];
const TIMES = SHOWN.filter(({ type }) => type.startsWith('DateTime64')).map(({ name }) => name);

/** IPv4 as people write it, empty for the unknown address. */
export function readableAddress(column: string): string {
  return `if(${column} = toIPv6('::'), '', replaceOne(toString(${column}), '::ffff:', ''))`;
}

/**
 * SQL for records as {@link toFoundRecord} takes them, to be ordered by columns of `settled`.
 *
 * @param condition Which rows of `unique_records`.
 */
export function selectRecords(database: string, condition: string, periodOf?: PeriodOf): string {
  // NOTE: columns by their table, for an alias counts more than a column of the same name.
  return `
    SELECT
      ${SHOWN.map((column) => `${shownValue(column)} AS ${column.name}`).join(', ')},
      toBool(settled.actor_late) AS actor_late,
      settled.final_outcome AS final_outcome
    FROM (${settledRecords(database, condition, periodOf)}) AS settled`;
}

function shownValue({ name, type }: { readonly name: string; readonly type: string }): string {
  if (name === 'transaction_outcome') return 'settled.settled_transaction';
  const column = `settled.${name}`;
  if (type === 'IPv6') return readableAddress(column);
  // JSON has no exact numbers of 64 bits.
  return type === 'UInt64' ? `toString(${column})` : column;
}

/** A row as ClickHouse writes it in JSON. */
export type FoundRow = Readonly<Record<string, FoundValue>>;

export function toFoundRecord(row: FoundRow): FoundRecord {
  const times = TIMES.map((name) => [name, isoOf(String(row[name]))]);
  return { ...row, ...Object.fromEntries(times) } as FoundRecord;
}

/** ClickHouse writes a time in UTC as `2026-11-20 12:00:00.000000000`. */
function isoOf(time: string): string {
  return `${time.replace(' ', 'T')}Z`;
}
