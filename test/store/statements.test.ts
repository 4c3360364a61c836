import { describe, expect, test } from 'vitest';
import { splitStatements } from '../../src/store/statements.ts';

describe('splitting SQL into statements', () => {
  test('ends a statement at its semicolon, and the last one at the end', () => {
    expect(splitStatements('SELECT 1;\nSELECT 2')).toEqual(['SELECT 1', 'SELECT 2']);
  });

  test.each([
    ['a string', `SELECT 'a;b'`],
    ['a string with an escaped quote', String.raw`SELECT 'a\';b'`],
    ['a string with a doubled quote', `SELECT 'a'';b'`],
    ['a string that ends in a backslash', String.raw`SELECT 'a\\', ';'`],
    ['a quoted name', 'SELECT 1 AS `a;b`'],
    ['a doubly quoted name', 'SELECT 1 AS "a;b"'],
    ['a line comment', 'SELECT 1 -- one; two\n+ 1'],
    ['a block comment', 'SELECT 1 /* one;\n two */ + 1'],
    ['a comment that quotes', "SELECT 1 -- don't; stop\n+ 1"],
  ])('leaves a semicolon in %s alone', (_where, sql) => {
    expect(splitStatements(`${sql}; SELECT 2;`)).toEqual([sql, 'SELECT 2']);
  });

  test('leaves out what is only comment or blank', () => {
    expect(splitStatements('-- nothing;\n;; /* nor this */ ;SELECT 1;\n-- the end')).toEqual(['SELECT 1']);
  });
});
