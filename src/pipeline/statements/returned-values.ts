import type { SqlStatement } from '../../sql/statement.js';
import type { StatementResult } from '../facts.js';
import { JsonRoom, jsonValue } from '../values/json-value.js';
import { dataOf, isPlainArray, itemsOf, lengthOf } from '../values/plain-data.js';
import { keep, valueText } from '../values/value-text.js';

/** Rows that are kept of an answer, and characters of one row and of all of them. */
const KEPT_ROWS = 100;
const ROW_CHARACTERS = 8_192;
const ANSWER_CHARACTERS = 65_536;
/** Columns of an answer whose meaning is remembered with the statement. */
const REMEMBERED_COLUMNS = 64;

/** One column of an answer to RETURNING: the column of the table it is, in the row before or after. */
export interface AnswerColumn {
  readonly name: string;
  /** Empty for what is computed, or of another table. */
  readonly column: string;
  readonly time: 'old' | 'new' | 'unknown';
  /** Its place, for rows that are lists. */
  readonly at: number;
  /** Whether a row that is an object still has it: of several columns with one name it keeps the last. */
  readonly isKept: boolean;
}

/** What came back of the rows that a statement wrote. */
export interface ReturnedValues {
  /** Of a single row as it was before. */
  readonly old: Readonly<Record<string, string>>;
  /** Of a single row as it is now. */
  readonly new: Readonly<Record<string, string>>;
  /** The first rows as JSON, one text a row. */
  readonly rows: readonly string[];
  /** Whether there were more of them, or more in one of them. */
  readonly isCut: boolean;
}

const NOTHING: ReturnedValues = Object.freeze({ old: {}, new: {}, rows: [], isCut: false });

/** What a statement brought back: rows of a SELECT, or of what RETURNING names. Runs no code of the application. */
export function returnedValues(statement: SqlStatement, result: StatementResult | undefined): ReturnedValues {
  if (result === undefined || !statement.isCounted) return NOTHING;
  const rows = itemsOf(result.rows, KEPT_ROWS) ?? [];
  const columns = answerColumns(statement, result);
  if (rows.length === 0) return NOTHING;
  const [row] = rows;
  const isSingle = rows.length === 1 && result.rowCount === 1;
  return {
    old: isSingle ? valuesOf(row, columns, 'old') : {},
    new: isSingle ? valuesOf(row, columns, 'new') : {},
    ...rowTexts(rows, columns, lengthOf(result.rows)),
  };
}

function rowTexts(
  rows: readonly unknown[],
  columns: readonly AnswerColumn[],
  count: number,
): Pick<ReturnedValues, 'rows' | 'isCut'> {
  const texts: string[] = [];
  const labels = labelsOf(columns, rows[0]);
  let isCut = rows.length < count;
  let characters = 0;
  for (const row of rows) {
    const room = new JsonRoom(ROW_CHARACTERS + 1);
    const whole = rowText(row, labels, room);
    const text = keep(whole, ROW_CHARACTERS);
    characters += text.length;
    isCut ||= room.isSpent || text.length < whole.length;
    if (characters > ANSWER_CHARACTERS) return { rows: texts, isCut: true };
    texts.push(text);
  }
  return { rows: texts, isCut };
}

/** What the columns of a statement's latest answer were. */
interface AnswerReading {
  /** NOTE: copies of a statement have its properties and another meaning. */
  readonly of: SqlStatement;
  readonly names: readonly unknown[];
  readonly columns: readonly AnswerColumn[];
}

/** NOTE: on the statement it is found out once for each distinct text, as long as its answers have the same columns. */
const READING = Symbol('audit-register.answer-reading');

/** What each column of the answer is. */
export function answerColumns(
  statement: SqlStatement & { [READING]?: AnswerReading },
  result: StatementResult,
): readonly AnswerColumn[] {
  const names = result.fields.map((field) => dataOf(field, 'name'));
  const reading = statement[READING];
  if (reading?.of === statement && areSame(reading.names, names)) return reading.columns;
  const columns = readColumns(statement, names);
  const isUsual = names.length <= REMEMBERED_COLUMNS && names.every((name) => typeof name === 'string');
  if (isUsual) statement[READING] = { of: statement, names, columns };
  return columns;
}

function areSame(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((name, at) => name === others[at]);
}

/** Stars take what the other items leave, in equal parts: they are of one table. */
function readColumns(statement: SqlStatement, names: readonly unknown[]): readonly AnswerColumn[] {
  const stars = statement.returning.filter(({ column }) => column === '*').length;
  const others = statement.returning.length - stars;
  const width = stars === 0 ? 0 : (names.length - others) / stars;
  const meanings =
    Number.isInteger(width) && width >= 0
      ? statement.returning.flatMap((item) =>
          item.column === '*'
            ? Array<undefined>(width)
                .fill(undefined)
                .map(() => item)
            : [item],
        )
      : [];
  return names.flatMap((name, at) => {
    if (typeof name !== 'string') return [];
    const { column = '', time = 'unknown' } = meanings.length === names.length ? (meanings[at] ?? {}) : {};
    const isKept = names.lastIndexOf(name) === at;
    return [{ name, column: column === '*' ? name : column, time, at, isKept }];
  });
}

/** The value of a column in a row, whichever way the driver made it. */
export function valueIn(row: unknown, { name, at }: AnswerColumn): unknown {
  return dataOf(row, isPlainArray(row) ? at : name);
}

/** Whether a row, as the driver made it, still has a column. */
export function isThere(row: unknown, { isKept }: AnswerColumn): boolean {
  return isKept || isPlainArray(row);
}

function valuesOf(
  row: unknown,
  columns: readonly AnswerColumn[],
  time: 'old' | 'new',
): Record<string, string> {
  const meant = columns.filter(
    (column) => column.time === time && column.column !== '' && isThere(row, column),
  );
  // NOTE: a column may be called `__proto__`.
  return Object.fromEntries(meant.map((column) => [column.column, valueText(valueIn(row, column))]));
}

type Label = readonly [name: string, column: AnswerColumn];

function rowText(row: unknown, labels: readonly Label[], room: JsonRoom): string {
  const members: (readonly [string, unknown])[] = [];
  for (const [name, column] of labels) {
    if (room.isSpent || !room.takes(name)) break;
    members.push([name, jsonValue(valueIn(row, column), room)]);
  }
  return JSON.stringify(Object.fromEntries(members));
}

/** What the columns are called in the texts of the rows, which all have the form of the first one. */
function labelsOf(columns: readonly AnswerColumn[], row: unknown): readonly Label[] {
  const there = columns.filter((column) => isThere(row, column));
  const counts = new Map<string, number>();
  for (const { name } of there) counts.set(name, (counts.get(name) ?? 0) + 1);
  // NOTE: `old.a` and `new.a` both come back as `a`.
  return there.map((column) => {
    const isTwice = (counts.get(column.name) ?? 0) > 1;
    return [isTwice && column.time !== 'unknown' ? `${column.time}.${column.name}` : column.name, column];
  });
}
