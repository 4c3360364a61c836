import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { createSqlAnalyser, loadSqlParser } from '../../src/sql/analyse.ts';
import { shorten } from '../../src/sql/shorten.ts';
import { splitStatements } from '../../src/sql/split.ts';
import { one, plain, shown } from './statements.ts';

beforeAll(loadSqlParser);

const MEGABYTE = 1_048_576;

/** Repeats a piece until the text is as long as that. */
function list(piece: string, separator: string, characters: number): string {
  return Array(Math.ceil(characters / (piece.length + separator.length)))
    .fill(piece)
    .join(separator);
}

describe.each([1, 20])('a text of %i MB', (megabytes) => {
  const size = megabytes * MEGABYTE;

  test('that inserts very many rows', () => {
    const row = `(7, 'it''s; (', "now"(), $1)`;
    const rows = list(row, ', ', size);
    const statement = one(
      `/* all of them */ insert into "My".t (id, a, b, c) values ${rows} on conflict (id) do update set a = 'x' returning id`,
    );
    expect(statement).toMatchObject({
      action: 'merge',
      tables: ['My.t'],
      problem: '',
      fields: ['id', 'a', 'b', 'c'],
    });
    expect(statement.insertedRowCount).toBe((rows.length + 2) / (row.length + 2));
    expect(statement.insertedRows).toHaveLength(100);
    expect(statement.returning).toHaveLength(1);
    expect(statement.normalized.length).toBeLessThanOrEqual(8_192);
  });

  test('that asks for very many keys', () => {
    const statement = one(`delete from t where id in (${list('1234567', ',', size)}) and x = $1`);
    expect(statement).toMatchObject({ action: 'delete', tables: ['t'], problem: '' });
    expect(statement.conditions.map(({ column }) => column)).toEqual(['id', 'x']);
    expect(statement.conditions[0]?.sources.length).toBeGreaterThan(99);
  });

  test('that holds one long constant', () => {
    const long = "it''s ".repeat(size / 18);
    const statement = one(
      `update t set a = '${long}', b = 2, c = $tag$${long}$tag$, d = E'\\'${long}' where id = 9`,
    );
    expect(statement).toMatchObject({
      action: 'update',
      tables: ['t'],
      problem: '',
      fields: ['a', 'b', 'c', 'd'],
    });
    expect(plain(statement.assignments)).toEqual({
      a: '[too long]',
      b: '2',
      c: '[too long]',
      d: '[too long]',
    });
    expect(statement.conditions.map(({ sources }) => sources.map(shown))).toEqual([['9']]);
  });

  test('that is one long CASE', () => {
    const branches = list("when 12 then 'x'", ' ', size);
    expect(
      one(`update t set a = case id ${branches} else (case when x then 1 end) end, b = 1 where c`),
    ).toMatchObject({
      action: 'update',
      tables: ['t'],
      problem: '',
      fields: ['a', 'b'],
    });
  });

  test('that is full of comments', () => {
    const comment = "/* it's /* ; */ \"x */ -- ' ( ;\n";
    expect(one(`${comment.repeat(size / comment.length)}delete from t`)).toMatchObject({
      action: 'delete',
      tables: ['t'],
      normalized: 'delete from t',
    });
  });

  test('that is many statements', () => {
    const statements = createSqlAnalyser()(list("insert into t (a) values ('x;y')", ';\n', size));
    expect(statements).toHaveLength(501);
    expect(
      statements.slice(0, 500).every(({ action, tables }) => action === 'create' && tables[0] === 't'),
    ).toBe(true);
    const left = Math.ceil(size / 34) - 500;
    expect(statements[500]).toMatchObject({
      action: 'other',
      normalized: 'INSERT',
      problem: `${left} further statements were not read`,
    });
  });

  test('that nothing can shorten is an honest `other`', () => {
    expect(one(`select ${list('a', ' + ', size)} from t`)).toMatchObject({
      action: 'other',
      tables: [],
      normalized: 'SELECT',
      problem: 'longer than 65536 characters without its long lists and constants',
    });
  });
});

describe('of what is too long for the parser', () => {
  const long = list('(a = 1 and b = 2)', ' or ', 100_000);

  test.each([
    [`/* x */ delete from only "My""T".t as x where ${long}`, 'delete', ['My"T.t']],
    [`UPDATE Orders SET a = 1 where ${long}`, 'update', ['orders']],
    [`merge into t using s on ${long} when matched then delete`, 'merge', ['t']],
    [`insert into s . t (a) select ${long}`, 'create', ['s.t']],
    [`insert into t (a) select ${long} on conflict (a) do update set a = 1`, 'other', []],
    [`with x as (select 1) delete from t where ${long}`, 'other', []],
    [`select ${long} from t`, 'other', []],
    [`delete from ${'x'.repeat(5_000)} where ${long}`, 'other', []],
  ])('the first words of %.60s… may say enough', (text, action, tables) => {
    expect(one(text)).toMatchObject({ action, tables, conditions: [] });
    expect(one(text).problem).toContain('longer than 65536 characters');
  });
});

