import { ArrayLiteral } from '../values/value-text.js';
import type { SentValue } from '../values/value-text.js';

/** PostgreSQL takes braces, capitals, and hyphens behind any four digits. */
const UUID = /^(?:\{([^{}]+)\}|([^{}]+))$/;
const UUID_DIGITS = /^[0-9a-f]{4}(?:-?[0-9a-f]{4}){7}$/i;
/** Spaces, sign, then digits of base 10, 16, 8 or 2 with single underscores between them. */
const INTEGER =
  /^[ \t\n\v\f\r]*([+-]?)(0x(?:_?[0-9a-f])+|0o(?:_?[0-7])+|0b(?:_?[01])+|[0-9]+(?:_[0-9]+)*)[ \t\n\v\f\r]*$/i;
const PLAIN_INTEGER = /^(?:0|-?[1-9][0-9]{0,17})$/;
const LONGEST_ID = 128;
/** What an `int8` holds: longer digits are no row's number. */
const LARGEST = 2n ** 63n - 1n;

/**
 * An id of a column whose type is not known. Where PostgreSQL itself would write it otherwise if it were an integer or a
 * UUID, it is both: `0x2A`, ` 42` and `042` all find the row 42, but `042` may be a text, too.
 */
export function rowIds(text: string): readonly string[] {
  if (text.length > LONGEST_ID || PLAIN_INTEGER.test(text)) return [text];
  const written = integerId(text) ?? uuidId(text);
  return written === undefined || written === text ? [text] : [text, written];
}

function integerId(text: string): string | undefined {
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const size = BigInt(digits.replaceAll('_', '').toLowerCase());
  const value = sign === '-' ? -size : size;
  return value > LARGEST || value < -LARGEST - 1n ? undefined : String(value);
}

function uuidId(text: string): string | undefined {
  const [, braced, bare] = UUID.exec(text) ?? [];
  const digits = braced ?? bare ?? '';
  // NOTE: without a hyphen it is a hash more often than not.
  if (!digits.includes('-') || !UUID_DIGITS.test(digits)) return undefined;
  return digits
    .replaceAll('-', '')
    .toLowerCase()
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The items of what stands for an array, also where it was sent as a text. */
export function arrayItems(value: SentValue): readonly SentValue[] {
  if (typeof value !== 'string') return [value];
  const inner = /^\s*\{([^]*)\}\s*$/.exec(value)?.[1];
  if (inner === undefined) return [];
  if (/["\\]/.test(inner)) return new ArrayLiteral(value.trim()).items();
  const items = inner.split(/[{},]/).map((item) => item.trim());
  return items.filter((item) => item !== '' && !/^null$/i.test(item));
}
