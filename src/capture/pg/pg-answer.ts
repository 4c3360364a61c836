import type { ErrorFacts, StatementResult } from '../../pipeline/facts.js';
import { dataOf, itemsOf, lengthOf } from '../../pipeline/values/plain-data.js';
import { keep } from '../../pipeline/values/value-text.js';

/** Rows of an answer that are looked at. */
const ROWS = 256;

/** Characters of a message that are kept: more than a record holds, so that its limits see what they cut. */
const MESSAGE_CHARACTERS = 4_096;

const NO_ITEMS: readonly never[] = Object.freeze([]);

export const NO_ANSWER: StatementResult = Object.freeze({
  command: '',
  rowCount: 0,
  rows: NO_ITEMS,
  fields: NO_ITEMS,
});

/** Fields of PostgreSQL's errors that are kept beside code and message. */
const DETAILS = ['detail', 'schema', 'table', 'column', 'constraint'] as const;

/**
 * pg's Result, or a list of them for a text of several statements.
 * NOTE: a query class of the application may answer with anything.
 */
export function readResults(answer: unknown): StatementResult[] {
  return itemsOf(answer, lengthOf(answer))?.map(readResult) ?? [readResult(answer)];
}

function readResult(result: unknown): StatementResult {
  const command = dataOf(result, 'command');
  const rowCount = dataOf(result, 'rowCount');
  return {
    command: typeof command === 'string' ? command : '',
    rowCount: typeof rowCount === 'number' ? rowCount : 0,
    rows: listOf(dataOf(result, 'rows')),
    fields: listOf(dataOf(result, 'fields')) as StatementResult['fields'],
  };
}

/** One statement of a cursor, a stream or a COPY, by PostgreSQL's command tag, such as `INSERT 0 3`. */
export function readTag(tag: unknown): StatementResult {
  const words = typeof tag === 'string' ? tag.split(' ') : [''];
  return { ...NO_ANSWER, command: words[0] as string, rowCount: Number(words.at(-1)) || 0 };
}

/** NOTE: pg's own rows are not copied; of any other list it is not known what reading it would run. */
function listOf(value: unknown): readonly unknown[] {
  const isPlain = lengthOf(value) > 0 && Object.getPrototypeOf(value) === Array.prototype;
  return isPlain ? (value as unknown[]) : (itemsOf(value, ROWS) ?? NO_ITEMS);
}

/** What an application may read of an error, read without its code: anything may be thrown, with getters that throw. */
export function readError(error: unknown): ErrorFacts {
  const message = typeof error === 'object' ? textIn(error, 'message') : plainText(error);
  const details = DETAILS.map((name) => [name, textIn(error, name)] as const);
  return {
    type: textIn(error, 'code') ?? textIn(error, 'name') ?? 'error',
    message: message ?? '',
    ...Object.fromEntries(details.filter(([, text]) => text !== undefined)),
  };
}

function textIn(error: unknown, name: string): string | undefined {
  return plainText(dataOf(error, name));
}

function plainText(value: unknown): string | undefined {
  const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
  return isPlain ? keep(String(value), MESSAGE_CHARACTERS) : undefined;
}
