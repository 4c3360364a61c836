import { SqlScanner } from './scanner.js';
import { describe } from './statement.js';
import type { SqlAction, SqlStatement } from './statement.js';

/** Words before the name of the table that a statement writes. */
const HEADS: readonly (readonly [RegExp, SqlAction])[] = [
  [/^insert into$/, 'create'],
  [/^update(?: only)?$/, 'update'],
  [/^delete from(?: only)?$/, 'delete'],
  [/^merge into(?: only)?$/, 'merge'],
];
/** Tokens that are looked at, and characters of them. */
const TOKENS = 16;
const CHARACTERS = 4_096;

/** What the first words of a statement say that is too long for the parser; undefined where they do not say enough. */
export function readHead(text: string): SqlStatement | undefined {
  const words: string[] = [];
  let name = '';
  let isOpen = true;
  for (const { kind, token } of firstTokens(text)) {
    if (kind === 'quoted' && !token.startsWith('"')) return undefined;
    const isKeyword =
      kind === 'word' && name === '' && /^(?:insert|into|update|only|delete|from|merge)$/i.test(token);
    if (isKeyword) words.push(token.toLowerCase());
    else if (isOpen && (kind === 'word' || kind === 'quoted')) {
      name += kind === 'word' ? token.toLowerCase() : token.slice(1, -1).replaceAll('""', '"');
      isOpen = false;
    } else if (token === '.' && name !== '') {
      name += '.';
      isOpen = true;
    } else break;
  }
  const action = HEADS.find(([head]) => head.test(words.join(' ')))?.[1];
  if (action === undefined || name === '' || isOpen) return undefined;
  // NOTE: an upsert says so at its end.
  return action === 'create' && /\bconflict\b/i.test(text) ? undefined : describe(action, [name]);
}

/** Those that are no comments. NOTE: what ends with the piece that is looked at may be half a token. */
function* firstTokens(text: string): Generator<{ readonly kind: string; readonly token: string }> {
  const scanner = new SqlScanner(text.slice(0, CHARACTERS));
  for (let count = 0; count < TOKENS && scanner.next() && scanner.end < CHARACTERS;) {
    if (scanner.kind === 'comment') continue;
    count += 1;
    yield { kind: scanner.kind, token: scanner.token };
  }
}
