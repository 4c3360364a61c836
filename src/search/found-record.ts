import { COLUMNS } from '../record/columns.js';
import type { FoundRecord, FoundValue } from './search.js';
import { WRITES } from './settled.js';

/** The columns of a record that readers see: its own, and when the store took it in. */
const SHOWN: readonly { readonly name: string; readonly type: string }[] = [
  ...COLUMNS,
  { name: 'ingested_at', type: "DateTime64(3, 'UTC')" },
];
const TIMES = SHOWN.filter(({ type }) => type.startsWith('DateTime64')).map(({ name }) => name);

/** IPv4 as people write it, empty for the unknown address. */
export function readableAddress(column: string): string {
  return `if(${column} = toIPv6('::'), '', replaceRegexpOne(toString(${column}), '^::ffff:([0-9]+[.])', '\\\\1'))`;
}

/** SQL for the columns of a record, which the query calls `found`. NOTE: an alias counts more than a column of the same name. */
export const SHOWN_COLUMNS = SHOWN.map(
  ({ name, type }) => `${shownValue(`found.${name}`, type)} AS ${name}`,
).join(', ');

function shownValue(column: string, type: string): string {
  if (type === 'IPv6') return readableAddress(column);
  // JSON has no exact numbers of 64 bits.
  return type === 'UInt64' ? `toString(${column})` : column;
}

/** A row as ClickHouse writes it in JSON. */
export type FoundRow = Readonly<Record<string, FoundValue>> & {
  readonly record_id: string;
  readonly occurred_at: string;
};

/** What only later records tell of a record. */
export interface Later {
  /** Columns of who was identified. */
  readonly actor?: Readonly<Record<string, FoundValue>> | undefined;
  /** How its transaction ended. */
  readonly ended?: string | undefined;
}

/** ClickHouse writes a time in UTC as `2026-11-20 12:00:00.000000000`. */
export function toIsoTimes(row: FoundRow): FoundRow {
  const times = TIMES.map((name) => [name, `${String(row[name]).replace(' ', 'T')}Z`]);
  return { ...row, ...Object.fromEntries(times) } as FoundRow;
}

/** @param row With times in ISO 8601. */
export function toFoundRecord(row: FoundRow, { actor, ended }: Later): FoundRecord {
  const settled = {
    ...row,
    ...actor,
    ...(ended === undefined ? {} : { transaction_outcome: ended }),
  };
  const final = { final_outcome: finalOutcomeOf(settled), actor_late: actor !== undefined };
  return { ...settled, ...final } as FoundRecord;
}

/** NOTE: `finalOutcome` says the same in SQL. */
function finalOutcomeOf(row: FoundRow): string {
  const [outcome, transaction] = [String(row['outcome']), String(row['transaction_outcome'])];
  if (row['category'] !== 'db' || !WRITES.includes(String(row['action']))) return outcome;
  if (outcome === 'failure' || outcome === 'denied') return 'failed';
  if (transaction === 'rolled_back') return 'rolled_back';
  return outcome === 'success' && ['autocommit', 'committed'].includes(transaction) ? 'applied' : 'unknown';
}
