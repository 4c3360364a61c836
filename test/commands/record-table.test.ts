import { describe, expect, test } from 'vitest';
import { ASSURANCES, OUTCOMES } from '../../dashboards/src/looks.ts';
import { createPaint } from '../../src/commands/terminal/colours.ts';
import { createGridLines } from '../../src/commands/terminal/grid-lines.ts';
import { describeLook, lookOfAssurance, lookOfEnding } from '../../src/commands/terminal/looks.ts';
import { createRecordTable } from '../../src/commands/terminal/record-table.ts';
import { parseTabSeparated } from '../../src/commands/terminal/tab-separated.ts';
import type { Terminal } from '../../src/commands/terminal/terminal.ts';
import { createClock } from '../../src/commands/terminal/times.ts';
import { widthOf } from '../../src/commands/terminal/width.ts';
import type { FoundRecord } from '../../src/search/search.ts';
import type { Sentence } from '../../src/search/sentence.ts';

const AT = '2026-11-21T12:04:31.123456789Z';
const DELETED: Sentence = {
  who: 'alice',
  impersonator: '',
  assurance: 'verified',
  did: 'deleted',
  what: 'orders / 1042',
  ending: 'committed',
  way: 'DELETE /orders/:id → 204',
  address: '10.1.2.3',
};

function terminalOf(width: number, env: NodeJS.ProcessEnv = {}): Terminal {
  return {
    isTerminal: true,
    width,
    paint: createPaint(env, true),
    write: () => Promise.resolve(),
  };
}

function linesOf(
  width: number,
  env: NodeJS.ProcessEnv,
  ...sentences: Partial<Sentence>[]
): readonly string[] {
  const table = createRecordTable({ terminal: terminalOf(width, env), clock: createClock(true) });
  const record = { occurred_at: AT } as FoundRecord;
  return [table.title(), ...sentences.flatMap((each) => table.lines(record, { ...DELETED, ...each }))];
}

const PLAIN = { NO_COLOR: '1' };

