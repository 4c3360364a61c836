import fc from 'fast-check';
import { loadModule, scanSync } from 'libpg-query';
import { beforeAll, describe, expect, test } from 'vitest';
import { endOfBrackets, SqlScanner } from '../../src/sql/scanner.ts';
import { splitStatements } from '../../src/sql/split.ts';
import { readRegressFiles, sentTexts } from './regress-files.ts';

beforeAll(loadModule);

/** Tokens of PostgreSQL's own scanner that hold values, and comments: what normalising must not get wrong. */
const KINDS = new Map([
  [260, 'number'],
  [266, 'number'],
  [261, 'string'],
  [262, 'string'],
  [263, 'string'],
  [264, 'string'],
  [267, 'parameter'],
  [275, 'comment'],
  [276, 'comment'],
]);

/** What decides where a token ends. */
const PIECES =
  "'|''|e'|E'|\\\\|u&'|U&\"|b'|n'|\"|\"\"|$$|$a$|$1|a$|a|é|😀|--|/*|*/|\n| |;|(|)|[|,|1|0x1|.5|1e5|..|+|-|/|*|_";

function ownTokens(text: string): string[] {
  const scanner = new SqlScanner(text);
  const tokens: string[] = [];
  while (scanner.next()) {
    if (!['word', 'quoted', 'symbol'].includes(scanner.kind)) tokens.push(`${scanner.kind} ${scanner.token}`);
  }
  return tokens;
}

function theirTokens(text: string): string[] {
  const bytes = Buffer.from(text);
  return scanSync(text).tokens.flatMap(({ start, end, tokenType }) => {
    const kind = KINDS.get(tokenType);
    return kind === undefined ? [] : [`${kind} ${bytes.toString('utf8', start, end)}`];
  });
}

function pieces(text: string): string[] {
  const found: string[] = [];
  splitStatements(text, (start, end) => found.push(text.slice(start, end)));
  return found;
}

describe("PostgreSQL's own scanner sees the same", () => {
  test('in all of its regression tests', () => {
    let compared = 0;
    const differing: string[] = [];
    for (const text of Object.values(readRegressFiles()).flatMap(sentTexts)) {
      let theirs: string[];
      try {
        theirs = theirTokens(text);
      } catch {
        continue;
      }
      compared += 1;
      if (ownTokens(text).join('\n') !== theirs.join('\n')) differing.push(text);
    }
    expect(differing).toEqual([]);
    expect(compared).toBeGreaterThan(60_000);
  });

  test('in whatever can be made of the pieces that matter', () => {
    const piece = fc.constantFrom(...PIECES.split('|'));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (parts) => {
        const text = parts.join('');
        // NOTE: PostgreSQL goes on with a constant behind a comment and a line end, its parser in libpg_query does not.
        fc.pre(!/'\s*--/.test(text));
        let theirs: string[];
        try {
          theirs = theirTokens(text);
        } catch {
          return;
        }
        expect(ownTokens(text)).toEqual(theirs);
      }),
      { numRuns: 20_000 },
    );
  });
});

test.each<[string, number]>([
  ['a, (b), [c]), d', 12],
  ["')', \")\", $$)$$, E'\\')', a$b$, /* ) */ 1) x", 41],
  ['-- )\n1) x', 7],
  ["'it''s )')", 10],
  ['(((', 3],
])('the brackets of %j close at %i', (text, end) => {
  expect(endOfBrackets(text, 0)).toBe(end);
});

test.each<[string, string[]]>([
  ["select ';'; select 2 -- ;\n; ", ["select ';'", ' select 2 -- ;\n']],
  ['; ;; -- a', []],
  [
    'create rule r as on insert to a do (select 1; select 2); select 3',
    ['create rule r as on insert to a do (select 1; select 2)', ' select 3'],
  ],
  [
    'create function f() returns int begin atomic select case when true then 1 end; select 2; end; select 3',
    [
      'create function f() returns int begin atomic select case when true then 1 end; select 2; end',
      ' select 3',
    ],
  ],
  ['begin; select 1; end', ['begin', ' select 1', ' end']],
  ['do $$ begin; end; $$; select 1', ['do $$ begin; end; $$', ' select 1']],
])('%j is cut into its statements', (text, statements) => {
  expect(pieces(text)).toEqual(statements);
});
