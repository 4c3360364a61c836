import { SqlScanner } from './scanner.js';

/**
 * The text without constants and comments: `?` for every constant, parameters stay `$n`.
 *
 * @param keepNumbers For definitions of the schema, where `varchar(20)` is what happened.
 * @param maxCharacters Of the result; what comes later is not looked at.
 */
export function normalize(sql: string, keepNumbers: boolean, maxCharacters: number): string {
  const scanner = new SqlScanner(sql);
  let result = '';
  let end = 0;
  while (result.length < maxCharacters && scanner.next()) {
    // NOTE: a comment is a space.
    if (scanner.kind === 'comment') continue;
    const isApart = scanner.start > end && result !== '';
    result += isApart ? ` ${textOf(scanner, keepNumbers)}` : textOf(scanner, keepNumbers);
    ({ end } = scanner);
  }
  return result.slice(0, maxCharacters).replace(/\s*;$/, '').trimEnd();
}

function textOf(scanner: SqlScanner, keepNumbers: boolean): string {
  if (scanner.kind === 'string') return '?';
  if (scanner.kind === 'number' && !keepNumbers) return '?';
  return scanner.token;
}
