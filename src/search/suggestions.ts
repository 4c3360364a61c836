import { COLUMNS } from '../record/columns.js';
import type { Ask } from './ask.js';
import { isList } from './comparison.js';
import { conditionOf } from './condition.js';
import { SearchError } from './errors.js';
import { fieldNamed } from './fields.js';
import type { Field } from './fields.js';
import { readableAddress } from './found-record.js';
import type { Search } from './search.js';
import { LATE_COLUMNS, SETTLED_NAMES, settledRecords } from './settled.js';
import { quoteName } from '../store/migrations.js';

/** A value of a field, and in how many records it is. */
export interface Suggestion {
  readonly value: string;
  readonly count: number;
}

const MOST_SUGGESTIONS = 100;
/** Counts are a hint, not worth to read a whole register for. */
const MOST_ROWS = 2_000_000;
const MOST_CHARACTERS = 200;

/** Values of a field that begin so, the most frequent first; `new.` and the like suggest names of entries. */
export async function readSuggestions(
  ask: Ask,
  database: string,
  { field: named, prefix, search, limit }: { field: string; prefix: string; search: Search; limit: number },
  signal?: AbortSignal,
): Promise<readonly Suggestion[]> {
  const [name = '', ...rest] = named.split('.');
  const field = fieldNamed(name);
  if (field.kind === 'time' || field.kind === 'boolean') return [];
  const { sql, parameters, period } = conditionWhileTyping(search, database);
  const values = field.kind === 'map' ? mapValues(field, rest) : fieldValues(field);
  const rows = isSettledLater(field)
    ? settledRecords(database, sql, period)
    : `SELECT * FROM ${quoteName(database)}.unique_records WHERE ${sql}`;
  return await ask<Suggestion>(
    `SELECT value, toUInt32(count()) AS count
     FROM (SELECT arrayJoin(arrayDistinct(${values})) AS value FROM (${rows} LIMIT ${MOST_ROWS}))
     WHERE value NOT IN ('', '0', '00000000-0000-0000-0000-000000000000') AND startsWithUTF8(lowerUTF8(value), lowerUTF8({prefix:String})) AND length(value) <= ${MOST_CHARACTERS}
     GROUP BY value
     ORDER BY count DESC, value
     LIMIT {limit:UInt32}`,
    { ...parameters, prefix, key: rest.join('.'), limit: Math.max(1, Math.min(limit, MOST_SUGGESTIONS)) },
    signal,
  );
}

/** What is half written yet narrows nothing down. */
function conditionWhileTyping(search: Search, database: string): ReturnType<typeof conditionOf> {
  try {
    return conditionOf(search, database);
  } catch (error) {
    if (!(error instanceof SearchError)) throw error;
    return conditionOf({ ...search, text: '' }, database);
  }
}

/** The others are read as they stand, which is cheaper. */
function isSettledLater({ expressions }: Field): boolean {
  return expressions.some((name) => LATE_COLUMNS.includes(name) || SETTLED_NAMES.includes(name));
}

function fieldValues({ kind, expressions }: Field): string {
  if (kind === 'row') {
    return "arrayMap(key -> concat(target_type, '/', key), arrayFilter(key -> key != '', arrayPushBack(target_ids, target_id)))";
  }
  return `arrayConcat(${expressions.map(textsOf).join(', ')})`;
}

function mapValues({ expressions: [map] }: Field, key: readonly string[]): string {
  return key.length === 0 ? `arrayMap(name -> toString(name), mapKeys(${map}))` : `[${map}[{key:String}]]`;
}

function textsOf(expression: string): string {
  if (isList(expression)) return `arrayMap(item -> toString(item), ${expression})`;
  const type = COLUMNS.find(({ name }) => name === expression)?.type;
  return `[${type === 'IPv6' ? readableAddress(expression) : `toString(${expression})`}]`;
}