describe('the table of records', () => {
  test('is a sentence at 80 columns', () => {
    expect(linesOf(80, PLAIN, {}, { who: 'mallory', assurance: 'claimed', ending: 'rolled back' })).toEqual([
      'time      who           did              to what                   outcome',
      '── Sat 2026-11-21 UTC ──',
      '12:04:31  ✓ alice       deleted          orders / 1042             ✓ committed',
      '12:04:31  ? mallory     deleted          orders / 1042             ↩ rolled back',
    ]);
  });

  test('never cuts the verb while the target has room', () => {
    const lines = linesOf(
      80,
      PLAIN,
      { did: 'tried to log in (12 times)', what: 'as bob', ending: 'failed' },
      { did: '└ invoice.exported', what: 'invoice / 77, the one of the long name' },
    );
    expect(lines.slice(2)).toEqual([
      '12:04:31  ✓ alice       tried to log in (12 times)  as bob         ✗ failed',
      '12:04:31  ✓ alice       └ invoice.exported  invoice / 77, the on…  ✓ committed',
    ]);
  });

  test('names who really acted, and as whom', () => {
    const impersonated = { who: 'user-9 as bob', impersonator: 'user-9' };
    const lines = linesOf(
      80,
      PLAIN,
      impersonated,
      { ...impersonated, what: 'orders of a very long name / 1042' },
      { who: 'b7f6c1d2-aaaa-bbbb as bob', impersonator: 'b7f6c1d2-aaaa-bbbb', what: 'x'.repeat(40) },
    );
    expect(lines.slice(2)).toEqual([
      '12:04:31  ✓ user-9 as bob  deleted          orders / 1042          ✓ committed',
      '12:04:31  ✓ us… as bob  deleted          orders of a very long n…  ✓ committed',
      '12:04:31  ✓ b7… as bob  deleted          xxxxxxxxxxxxxxxxxxxxxxx…  ✓ committed',
    ]);
    expect(linesOf(60, PLAIN, { ...impersonated, what: 'x'.repeat(40) })[2]).toContain(' … as …  ');
  });

  test('says through which request, from where and how well the name is known at 140', () => {
    expect(linesOf(140, PLAIN, {})).toEqual([
      'time      who           did              to what                      outcome        through                     from             identity',
      '── Sat 2026-11-21 UTC ──',
      '12:04:31  alice         deleted          orders / 1042                ✓ committed    DELETE /orders/:id → 204    10.1.2.3         ✓ verified',
    ]);
  });

  test.each([56, 60, 72, 80, 100, 110, 124, 140, 200])(
    'never wraps at %i columns, whatever is in it',
    (width) => {
      const long = {
        who: '山田太郎'.repeat(20),
        what: 'orders / '.repeat(40),
        did: 'e\u0301'.repeat(99),
        way: '👩‍👩‍👧'.repeat(99),
        address: '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
      };
      const lines = linesOf(width, PLAIN, long, {});
      expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width);
      // What is cut or wide moves no other column.
      const at = lines.slice(-2).map((line) => widthOf(line.slice(0, line.indexOf('✓ committed'))));
      expect(at[0]).toBe(at[1]);
      expect(lines.at(-2)).toContain('…');
    },
  );

  test('gives colours to what is not as it should be, each beside a sign and a word', () => {
    const coloured = (ending: Sentence['ending']): string =>
      linesOf(80, {}, { ending, assurance: 'verified' }).at(-1) ?? '';
    expect(coloured('failed')).toContain('\u001b[31m✗ failed\u001b[39m');
    expect(coloured('denied')).toContain('\u001b[33m⊘ denied\u001b[39m');
    expect(coloured('rolled back')).toContain('\u001b[35m↩ rolled back\u001b[39m');
    expect(coloured('unknown')).toContain('\u001b[90m? unknown\u001b[39m');
    expect(coloured('committed')).toMatch(/ {2}✓ committed$/);
  });

  test('lets no value recolour a line, forge another or pass for a column', () => {
    const evil = 'x\u001b[32m✓\u001b]0;t\u0007\n12:00:00  root            deleted\u202e\u009b1A';
    const [, , line = ''] = linesOf(140, {}, { who: evil, did: evil, what: evil, way: evil, address: evil });
    // oxlint-disable-next-line no-control-regex
    expect(line.replaceAll(/\u001b\[(?:39|90)m/g, '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(linesOf(140, {}, { who: evil })).toHaveLength(3);
    expect(line).not.toMatch(/root {2}/);
  });
});

describe('the looks', () => {
  test('are those of the dashboards', () => {
    for (const [ending, { text }] of Object.entries(OUTCOMES))
      expect(describeLook(lookOfEnding(ending))).toBe(text);
    for (const [assurance, { text }] of Object.entries(ASSURANCES))
      expect(describeLook(lookOfAssurance(assurance))).toBe(text);
  });

  test('of what this version does not know are unknown', () => {
    expect(['toString', 'settled', ''].map((word) => describeLook(lookOfEnding(word)))).toEqual(
      Array(3).fill('? unknown'),
    );
    expect(describeLook(lookOfAssurance('constructor'))).toBe('? unknown');
  });
});

describe('colours', () => {
  test.each([
    ['a terminal has them', {}, true, true],
    ['a pipe has none', {}, false, false],
    ['NO_COLOR takes them away', { NO_COLOR: '1' }, true, false],
    ['an empty NO_COLOR does not', { NO_COLOR: '' }, true, true],
    ['TERM=dumb has none', { TERM: 'dumb' }, true, false],
    ['FORCE_COLOR brings them into a pipe', { FORCE_COLOR: '1' }, false, true],
    ['FORCE_COLOR counts more than NO_COLOR, as in Node.js', { FORCE_COLOR: '1', NO_COLOR: '1' }, true, true],
    ['FORCE_COLOR=0 takes them away', { FORCE_COLOR: '0' }, true, false],
  ])('%s', (_what, env, isTerminal, wanted) => {
    expect(createPaint(env, isTerminal)('red', 'x') !== 'x').toBe(wanted);
  });
});

describe('the table of an answer in SQL', () => {
  function gridOf(width: number, rows: readonly (readonly string[])[]): readonly string[] {
    const { next, end } = createGridLines(terminalOf(width, PLAIN));
    return [...rows.flatMap((row) => next(row)), ...end()];
  }

  test('aligns texts to the left and numbers to the right', () => {
    expect(
      gridOf(80, [
        ['name', 'times'],
        ['String', 'Nullable(UInt64)'],
        ['山田', '7'],
        ['bob', '12345'],
      ]),
    ).toEqual(['name  times', '山田      7', 'bob   12345']);
  });

  test('cuts the longest, until it fits', () => {
    const lines = gridOf(40, [
      ['id', 'statement', 'path'],
      ['String', 'String', 'String'],
      ['1', 'SELECT '.repeat(50), '/orders/1042'],
    ]);
    expect(lines.at(-1)).toBe('1   SELECT SELECT SELECT …  /orders/1042');
  });

  test('gives every value its line, where there are too many columns', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => letter.repeat(9));
    expect(
      gridOf(40, [names, names.map(() => 'String'), names.map((_name, index) => String(index))]),
    ).toEqual(['── 1 ──', ...names.map((name, index) => `${name}  ${index}`)]);
  });

  test('shows nothing where there are no rows', () => {
    expect(gridOf(80, [['name'], ['String']])).toEqual([]);
  });

  test('shows every row of many', () => {
    const rows = Array.from({ length: 2_500 }, (_, index) => [String(index)]);
    expect(gridOf(80, [['n'], ['UInt64'], ...rows])).toHaveLength(2_501);
  });

  test('reads what the server escapes', () => {
    const line = [String.raw`a\tb`, String.raw`c\\n\n`, String.raw`\N`, String.raw`\\N`].join('\t');
    expect(parseTabSeparated(line, 'NULL')).toEqual(['a\tb', 'c\\n\n', 'NULL', '\\N']);
  });
});
