import { as, isFields, list, text, walk } from './syntax-tree.js';
import type { Fields } from './syntax-tree.js';

/** Whether a returned row is as it was before, or as it is now. A MERGE leaves that open. */
type Time = 'old' | 'new' | 'unknown';

/** One item of a RETURNING list. */
export interface ReturnedColumn {
  /** The column of the written row that it is: `*` for all of them, empty for what is computed or of another table. */
  readonly column: string;
  readonly time: Time;
}

/** Where other tables may stand. */
const SOURCES = ['fromClause', 'usingClause', 'sourceRelation'];

const TIMES: Readonly<Record<string, Time>> = { InsertStmt: 'new', UpdateStmt: 'new', DeleteStmt: 'old' };

/** What comes back from the rows that an INSERT, UPDATE, DELETE or MERGE writes; empty also where that cannot be told. */
export function readReturning(tag: string, write: Fields): readonly ReturnedColumn[] {
  const clause = write['returningClause'];
  if (!isFields(clause)) return [];
  const rows = rowNames(write, list(clause['options']), TIMES[tag] ?? 'unknown');
  const columns = list(clause['exprs']).map((item) => readItem(as(item, 'ResTarget')?.['val'], rows));
  // NOTE: nobody knows how many columns the `*` of another table has.
  return columns.some((column) => column === undefined)
    ? []
    : columns.filter((column) => column !== undefined);
}

/** By what the rows go in the list; the empty name is there where a column need not say whose it is. */
function rowNames(write: Fields, options: readonly unknown[], time: Time): ReadonlyMap<string, Time> {
  const names = new Map<string, Time>();
  const sources = SOURCES.map((name) => write[name]);
  const taken = aliasesIn(sources);
  // NOTE: a table that is called so takes the name; before PostgreSQL 18 that was a custom.
  for (const own of ['old', 'new'] as const) if (!taken.has(own)) names.set(own, own);
  for (const item of options) {
    const option = as(item, 'ReturningOption');
    names.set(text(option?.['value']), option?.['option'] === 'RETURNING_OPTION_OLD' ? 'old' : 'new');
  }
  const relation = isFields(write['relation']) ? write['relation'] : {};
  const alias = isFields(relation['alias']) ? text(relation['alias']['aliasname']) : '';
  names.set(alias || text(relation['relname']), time);
  if (sources.every((source) => source === undefined)) names.set('', time);
  return names;
}

/** Names of tables and all else that rows are taken from. */
function aliasesIn(sources: readonly unknown[]): ReadonlySet<string> {
  const names = new Set<string>();
  const add = ({ alias, relname }: Fields): void => {
    names.add((isFields(alias) ? text(alias['aliasname']) : '') || text(relname));
  };
  walk(sources, (_tag, fields) => add(fields));
  return names;
}

function readItem(node: unknown, rows: ReadonlyMap<string, Time>): ReturnedColumn | undefined {
  const parts = list(as(node, 'ColumnRef')?.['fields']);
  const last = parts.at(-1);
  const isStar = as(last, 'A_Star') !== undefined;
  const time = rows.get(text(as(parts.at(-2), 'String')?.['sval']));
  if (last === undefined || time === undefined) return isStar ? undefined : { column: '', time: 'unknown' };
  return { column: isStar ? '*' : text(as(last, 'String')?.['sval']), time };
}
