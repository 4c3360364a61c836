import { as, isFields, list } from './syntax-tree.js';
import type { Fields } from './syntax-tree.js';
import { agreeing, columnsOf, readSetClause, readSource, rowReference, sameSource } from './values.js';
import type { Assignment, ValueSource } from './values.js';
import type { WriteMeaning } from './writes.js';

/** Rows of one INSERT whose values are kept. */
const KEPT_ROWS = 100;

/** INSERT. With ON CONFLICT DO UPDATE it is a merge: nobody knows which of the two it did. */
export function readInsert(insert: Fields): WriteMeaning {
  const columns = columnsOf(insert['cols']);
  const select = as(insert['selectStmt'], 'SelectStmt');
  const rows = list(select?.['valuesLists']);
  const insertedRows = rows.length > 0 ? readRows(columns, rows) : readSelectedRow(columns, select);
  const inserted = rows.length > 0 ? commonTo(insertedRows) : readSelected(columns, select);
  const conflict = insert['onConflictClause'];
  const meaning = { insertedRows, insertedRowCount: rows.length };
  if (!isFields(conflict) || conflict['action'] !== 'ONCONFLICT_UPDATE') {
    return { ...meaning, fields: columns, assignments: inserted };
  }
  const updated = columnsOf(conflict['targetList']);
  return {
    ...meaning,
    action: 'merge',
    fields: [...new Set([...columns, ...updated])],
    assignments: agreeing([
      { columns, assignments: inserted },
      { columns: updated, assignments: readSetClause(conflict['targetList'], excludedOf(inserted)) },
    ]),
  };
}

/** The rows of `INSERT … (columns) VALUES …`; a value that is computed is left out. */
function readRows(columns: readonly string[], rows: readonly unknown[]): readonly (readonly Assignment[])[] {
  if (columns.length === 0) return [];
  return rows.slice(0, KEPT_ROWS).map((row) => assignAll(columns, list(as(row, 'List')?.['items'])));
}

/** `SELECT $1, 2` without a FROM gives one row. */
function readSelectedRow(
  columns: readonly string[],
  select: Fields | undefined,
): readonly (readonly Assignment[])[] {
  if (select === undefined || select['fromClause'] !== undefined) return [];
  const row = readSelected(columns, select);
  return row.length === 0 ? [] : [row];
}

/** Constants and parameters that a SELECT gives are the same in all of its rows. */
function readSelected(columns: readonly string[], select: Fields | undefined): readonly Assignment[] {
  if (select === undefined || (select['op'] ?? 'SETOP_NONE') !== 'SETOP_NONE') return [];
  const targets = list(select['targetList']).map((item) => as(item, 'ResTarget')?.['val']);
  const isStar = (node: unknown): boolean =>
    list(as(node, 'ColumnRef')?.['fields']).some((part) => as(part, 'A_Star') !== undefined);
  return targets.some(isStar) ? [] : assignAll(columns, targets);
}

function assignAll(columns: readonly string[], values: readonly unknown[]): readonly Assignment[] {
  return columns.flatMap((column, index) => {
    const source = readSource(values[index]);
    return source === undefined ? [] : [{ column, source }];
  });
}

/** What all rows have in common. */
function commonTo(rows: readonly (readonly Assignment[])[]): readonly Assignment[] {
  const [first = [], ...others] = rows;
  return first.filter(({ column, source }) =>
    others.every((row) => row.some((value) => value.column === column && sameSource(value.source, source))),
  );
}

/** `excluded.x` is what would have been inserted. */
function excludedOf(inserted: readonly Assignment[]) {
  return (node: unknown): ValueSource | undefined => {
    const { row, column } = rowReference(node);
    return row === 'excluded' ? inserted.find((value) => value.column === column)?.source : undefined;
  };
}
