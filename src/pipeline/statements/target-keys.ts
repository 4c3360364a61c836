import type { SqlStatement } from '../../sql/statement.js';
import type { Condition, ValueSource } from '../../sql/values.js';
import type { StatementResult } from '../facts.js';
import { itemsOf } from '../values/plain-data.js';
import { answerColumns, isThere, valueIn } from './returned-values.js';
import { arrayItems, rowIds } from './row-id.js';
import { choose, readingOf } from './key-reading.js';
import type { Candidates, KeyReading } from './key-reading.js';
import type { TableKey } from './table-keys.js';
import { keyTexts } from '../values/value-text.js';
import type { SentValue } from '../values/value-text.js';

/** Rows of a many-row statement whose keys are kept. */
const KEPT_KEYS = 100;

/** Values as they were sent, and the columns of which they are texts, whatever they look like. */
interface Sent {
  readonly parameters: readonly SentValue[];
  readonly texts: readonly string[];
}

export interface TargetKeys {
  readonly ids: readonly string[];
  /** The columns they are of, in the order of their parts. */
  readonly columns: readonly string[];
}

const NO_TEXTS: readonly string[] = Object.freeze([]);

const NONE: TargetKeys = Object.freeze({ ids: [], columns: [] });

/**
 * Keys of the rows a statement is about: what came back counts more than what was sent. The parts of a key of several
 * columns are joined by commas.
 *
 * @param known The key as it was learnt.
 */
export function targetKeys(
  statement: SqlStatement,
  parameters: readonly SentValue[],
  result: StatementResult | undefined,
  known?: TableKey,
): TargetKeys {
  const [table] = statement.tables;
  if (table === undefined) return NONE;
  // NOTE: a hint only counts where the server's word stands beside it.
  const hasWord = statement.isCounted && statement.action !== 'read';
  const reading = readingOf(statement, table, known?.isSure === true || hasWord ? known : undefined);
  const { candidates } = reading;
  const values: Sent = { parameters, texts: known?.texts ?? NO_TEXTS };
  const returned = returnedKeys(candidates, statement, result);
  if (returned.ids.length > 0) return addressedKeys(returned, reading, statement, values);
  const inserted = insertedKeys(reading, statement, values);
  if (inserted.ids.length > 0) return inserted;
  // NOTE: MySQL tells the key that it has counted up, whatever its column is called.
  if (result?.insertedId !== undefined && statement.insertedRowCount === 1) {
    return { ids: [result.insertedId], columns: candidates[0] ?? ['id'] };
  }
  const asked = askedKeys(reading, values);
  return known?.isSure === true || isUnique(asked, statement, result) ? asked : NONE;
}

/** NOTE: values of what only may be a key are none where they find more rows than there are values. */
function isUnique(
  { ids }: TargetKeys,
  { isCounted }: SqlStatement,
  result: StatementResult | undefined,
): boolean {
  return !isCounted || result === undefined || result.rowCount <= ids.length;
}

/** A row whose key an UPDATE changes goes by the key it was addressed with, where that is known. */
function addressedKeys(
  returned: TargetKeys,
  reading: KeyReading,
  statement: SqlStatement,
  sent: Sent,
): TargetKeys {
  const { action, fields, returning } = statement;
  const isChanged =
    action === 'update' && reading.candidates.some((names) => names.some((name) => fields.includes(name)));
  if (!isChanged || returning.some(({ time }) => time === 'old')) return returned;
  const asked = askedKeys(reading, sent);
  return asked.ids.length === returned.ids.length ? asked : returned;
}

function returnedKeys(
  candidates: Candidates,
  statement: SqlStatement,
  result: StatementResult | undefined,
): TargetKeys {
  if (result === undefined || statement.returning.length === 0 || !statement.isCounted) return NONE;
  const rows = itemsOf(result.rows, KEPT_KEYS) ?? [];
  const answer = answerColumns(statement, result).filter((column) => isThere(rows[0], column));
  const columns = choose(candidates, (name) => answer.some(({ column }) => column === name));
  if (columns === undefined) return NONE;
  const ids = rows.flatMap((row) => {
    // NOTE: of a row before and after, the key before counts: it is the one that was known. A new row has none before.
    for (const time of ['old', 'unknown', 'new'] as const) {
      const places = columns.map((name) => answer.find((item) => item.column === name && item.time === time));
      const ids = joined(places.map((place) => (place === undefined ? [] : keyTexts(valueIn(row, place)))));
      if (ids.length > 0) return ids;
    }
    return [];
  });
  return { ids, columns };
}

function insertedKeys(
  { inserted: columns }: KeyReading,
  { insertedRows, conflictColumns }: SqlStatement,
  sent: Sent,
): TargetKeys {
  if (columns === undefined) return NONE;
  // NOTE: an upsert that finds its row by something else may have touched a row with another key.
  if (conflictColumns !== undefined && columns.toSorted().join() !== conflictColumns.toSorted().join())
    return NONE;
  const ids = insertedRows.slice(0, KEPT_KEYS).flatMap((row) => {
    return joined(
      columns.map((name) => {
        const value = row.find(({ column }) => column === name);
        return value === undefined ? NO_TEXTS : resolve(name, value.source, sent);
      }),
    );
  });
  return { ids, columns };
}

function askedKeys({ asked: columns, askedBy }: KeyReading, sent: Sent): TargetKeys {
  if (columns === undefined) return NONE;
  const values = askedBy.map((condition) => askedValues(condition, sent));
  const [only = NO_TEXTS] = values;
  return { ids: values.length === 1 ? only.slice(0, KEPT_KEYS) : joined(values), columns };
}

function askedValues(condition: Condition | undefined, sent: Sent): readonly string[] {
  if (condition === undefined) return NO_TEXTS;
  const { column, sources, isArray } = condition;
  const [first, ...others] = sources;
  if (first !== undefined && others.length === 0) return unique(resolve(column, first, sent, isArray));
  return unique(sources.flatMap((source) => resolve(column, source, sent, isArray)));
}

function unique(texts: readonly string[]): readonly string[] {
  return texts.length < 2 ? texts : [...new Set(texts)];
}

/** One key of its parts, each of which must have exactly one value; none otherwise. */
function joined(parts: readonly (readonly string[])[]): readonly string[] {
  if (parts.length === 1) return parts[0] ?? [];
  return parts.length > 0 && parts.every((values) => values.length === 1) ? [parts.flat().join(',')] : [];
}

/** The value or values of a source: a parameter may be an array (`= ANY($1)`). */
function resolve(
  column: string,
  source: ValueSource,
  { parameters, texts }: Sent,
  isArray = false,
): readonly string[] {
  const value = 'constant' in source ? source.constant : (parameters[source.parameter - 1] ?? null);
  const ids = isArray ? arrayItems(value).flatMap(keyTexts) : keyTexts(value);
  if (texts.includes(column)) return ids;
  return ids.length === 1 ? rowIds(ids[0] as string) : ids.flatMap(rowIds);
}
