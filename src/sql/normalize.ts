import { Buffer } from 'node:buffer';

/** One token of PostgreSQL's scanner: byte offsets into the text. */
export interface Token {
  readonly start: number;
  readonly end: number;
  readonly tokenType: number;
}

/** Numbers of PostgreSQL's scanner (gram.h of version 18). */
const STRING_TOKENS = new Set([261, 262, 263, 264]);
const NUMBER_TOKENS = new Set([260, 266]);
const COMMENT_TOKENS = new Set([275, 276]);

/**
 * The text without constants and comments: `?` for every constant, parameters stay `$n`.
 *
 * @param keepNumbers For definitions of the schema, where `varchar(20)` is what happened.
 */
export function normalize(sql: string, tokens: readonly Token[], keepNumbers: boolean): string {
  // NOTE: for the scanner a text ends at its first NUL, and so it does for the server.
  const bytes = Buffer.from(sql.split('\0', 1)[0] as string);
  const pieces: string[] = [];
  let at = 0;
  for (const token of tokens) {
    const replacement = replacementOf(token, keepNumbers);
    if (replacement === undefined) continue;
    pieces.push(bytes.toString('utf8', at, token.start), replacement);
    at = token.end;
  }
  pieces.push(bytes.toString('utf8', at));
  return pieces.join('').replace(/\s+/g, ' ').trim();
}

function replacementOf({ tokenType }: Token, keepNumbers: boolean): string | undefined {
  if (STRING_TOKENS.has(tokenType)) return '?';
  if (NUMBER_TOKENS.has(tokenType)) return keepNumbers ? undefined : '?';
  return COMMENT_TOKENS.has(tokenType) ? ' ' : undefined;
}
