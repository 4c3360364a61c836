import { as, isFields, list, text } from './syntax-tree.js';
import type { Fields } from './syntax-tree.js';
import { agreeing, assignAll, columnsOf, placesOf, readSetClause, rowReference } from './values.js';
import type { Assignment, ValueSource } from './values.js';
import type { WriteMeaning } from './writes.js';

/** Rows of one INSERT whose values are kept. */
const KEPT_ROWS = 100;

type Places = ReturnType<typeof placesOf>;

/** INSERT. With ON CONFLICT DO UPDATE it is a merge: nobody knows which of the two it did. */
export function readInsert(insert: Fields): WriteMeaning {
  const columns = columnsOf(insert['cols']);
  // NOTE: what is given for an identity column is then thrown away, and nobody knows which one that is.
  const isOverridden = insert['override'] === 'OVERRIDING_USER_VALUE';
  const places = isOverridden ? [] : placesOf(insert['cols']);
  const select = as(insert['selectStmt'], 'SelectStmt');
  const rows = list(select?.['valuesLists']);
  const allRows = rows.length > 0 ? readRows(places, rows) : readSelectedRow(places, select);
  const inserted = rows.length > 0 ? commonTo(allRows) : readSelected(places, select);
  const conflict = insert['onConflictClause'];
  const meaning = { insertedRows: allRows.slice(0, KEPT_ROWS), insertedRowCount: rows.length };
  if (!isFields(conflict) || conflict['action'] !== 'ONCONFLICT_UPDATE') {
    return { ...meaning, fields: columns, assignments: inserted };
  }
  const updated = columnsOf(conflict['targetList']);
  return {
    ...meaning,
    action: 'merge',
    conflictColumns: conflictColumns(conflict),
    fields: [...new Set([...columns, ...updated])],
    assignments: agreeing([
      { assignments: inserted },
      { assignments: readSetClause(conflict['targetList'], excludedOf(inserted)) },
    ]),
  };
}

/** The rows of `INSERT … (columns) VALUES …`; a value that is computed is left out. */
function readRows(places: Places, rows: readonly unknown[]): readonly (readonly Assignment[])[] {
  if (places.length === 0) return [];
  return rows.map((row) => assignAll(places, list(as(row, 'List')?.['items'])));
}

/** `SELECT $1, 2` without a FROM gives one row. */
function readSelectedRow(places: Places, select: Fields | undefined): readonly (readonly Assignment[])[] {
  if (select === undefined || select['fromClause'] !== undefined) return [];
  const row = readSelected(places, select);
  return row.length === 0 ? [] : [row];
}

/** Constants and parameters that a SELECT gives are the same in all of its rows. */
function readSelected(places: Places, select: Fields | undefined): readonly Assignment[] {
  if (select === undefined || (select['op'] ?? 'SETOP_NONE') !== 'SETOP_NONE') return [];
  return assignAll(
    places,
    list(select['targetList']).map((item) => as(item, 'ResTarget')?.['val']),
  );
}

/** What all rows have in common. */
function commonTo(rows: readonly (readonly Assignment[])[]): readonly Assignment[] {
  return agreeing(rows.map((assignments) => ({ assignments })));
}

/** Columns by which ON CONFLICT finds the row that is there; none where it names a constraint or an expression. */
export function conflictColumns(clause: unknown): readonly string[] {
  const infer = isFields(clause) ? clause['infer'] : undefined;
  // NOTE: an index on an expression, or on a part of the rows, is no key.
  if (!isFields(infer) || infer['whereClause'] !== undefined) return [];
  const columns = list(infer['indexElems']).map((item) => text(as(item, 'IndexElem')?.['name']));
  return columns.includes('') ? [] : columns;
}

/** `excluded.x` is what would have been inserted. */
function excludedOf(inserted: readonly Assignment[]) {
  return (node: unknown): ValueSource | undefined => {
    const { row, column } = rowReference(node);
    return row === 'excluded' ? inserted.find((value) => value.column === column)?.source : undefined;
  };
}
