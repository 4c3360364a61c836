import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createSqlAnalyser, loadSqlParser } from '../../src/sql/analyse.ts';
import { readForeign } from '../../src/sql/foreign.ts';

beforeAll(loadSqlParser);

const analyse = createSqlAnalyser();
const read = (system: string, text: string, more: { operation?: string; collection?: string } = {}) =>
  readForeign({ system, text, ...more }, analyse).statements;
const shown = (system: string, text: string) => read(system, text).map(({ normalized }) => normalized);

describe('a statement of MySQL', () => {
  it.for([
    ['double quotes', 'select * from users where name = "s3cret"', 'select * from users where name = ?'],
    ['escapes', "update t set a = 'it\\'s s3cret', b = 1", 'update t set a = ?, b = ?'],
    [
      'escapes in double quotes',
      'update t set a = "\\" s3cret" where b = "x"',
      'update t set a = ? where b = ?',
    ],
    ['a comment with a quote', "select 1 # don't s3cret\nfrom t", 'select ? from t'],
    ['two minus signs', "select 5--'s3cret'", 'select ?--?'],
    ['backticks', 'select `a"b` from `my``table` -- s3cret', 'select `a"b` from `my``table`'],
    [
      'an upsert',
      'insert into t values (?, 1) on duplicate key update a = "s3cret"',
      'insert into t values (?, ?) on duplicate key update a = ?',
    ],
    ['what is not closed', "select 'a s3cret", 'select ?'],
    ['a last backslash', "select 's3cret\\", 'select ?'],
    ['hex and exponents', "select 0x5333, 1e-5, x'41', _utf8'x'", 'select ?, ?, x?, _utf8?'],
    ['code in a comment', '/*!50000 select "s3cret" */', ''],
  ] as const)('shows no constant of %s', ([, text, expected]) => {
    expect(shown('mysql', text)).toEqual([expected]);
  });

  it('means what it means in PostgreSQL where it is like it', () => {
    expect(read('mysql', "update `users` set name = \"it's\" where id = '5' and a = ?")).toMatchObject([
      { action: 'update', tables: ['users'], fields: ['name'], problem: '' },
    ]);
    expect(read('mysql', 'delete from `a`; insert into b (c) values ("d")')).toMatchObject([
      { action: 'delete', tables: ['a'] },
      { action: 'create', tables: ['b'] },
    ]);
  });

  it('is no fault of PostgreSQL, and keeps what its first words say', () => {
    expect(read('mysql', 'update a join b using (id) set a.x = "y"')).toMatchObject([
      { action: 'update', tables: ['a'], problem: 'of mysql, not of PostgreSQL' },
    ]);
    expect(read('mysql', 'replace into t values (1)')).toMatchObject([{ action: 'merge', tables: ['t'] }]);
  });

  it('shows no text and no number, whatever stands in them', () => {
    const secret = fc.string({
      unit: fc.constantFrom('"', "'", '\\', '#', '-', '`', 's', '\n', '/', '*', ';'),
    });
    const quote = fc.constantFrom('"', "'");
    const literal = fc.tuple(quote, secret).map(([mark, text]) => {
      const escaped = text.replaceAll('\\', '\\\\').replaceAll(mark, `\\${mark}`);
      return `${mark}${escaped}${mark}`;
    });
    fc.assert(
      fc.property(fc.array(literal, { minLength: 1, maxLength: 4 }), (literals) => {
        const text = `insert into t values (${literals.join(', ')})`;
        expect(shown('mysql', text)).toEqual([
          `insert into t values (${literals.map(() => '?').join(', ')})`,
        ]);
      }),
    );
  });
});

describe('a statement of another database', () => {
  it.for(['[', "['", '["a",', "[']", '`['])(
    'is gone over once, whatever stands in it many times: %s',
    (piece) => {
      const millisFor = (times: number): number => {
        const started = performance.now();
        read('mssql', `select '${piece.repeat(times)}'`);
        return performance.now() - started;
      };
      millisFor(100);
      // NOTE: by a regular expression ten thousand took minutes.
      expect(millisFor(10_000)).toBeLessThan(2_000);
    },
  );

  it.for([
    ['sqlite', 'update "Users" set name = \'s3cret\'', 'update ? set name = ?'],
    ['sqlite', "update `Users` set name = 's3cret'", 'update `Users` set name = ?'],
    [
      'microsoft.sql_server',
      "update [Users] set name = N's3cret' where id = @id",
      'update [Users] set name = N? where id = @id',
    ],
    ['microsoft.sql_server', "select [it's] from #t where x = 's3cret'", 'select'],
    ['oracle.db', "select q'[it's]', 's3cret' from dual", 'select'],
    ['sqlite', "select 'a\\', 's3cret'", 'select'],
    ['', "select 's3cret'", 'select'],
  ] as const)('of %s shows no constant: %s', ([system, text, expected]) => {
    expect(shown(system, text)).toEqual([expected]);
  });

  it('has its tables where names stand in double quotes or brackets', () => {
    expect(read('sqlite', 'update "Users" set name = 1')).toMatchObject([
      { action: 'update', tables: ['Users'] },
    ]);
    expect(read('mssql', 'update [Users] set name = 1')).toMatchObject([
      { action: 'update', tables: ['Users'] },
    ]);
  });

  it('that is no SQL shows its operation and collection, and nothing of its text', () => {
    const text = '{"find":"users","filter":{"email":"s3cret"}}';
    expect(read('couchdb', text, { operation: 'find', collection: 'users' })).toMatchObject([
      { action: 'other', tables: ['users'], normalized: 'find users' },
    ]);
    expect(shown('mongodb', text)).toEqual(['']);
    expect(shown('redis', 'SET session:1 s3cret')).toEqual(['SET session']);
    expect(read('couchdb', '', { operation: 'no word', collection: 'a b' })).toMatchObject([
      { tables: [], normalized: 'no' },
    ]);
  });
});
