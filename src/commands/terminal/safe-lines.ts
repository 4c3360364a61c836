import { Buffer } from 'node:buffer';
import { safeJsonText, safeText } from './safe-text.js';

/** What stands between the ends of the records: in CSV a line break inside of quotes is part of a value. */
const CSV_PARTS = /"[^"]*"|[^"\r\n]+/g;

/** Whole lines of an export as a terminal may show them, made safe as the same formats of `query` are. */
export function safeLines(bytes: Uint8Array, isCsv: boolean): Buffer {
  const text = Buffer.from(bytes).toString();
  // A terminal adds the carriage return by itself.
  const shown = isCsv ? text.replace(CSV_PARTS, safeText).replaceAll('\r\n', '\n') : safeJsonText(text);
  return Buffer.from(shown);
}
