import type { SqlStatement } from '../../sql/statement.js';
import type { Assignment, ValueSource } from '../../sql/values.js';
import { valueText } from '../values/value-text.js';
import type { SentValue } from '../values/value-text.js';

/** Rows of a many-row INSERT whose values are kept. */
const KEPT_ROWS = 10;

/**
 * The values that a statement sets. Of an INSERT of many rows, a column that differs from row to row has the values of the
 * first ones as a list in JSON, null where one is not known.
 */
export function newValues(statement: SqlStatement, parameters: readonly SentValue[]): Record<string, string> {
  const { assignments, insertedRowCount } = statement;
  const lists = insertedRowCount > 1 ? listsOf(statement, parameters) : NO_LISTS;
  const values: Record<string, string> = lists.length === 0 ? {} : Object.fromEntries(lists);
  for (const { column, source } of assignments) {
    const text = textOf(source, parameters);
    if (text !== undefined) put(values, column, text);
  }
  return values;
}

const NO_LISTS: readonly never[] = Object.freeze([]);

/** NOTE: by assignment a column that is called `__proto__` would be lost. */
function put(values: Record<string, string>, column: string, value: string): void {
  if (column !== '__proto__') values[column] = value;
  else Object.defineProperty(values, column, { value, enumerable: true, configurable: true, writable: true });
}

function listsOf(
  { assignments, insertedRows, fields, action }: SqlStatement,
  parameters: readonly SentValue[],
): readonly (readonly [string, string])[] {
  // NOTE: an upsert may set something else where a row is there already.
  if (action !== 'create') return [];
  const rows = insertedRows.slice(0, KEPT_ROWS);
  const differing = fields.filter((field) => assignments.every(({ column }) => column !== field));
  return differing.flatMap((field) => {
    const texts = rows.map((row) => valueIn(row, field, parameters));
    return texts.every((text) => text === null) ? [] : [[field, JSON.stringify(texts)] as const];
  });
}

function valueIn(row: readonly Assignment[], field: string, parameters: readonly SentValue[]): string | null {
  const value = row.find(({ column }) => column === field);
  return value === undefined ? null : (textOf(value.source, parameters) ?? null);
}

/** Undefined for a parameter that was not sent, or that is not kept. */
function textOf(source: ValueSource, parameters: readonly SentValue[]): string | undefined {
  if ('constant' in source) return valueText(source.constant);
  return source.parameter > parameters.length ? undefined : valueText(parameters[source.parameter - 1]);
}