describe('of a long INSERT', () => {
  const columns = Array.from({ length: 20 }, (_, n) => (n === 14 ? 'id' : `c${n}`));
  const row = (n: number): string =>
    `(${columns.map((name, at) => (name === 'id' ? n : `'${at === 3 ? 'same' : n}-${'x'.repeat(40)}'`)).join()})`;
  const many = (rows: number): string => Array.from({ length: rows }, (_, n) => row(n)).join(', ');

  test.each([30, 300, 3_000])('of %i rows every column is kept, with its values at their places', (rows) => {
    const statement = one(`insert into wide (${columns.join()}) values ${many(rows)}`);
    expect(statement.fields).toEqual(columns);
    expect(statement.insertedRowCount).toBe(rows);
    for (const [n, kept] of statement.insertedRows.entries())
      expect(plain(kept)).toMatchObject({ id: String(n) });
    expect(Object.keys(plain(statement.insertedRows[0] ?? []))).toEqual(columns);
  });

  test('of a thousand columns one row is kept', () => {
    const names = Array.from({ length: 1_000 }, (_, n) => `c${n}`);
    const values = `(${names.map((_, n) => n).join()})`;
    const statement = one(`insert into wide (${names.join()}) values ${Array(100).fill(values).join()}`);
    expect(statement).toMatchObject({ fields: names, problem: '', insertedRowCount: 100 });
    expect(plain(statement.insertedRows[0] ?? [])).toMatchObject({ c999: '999' });
  });

  test('nothing is said to be common to rows that were not read, and what was left out is marked', () => {
    const rows = `${Array(5_000).fill("(1, 'same')").join()}, (1, 'other')`;
    expect(one(`insert into t (a, b) values ${rows}`)).toMatchObject({
      assignments: [],
      truncated: ['new_values'],
    });
    const inner = one(`with i as (insert into t (a, b) values ${rows}) select 1`);
    expect(inner).toMatchObject({ assignments: [], truncated: ['new_values'] });
    const tuple = Array(3_000).fill('abcdefgh').join();
    expect(one(`update t set (${tuple}) = (select ${tuple} from s)`).truncated).toEqual([
      'changed_fields',
      'new_values',
    ]);
    expect(one('insert into t (a) values (1)').truncated).toEqual([]);
  });
});

test('the shorter text has the same meaning', () => {
  const lengths = { rows: 2, items: 3, stringCharacters: 20 };
  expect(
    shorten(
      `insert into t (a, b, c, d, e) values (1, 'x'), (2, 'a much longer constant'), (3, 'y') /* c */, (4, 'z') on conflict do nothing`,
      lengths,
    ),
  ).toEqual({
    text: `insert into t (a, b, c, d, e) values (1, 'x'), (2, '[too long]') on conflict do nothing`,
    rows: 4,
    isCut: { rows: true, items: false, constants: true },
    mayHideCalls: false,
  });
  expect(shorten('select f(1, 2, 3, 4, (5)), (select a, b, c, d from t), x[1]', lengths).text).toBe(
    'select f(1, 2, 3), (select a, b, c, d from t), x[1]',
  );
  expect(
    shorten(
      'select case when a then 1 when b then 2 when c then 3 when (case when d then 4 end) then 5 else 6 end',
      lengths,
    ).text,
  ).toBe('select case when a then 1 when b then 2 when c then 3  else 6 end');
});

test('a read of which a part was left out that may call functions is no read', () => {
  const many = list('7', ', ', 50_000);
  expect(one(`select * from t where id in (${many}, 8)`)).toMatchObject({ action: 'read', problem: '' });
  expect(one(`select * from t where id in (${many}, pay(8))`)).toMatchObject({
    action: 'other',
    tables: ['t'],
    problem: 'what was left out of its lists may call functions',
  });
  expect(one(`values ${list('(1)', ', ', 50_000)}`)).toMatchObject({ action: 'read' });
  expect(one(`values ${list('(1)', ', ', 50_000)}, (pay(1))`)).toMatchObject({ action: 'other' });
});

test('whatever the text, shortening it comes to an end', () => {
  const pieces = fc.constantFrom(
    ..."( ) [ ] , ; values case when else end select \"a\" b 1 'x' ' \" $$ -- /* */ e'".split(' '),
    '\n',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
      const text = parts.join(' ');
      const short = shorten(text, { rows: 1, items: 1, stringCharacters: 1 }).text;
      expect(short.length).toBeLessThanOrEqual(text.length + 12 * parts.length);
      splitStatements(text, (start, end) => expect(end).toBeGreaterThanOrEqual(start));
    }),
    { numRuns: 50_000 },
  );
});

test('what stands behind the rows is no row', () => {
  const { text, rows } = shorten('insert into t values (1), (2) returning (a), (b), c, d', {
    rows: 1,
    items: 9,
    stringCharacters: 9,
  });
  expect([text, rows]).toEqual(['insert into t values (1) returning (a), (b), c, d', 2]);
});

test('a long text of few statements is read whole', () => {
  const statements = createSqlAnalyser()(
    `begin; create function f() returns int begin atomic select 1; select 2; end; insert into t values ${list("('x')", ',', 50_000)}; update t set a = 1; commit`,
  );
  expect(statements.map(({ action }) => action)).toEqual(['other', 'schema', 'create', 'update', 'other']);
});
