import { COLUMNS } from '../record/columns.js';
import type { FoundRecord, FoundValue } from './search.js';

/** What a line has: the columns of the register in their order, when the store took the record in, and what is settled later. */
const CSV_COLUMNS: readonly string[] = [
  ...COLUMNS.map(({ name }) => name),
  'ingested_at',
  'final_outcome',
  'actor_late',
];

const LINE_END = '\r\n';

/**
 * Where a spreadsheet could find the beginning of a formula, in plain and in full width: at the beginning of a value, where a
 * line break in front hides it from the eye, and inside of it behind what another spreadsheet takes for the end of a cell (a
 * semicolon, a tab, a line break). Spaces and quotes in between do not help everywhere. Source: OWASP, CSV Injection.
 */
const BEGINS = /^(?:['\t\r\n]|[ "]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/;
const BEGINS_INSIDE = /[;\t\r\n](?='|[ "]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g;
const NEEDS_QUOTES = /[",;\r\n\t]|^\s|\s$/;

/** The names of the columns, with the end of the line. */
export function csvHeader(): string {
  return CSV_COLUMNS.join(',') + LINE_END;
}

/** A record as RFC 4180 has it, with the end of the line. Lists and maps stand as JSON. */
export function csvLine(record: FoundRecord): string {
  return CSV_COLUMNS.map((name) => csvCell(record[name])).join(',') + LINE_END;
}

/**
 * One cell. In front of what could be a formula stands an apostrophe, and where one stands already one more: so whoever takes one
 * away at the beginning of every cell, and behind every semicolon, tab and line break, has the values as they were.
 */
export function csvCell(value: FoundValue | undefined): string {
  const text = textOf(value);
  const inside = text.replace(BEGINS_INSIDE, "$&'");
  const safe = BEGINS.test(text) ? `'${inside}` : inside;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function textOf(value: FoundValue | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
