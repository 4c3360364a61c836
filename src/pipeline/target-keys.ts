import type { SqlStatement } from '../sql/statement.js';
import type { ValueSource } from '../sql/values.js';
import type { StatementResult } from './facts.js';
import { dataOf, isPlainArray, itemsOf } from './plain-data.js';
import { keyTexts } from './value-text.js';
import type { SentValue } from './value-text.js';

/** Rows of a many-row statement whose keys are kept. */
const KEPT_KEYS = 100;

/** Keys of the rows a statement is about: what came back counts more than what was sent. */
export function targetKeys(
  statement: SqlStatement,
  parameters: readonly SentValue[],
  result: StatementResult | undefined,
): readonly string[] {
  const [table] = statement.tables;
  if (table === undefined) return [];
  const columns = keyColumns(table);
  const returned = statement.action === 'read' ? [] : returnedKeys(columns, result);
  if (returned.length > 0) return returned;
  const inserted = insertedKeys(columns, statement, parameters);
  return inserted.length > 0 ? inserted : askedKeys(columns, statement, parameters);
}

/**
 * Columns that may name a row: `id`, `order_id` for a table `orders` or `order`, `uuid`; the likeliest first.
 * The application's database is never asked for its keys.
 */
function keyColumns(table: string): readonly string[] {
  const noun = table.slice(table.lastIndexOf('.') + 1);
  const singulars = [noun.replace(/ies$/, 'y'), noun.replace(/s$/, ''), noun.replace(/es$/, '')];
  return ['id', `${noun}_id`, ...singulars.map((singular) => `${singular}_id`), 'uuid'];
}

function returnedKeys(columns: readonly string[], result: StatementResult | undefined): readonly string[] {
  if (result === undefined || result.rows.length === 0) return [];
  const names = result.fields.map((field) => dataOf(field, 'name'));
  const column = columns.find((candidate) => names.includes(candidate));
  if (column === undefined) return [];
  // NOTE: drivers give rows as objects or as lists; of two columns with one name an object keeps the last.
  const at = names.lastIndexOf(column);
  const rows = itemsOf(result.rows, KEPT_KEYS) ?? [];
  return rows.flatMap((row) => keyTexts(dataOf(row, isPlainArray(row) ? at : column)));
}

function insertedKeys(
  columns: readonly string[],
  { insertedRows }: SqlStatement,
  parameters: readonly SentValue[],
): readonly string[] {
  const column = columns.find((candidate) => insertedRows[0]?.some((value) => value.column === candidate));
  const values = insertedRows.slice(0, KEPT_KEYS).map((row) => row.find((value) => value.column === column));
  return values.flatMap((value) => (value === undefined ? [] : resolve(value.source, parameters)));
}

function askedKeys(
  columns: readonly string[],
  { conditions }: SqlStatement,
  parameters: readonly SentValue[],
): readonly string[] {
  const column = columns.find((candidate) => conditions.some((condition) => condition.column === candidate));
  const condition = conditions.find((candidate) => candidate.column === column);
  const keys = (condition?.sources ?? []).flatMap((source) => resolve(source, parameters));
  return keys.slice(0, KEPT_KEYS);
}

/** The value or values of a source: a parameter may be an array (`= ANY($1)`). */
function resolve(source: ValueSource, parameters: readonly SentValue[]): string[] {
  if ('constant' in source) return keyTexts(source.constant);
  return keyTexts(parameters[source.parameter - 1] ?? null);
}
