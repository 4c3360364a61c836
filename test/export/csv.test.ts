import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvCell, csvHeader, csvLine } from '../../src/search/csv.ts';
import type { FoundRecord, FoundValue } from '../../src/search/search.ts';
import { csvRows } from './csv-rows.ts';

const HEADER = csvRows(csvHeader())[0] ?? [];

function record(values: Record<string, FoundValue>): FoundRecord {
  return values as FoundRecord;
}

/** What a reader has who takes away the apostrophes that were put in, as docs/export.md says. */
function read(cell: string): string {
  const text = csvRows(cell)[0]?.[0] ?? '';
  return text.replace(/(^|[;\t\r\n])'/g, '$1');
}

/** Texts that are made of what matters here. */
const TRICKY = fc.string({ unit: fc.constantFrom(...`=+-@＝＋－＠;'", \t\r\na1`), maxLength: 12 });

/** The cells of a spreadsheet that expects another separator, and knows no quotes or ends a cell at every line break. */
function cellsElsewhere(line: string): string[] {
  return line.split(/[;\t\r\n]/);
}

describe('a line', () => {
  test('has a cell for every column of the header, whatever is in them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.string()), (text, list) => {
        const line = csvLine(
          record({ record_id: text, actor_name: text, target_ids: list, new_values: { [text]: text } }),
        );
        expect(line.endsWith('\r\n')).toBe(true);
        const rows = csvRows(line);
        expect(rows).toHaveLength(1);
        expect(rows[0]).toHaveLength(HEADER.length);
      }),
    );
  });

  test('names each column once, and has what is settled later behind those of the register', () => {
    expect(new Set(HEADER).size).toBe(HEADER.length);
    expect(HEADER.slice(-3)).toEqual(['ingested_at', 'final_outcome', 'actor_late']);
  });

  test('has lists and maps as JSON, numbers and truths as such, and nothing for what is not there', () => {
    const [row = []] = csvRows(
      csvLine(
        record({ record_id: 'r', target_ids: ['a,"b"', 'c'], new_values: { k: 'v' }, actor_late: true }),
      ),
    );
    const cell = (name: string): string | undefined => row[HEADER.indexOf(name)];
    expect(JSON.parse(cell('target_ids') ?? '')).toEqual(['a,"b"', 'c']);
    expect(JSON.parse(cell('new_values') ?? '')).toEqual({ k: 'v' });
    expect(cell('actor_late')).toBe('true');
    expect(cell('actor_id')).toBe('');
  });
});

describe('a cell', () => {
  test.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '＝1+1',
    '＋1',
    '－1',
    '＠SUM(A1)',
    "'=1",
    '=cmd|" /C calc"!A0',
  ])('that could be a formula, %j, begins with an apostrophe and can be had back', (text) => {
    expect(csvRows(csvCell(text))[0]?.[0]).toBe(`'${text}`);
    expect(read(csvCell(text))).toBe(text);
  });

  test.each([
    ['\t=1', "'\t'=1"],
    ['\r=1', "'\r'=1"],
    ['\n=1', "'\n'=1"],
    ['\ttext', "'\ttext"],
    [' =1', "' =1"],
    ['a;=1+1', "a;'=1+1"],
    ['a\t+1', "a\t'+1"],
    ['a\r\n-1', "a\r\n'-1"],
    ['a\n@SUM(A1)', "a\n'@SUM(A1)"],
    ['a;＝1', "a;'＝1"],
    ['a; "=1', `a;' "=1`],
    ["a;'=1", "a;''=1"],
    ['=1;=2', "'=1;'=2"],
    ['a;b', 'a;b'],
    ['SELECT 1;\n  SELECT 2', 'SELECT 1;\n  SELECT 2'],
  ])('that hides one, %j, is %j and can be had back', (text, safe) => {
    expect(csvRows(csvCell(text))[0]?.[0]).toBe(safe);
    expect(read(csvCell(text))).toBe(text);
  });

  test('has no formula for a spreadsheet with any separator, and can be had back', () => {
    fc.assert(
      fc.property(TRICKY, TRICKY, (text, other) => {
        expect(read(csvCell(text))).toBe(text);
        const [, ...cells] = cellsElsewhere(`first,${csvCell(text)},${csvCell(other)}`);
        for (const cell of cells) expect(cell).not.toMatch(/^[ "]*[=+\-@＝＋－＠]/);
      }),
      { numRuns: 5_000 },
    );
  });

  test.each(['2026-11-20T12:00:00.123456789Z', '10.1.2.3', 'alice', '1042', '[]', '{}', 'a=b', ''])(
    'that is none, %j, stays as it is',
    (text) => {
      expect(csvCell(text)).toBe(text);
    },
  );

  test('of any text is read back as it was by a reader of RFC 4180', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(read(csvCell(text))).toBe(text);
      }),
    );
  });
});
