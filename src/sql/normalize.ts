import { SqlScanner } from './scanner.js';

/**
 * The text without constants and comments: `?` for every constant, parameters stay `$n`.
 *
 * @param keepSizes For definitions of the schema, where `varchar(20)` is what happened: of all numbers these stay.
 * @param maxCharacters Of the result; what comes later is not looked at.
 */
export function normalize(sql: string, keepSizes: boolean, maxCharacters: number): string {
  const scanner = new SqlScanner(sql);
  let result = '';
  let end = 0;
  const sizes = new Sizes();
  while (result.length < maxCharacters && scanner.next()) {
    // NOTE: a comment is a space.
    if (scanner.kind === 'comment') continue;
    const isApart = scanner.start > end && result !== '';
    const isSize = keepSizes && sizes.token(scanner);
    const isConstant = scanner.kind === 'string' || (scanner.kind === 'number' && !isSize);
    const shown = isConstant ? '?' : scanner.token;
    result += isApart ? ` ${shown}` : shown;
    ({ end } = scanner);
  }
  return result.slice(0, maxCharacters).replace(/\s*;$/, '').trimEnd();
}

/** Types that have a size in brackets. Source: PostgreSQL, documentation, data types. */
const SIZED =
  /^(?:bit|varbit|char|character|varchar|varying|bpchar|numeric|decimal|dec|float|interval|second|time|timestamp|timestamptz|timetz|vector|halfvec|sparsevec)$/i;

/** Tells numbers that are the size of a type from others: those in brackets behind its name. */
class Sizes {
  #isBehindType = false;
  #isInside = false;

  /** Takes the next token; true for a number that is a size. */
  token(scanner: SqlScanner): boolean {
    const { kind, token } = scanner;
    if (kind === 'number') return this.#isInside;
    if (this.#isInside && (token === ',' || token === '-')) return false;
    this.#isInside = this.#isBehindType && token === '(';
    this.#isBehindType = kind === 'word' && SIZED.test(token);
    return false;
  }
}
