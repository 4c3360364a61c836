import { as, list, text } from './syntax-tree.js';
import type { Fields } from './syntax-tree.js';

/** One item of a RETURNING list. */
export interface ReturnedColumn {
  /** Its name in the answer; empty for `*` and for what is computed without a name. */
  readonly name: string;
  /** The column of the row it stands for: `*` for all of them, empty for what is computed. */
  readonly column: string;
  /** Whether it is of the row before or after; `row` where the statement leaves that open. */
  readonly of: 'old' | 'new' | 'row';
}

/** What comes back from the rows that an INSERT, UPDATE, DELETE or MERGE writes. */
export function readReturning(write: Fields): readonly ReturnedColumn[] {
  const clause = write['returningClause'] as Fields | undefined;
  const exprs = list(clause?.['exprs']);
  if (exprs.length === 0) return [];
  const names = rowNames(write['relation'] as Fields | undefined, list(clause?.['options']));
  return exprs.map((item) => readItem(as(item, 'ResTarget'), names));
}

/** By what the rows go in the list: `old`, `new`, or as `WITH (OLD AS …)` says, and the table's own name. */
function rowNames(
  relation: Fields | undefined,
  options: readonly unknown[],
): Map<string, ReturnedColumn['of']> {
  const names = new Map<string, ReturnedColumn['of']>([
    ['old', 'old'],
    ['new', 'new'],
  ]);
  for (const item of options) {
    const option = as(item, 'ReturningOption');
    const isOld = option?.['option'] === 'RETURNING_OPTION_OLD';
    names.set(text(option?.['value']), isOld ? 'old' : 'new');
  }
  const alias = text((relation?.['alias'] as Fields | undefined)?.['aliasname']);
  names.set(alias || text(relation?.['relname']), 'row');
  return names;
}

function readItem(
  target: Fields | undefined,
  names: ReadonlyMap<string, ReturnedColumn['of']>,
): ReturnedColumn {
  const given = text(target?.['name']);
  const parts = list(as(target?.['val'], 'ColumnRef')?.['fields']);
  const last = parts.at(-1);
  const column = as(last, 'A_Star') === undefined ? text(as(last, 'String')?.['sval']) : '*';
  const owner = parts.length > 1 ? names.get(text(as(parts.at(-2), 'String')?.['sval'])) : 'row';
  const name = given || (column === '*' ? '' : column);
  return owner === undefined ? { name, column: '', of: 'row' } : { name, column, of: owner };
}
