import type { SqlStatement } from '../../sql/statement.js';
import type { ValueSource } from '../../sql/values.js';
import type { StatementResult } from '../facts.js';
import { itemsOf } from '../values/plain-data.js';
import { answerColumns, isThere, valueIn } from './returned-values.js';
import type { TableKey } from './table-keys.js';
import { keyTexts } from '../values/value-text.js';
import type { SentValue } from '../values/value-text.js';

/** Rows of a many-row statement whose keys are kept. */
const KEPT_KEYS = 100;

/** Columns that may be the key, all of them together. */
type Candidate = readonly string[];
type Candidates = readonly Candidate[];

export interface TargetKeys {
  readonly ids: readonly string[];
  /** The columns they are of, in the order of their parts. */
  readonly columns: readonly string[];
}

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
  const candidates = candidatesOf(table, known);
  const returned = returnedKeys(candidates, statement, result);
  if (returned.ids.length > 0) return returned;
  const inserted = insertedKeys(candidates, statement, parameters);
  return inserted.ids.length > 0 ? inserted : askedKeys(candidates, statement, parameters);
}

/**
 * The key that is sure. Without one, columns that may name a row: `id`, `order_id` for a table `orders` or `order`, `uuid`,
 * the likeliest first; then what was only hinted at.
 */
function candidatesOf(table: string, known: TableKey | undefined): Candidates {
  if (known?.isSure === true) return [known.columns];
  const noun = table.slice(table.lastIndexOf('.') + 1);
  const singulars = [noun.replace(/ies$/, 'y'), noun.replace(/s$/, ''), noun.replace(/es$/, '')];
  const names = ['id', `${noun}_id`, ...singulars.map((singular) => `${singular}_id`), 'uuid'];
  const byName = names.map((name) => [name]);
  return known === undefined ? byName : [...byName, known.columns];
}

/** The first candidate of which every column is there. */
function choose(candidates: Candidates, isThereColumn: (column: string) => boolean): Candidate | undefined {
  return candidates.find((columns) => columns.every(isThereColumn));
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
  // NOTE: of a row before and after, the key after counts.
  const places = columns.map((name) => answer.findLast(({ column }) => column === name));
  const ids = rows.flatMap((row) => {
    return joined(places.map((place) => (place === undefined ? [] : keyTexts(valueIn(row, place)))));
  });
  return { ids, columns };
}

function insertedKeys(
  candidates: Candidates,
  { insertedRows }: SqlStatement,
  parameters: readonly SentValue[],
): TargetKeys {
  const columns = choose(
    candidates,
    (name) => insertedRows[0]?.some(({ column }) => column === name) ?? false,
  );
  if (columns === undefined) return NONE;
  const ids = insertedRows.slice(0, KEPT_KEYS).flatMap((row) => {
    return joined(
      columns.map((name) => {
        const value = row.find(({ column }) => column === name);
        return value === undefined ? [] : resolve(value.source, parameters);
      }),
    );
  });
  return { ids, columns };
}

function askedKeys(
  candidates: Candidates,
  { conditions }: SqlStatement,
  parameters: readonly SentValue[],
): TargetKeys {
  const columns = choose(candidates, (name) => conditions.some(({ column }) => column === name));
  if (columns === undefined) return NONE;
  const values = columns.map((name) => {
    const condition = conditions.find(({ column }) => column === name);
    return (condition?.sources ?? []).flatMap((source) => resolve(source, parameters));
  });
  const [only = []] = values;
  return { ids: values.length === 1 ? only.slice(0, KEPT_KEYS) : joined(values), columns };
}

/** One key of its parts, each of which must have exactly one value; none otherwise. */
function joined(parts: readonly (readonly string[])[]): readonly string[] {
  if (parts.length === 1) return parts[0] ?? [];
  return parts.length > 0 && parts.every((values) => values.length === 1) ? [parts.flat().join(',')] : [];
}

/** The value or values of a source: a parameter may be an array (`= ANY($1)`). */
function resolve(source: ValueSource, parameters: readonly SentValue[]): readonly string[] {
  if ('constant' in source) return keyTexts(source.constant);
  return keyTexts(parameters[source.parameter - 1] ?? null);
}
