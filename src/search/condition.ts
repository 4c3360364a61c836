import { nearest } from '../config/nearest.js';
import {
  compareAddress,
  compareBoolean,
  compareDuration,
  compareId,
  compareMap,
  compareMapEntry,
  compareNumber,
  compareTable,
  compareText,
  compareTime,
  compareWord,
} from './comparison.js';
import type { Comparison } from './comparison.js';
import { SearchError } from './errors.js';
import { parseSearch } from './expression.js';
import type { Term, Value } from './expression.js';
import type { Field } from './fields.js';
import { BoundParameters } from './parameters.js';
import { timeSpan } from './quantities.js';
import type { Search } from './search.js';
import { LATE_COLUMNS, SettledExpressions } from './settled.js';
import type { RowPeriod } from './settled.js';

/** A condition on rows of `unique_records`, and the values that it binds. */
export interface Condition {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** With the period that it keeps to, which binds the same values: what settles its rows need not be looked for elsewhere. */
export interface PeriodCondition extends Condition {
  readonly period: RowPeriod;
}

/** ClickHouse takes 128 KiB for a query that comes with many values; this leaves room for what stands around the condition. */
const MOST_SQL_CHARACTERS = 115_000;

/** Where a free word is looked for. */
const WORD_EXPRESSIONS: readonly string[] = [
  'db_statement',
  'http_route',
  'target_type',
  'error_type',
  'action',
  'url_path',
  'target_id',
  'target_ids',
  'error_message',
  'actor_id',
  'actor_name',
];

/**
 * What a search asks of a record.
 *
 * @param database Where the views are that tell what is settled later.
 * @throws SearchError
 */
export function conditionOf(search: Search, database: string): PeriodCondition {
  const parameters = new BoundParameters('search');
  const period = periodOf(search, parameters);
  const settled = new SettledExpressions(database, period);
  let sql = period.isWithin('occurred_at');
  for (const term of parseSearch(search.text)) {
    sql += ` AND ${termCondition(term, settled, parameters)}`;
    if (sql.length > MOST_SQL_CHARACTERS) {
      throw new SearchError(
        'This search is too long: leave out words or values from here on.',
        term.position,
      );
    }
  }
  return { sql, parameters: parameters.values, period };
}

function periodOf({ from, to }: Search, parameters: BoundParameters): RowPeriod {
  const bound = (operator: string, text: string): ((column: string) => string) => {
    if (text === '') return () => '1';
    const nanos = parameters.add('Int64', String(timeSpan(text, 0).from));
    return (column) => `${column} ${operator} fromUnixTimestamp64Nano(${nanos}, 'UTC')`;
  };
  const [isBegun, isNotOver] = [bound('>=', from), bound('<', to)];
  return { isBegun, isWithin: (column) => `${isBegun(column)} AND ${isNotOver(column)}` };
}

function termCondition(term: Term, settled: SettledExpressions, parameters: BoundParameters): string {
  const alternatives = term.values.map((value) => valueCondition(term, value, settled, parameters));
  const condition = `(${alternatives.join(' OR ')})`;
  return term.isExcluded ? `NOT ${condition}` : condition;
}

function valueCondition(
  { field, key }: Term,
  value: Value,
  settled: SettledExpressions,
  parameters: BoundParameters,
): string {
  if (field === undefined) return anyOf(WORD_EXPRESSIONS, compareWord, value, settled, parameters);
  if (field.kind === 'row') return rowCondition(value, parameters);
  const compare = key === undefined ? COMPARISONS[field.kind] : compareMapEntry(key);
  const meant = field.kind === 'choice' ? chosen(field, value) : value;
  return anyOf(field.expressions, compare, meant, settled, parameters);
}

const COMPARISONS: Readonly<Record<Exclude<Field['kind'], 'row'>, Comparison>> = {
  text: compareText,
  choice: compareText,
  list: compareText,
  map: compareMap,
  table: compareTable,
  id: compareId,
  number: compareNumber,
  duration: compareDuration,
  time: compareTime,
  address: compareAddress,
  boolean: compareBoolean,
};

/** Any of the expressions will do; nothing (`field:""`) means that all of them are empty. */
function anyOf(
  expressions: readonly string[],
  compare: Comparison,
  value: Value,
  settled: SettledExpressions,
  parameters: BoundParameters,
): string {
  const conditionsOn = (some: readonly string[]): string =>
    some
      .map((name) => compare(settled.named(name), value, parameters))
      .join(value.text === '' ? ' AND ' : ' OR ');
  const own = expressions.filter((name) => !LATE_COLUMNS.includes(name));
  const late = expressions.filter((name) => LATE_COLUMNS.includes(name));
  const parts = [
    ...(own.length === 0 ? [] : [conditionsOn(own)]),
    ...(late.length === 0 ? [] : [settled.byActor(conditionsOn(late))]),
  ];
  return parts.length === 1 ? `(${parts[0]})` : `(${parts.join(' OR ')})`;
}

/** A fixed value in any case, or by another word for it. */
function chosen(field: Field, value: Value): Value {
  const word = value.text.toLowerCase();
  const { synonyms = {} } = field;
  const text = (Object.hasOwn(synonyms, word) ? synonyms[word] : undefined) ?? word;
  const values = field.values ?? [];
  if (values.includes(text) || text === '' || text.includes('*')) return { ...value, text };
  const meant = nearest(word, values);
  const advice = meant === undefined ? ` one of ${values.join(', ')}` : ` did you mean ${meant}?`;
  throw new SearchError(`${field.name} is never ${value.text}:${advice}`, value.position);
}

/** NOTE: a key may hold a slash, the name of a table hardly does. */
function rowCondition(value: Value, parameters: BoundParameters): string {
  const slash = value.text.indexOf('/');
  if (slash < 1 || slash === value.text.length - 1) {
    throw new SearchError(`${value.text} is no row: write row:orders/1042.`, value.position);
  }
  const table = { ...value, text: value.text.slice(0, slash) };
  return isRow(table, { ...value, text: value.text.slice(slash + 1) }, parameters);
}

/** What statements on one row have, whether they name its table with or without schema. */
export function objectCondition(table: string, key: string): Condition {
  const parameters = new BoundParameters('object');
  const exactly = (text: string): Value => ({ text, isQuoted: true, position: 0 });
  return { sql: isRow(exactly(table), exactly(key), parameters), parameters: parameters.values };
}

function isRow(table: Value, key: Value, parameters: BoundParameters): string {
  return `(${compareTable('target_type', table, parameters)} AND (${hasKey(key, parameters)}))`;
}

/** NOTE: of an exact key by the very expression that the table has an index on: no index serves an OR of two columns. */
function hasKey(key: Value, parameters: BoundParameters): string {
  if (key.isQuoted || !key.text.includes('*')) {
    return `has(arrayPushBack(target_ids, target_id), ${parameters.add('String', key.text)})`;
  }
  return `${compareText('target_id', key, parameters)} OR ${compareText('target_ids', key, parameters)}`;
}
