import { beforeAll, describe, expect, test } from 'vitest';
import { loadSqlParser } from '../../src/sql/analyse.ts';
import { one, plain, shown } from './statements.ts';

beforeAll(loadSqlParser);

describe('a statement that writes several tables', () => {
  test('says of each what it does there, and of which the server counts the rows', () => {
    const statement = one(
      'with d as (delete from orders where id = $1 returning *), u as (update stock set n = 0 where sku = $2) insert into archive select * from d',
    );
    expect(statement).toMatchObject({
      action: 'create',
      tables: ['archive', 'orders', 'stock'],
      isCounted: true,
    });
    expect(statement.also).toMatchObject([
      {
        action: 'delete',
        table: 'orders',
        isCounted: false,
        conditions: [{ column: 'id', sources: [{ parameter: 1 }] }],
      },
      {
        action: 'update',
        table: 'stock',
        isCounted: false,
        fields: ['n'],
        assignments: [{ column: 'n', source: { constant: '0' } }],
      },
    ]);
  });

  test('has no counted rows where a SELECT stands around it', () => {
    const statement = one(
      'with d as (delete from a returning *), i as (insert into b values (1)) select count(*) from d',
    );
    expect(statement).toMatchObject({ action: 'delete', tables: ['a', 'b'], isCounted: false });
    expect(statement.also).toMatchObject([{ action: 'create', table: 'b', isCounted: false }]);
  });

  test('that copies what it deletes does both', () => {
    expect(one('copy (delete from a where id = 5 returning *) to stdout')).toMatchObject({
      action: 'copy_out',
      tables: ['a'],
      also: [{ action: 'delete', table: 'a', conditions: [{ column: 'id', sources: [{ constant: '5' }] }] }],
    });
  });

  test.each([
    'create table x as with d as (delete from a returning *) select * from d',
    'with d as (delete from a returning *) select * into x from d',
  ])('%s makes a table and deletes', (text) => {
    expect(one(text)).toMatchObject({
      action: 'schema',
      tables: ['x', 'a'],
      also: [{ action: 'delete', table: 'a' }],
    });
  });

  test('gives a plan for an answer under EXPLAIN ANALYZE', () => {
    expect(one('explain analyze delete from a where id = 1')).toMatchObject({
      action: 'delete',
      isCounted: false,
    });
  });
});

describe('ON CONFLICT', () => {
  const upsert = one.bind(
    undefined,
    `insert into t (id, x, n) values (1, $2, 5)
    on conflict (id) do update set x = excluded.x, n = t.n + 1, (p, q) = (excluded.x, 7) where t.id > 0`,
  );

  test('DO UPDATE may have created or updated, and names the columns of both', () => {
    expect(upsert()).toMatchObject({ action: 'merge', fields: ['id', 'x', 'n', 'p', 'q'] });
  });

  test('has the values that it sets in either case, and no value that only one of them sets', () => {
    expect(plain(upsert().assignments)).toEqual({ x: '$2' });
  });

  test('DO NOTHING can only create', () => {
    expect(one('insert into t (id) values (1) on conflict do nothing')).toMatchObject({ action: 'create' });
  });

  test('of many rows has the values that all of them share', () => {
    const { assignments, insertedRows } = one(
      'insert into t (id, x, y) values (1, $1, 2), (2, $1, 3) on conflict (id) do update set x = excluded.x, y = excluded.y',
    );
    expect(plain(assignments)).toEqual({ x: '$1' });
    expect(insertedRows.map(plain)).toEqual([
      { id: '1', x: '$1', y: '2' },
      { id: '2', x: '$1', y: '3' },
    ]);
  });
});

describe('MERGE', () => {
  const when = `when matched then update set x = s.x, n = t.n + 1 when not matched then insert (id, x, n) values (s.id, s.x, 1)`;

  test.each([
    `merge into t using (values (7, $1)) as s (id, x) on t.id = s.id ${when}`,
    `merge into t using (select 7 as id, $1::text as x) as s on t.id = s.id ${when}`,
  ])('of one row of constants and parameters knows its values and its row: %s', (text) => {
    const { action, fields, assignments, conditions } = one(text);
    expect([action, fields]).toEqual(['merge', ['x', 'n', 'id']]);
    expect(plain(assignments)).toEqual({ x: '$1' });
    expect(conditions.map(({ column, sources }) => [column, sources.map(shown)])).toEqual([['id', ['7']]]);
  });

  test.each([
    `merge into t using s on t.id = s.id ${when}`,
    `merge into t using (values (1, 2), (3, 4)) as s (id, x) on t.id = s.id ${when}`,
    `merge into t using (select 1 as id, 2 as x from y) as s on t.id = s.id ${when}`,
  ])('of many rows knows columns only: %s', (text) => {
    expect(one(text)).toMatchObject({ fields: ['x', 'n', 'id'], assignments: [], conditions: [] });
  });

  test.each([
    ["(values (1, 'z')) s (ref, email) on t.id = s.ref", 'insert (id, email) values (99, s.email)'],
    ['(values (1)) s (ref) on t.id = s.ref', 'insert default values'],
    ['(values (1)) s (ref) on t.id = s.ref', 'insert (id) overriding user value values (s.ref)'],
  ])(
    'of a row that gets another key than was looked for names none: using %s when not matched then %s',
    (using, insert) => {
      expect(one(`merge into t using ${using} when not matched then ${insert}`).conditions).toEqual([]);
    },
  );

  test('that deletes in one of its cases has no values', () => {
    const text = `merge into t using (select 7 as id) as s on t.id = s.id when matched and x then delete when matched then update set n = 1`;
    expect(one(text)).toMatchObject({ assignments: [], conditions: [{ column: 'id' }] });
  });

  test('is about other rows too where it says what becomes of those without a source', () => {
    const text =
      'merge into t using (select 7 as id) as s on t.id = s.id when not matched by source then delete';
    expect(one(text).conditions).toEqual([]);
  });
});

describe('values and rows', () => {
  test('NULL is a value', () => {
    expect(plain(one('update a set x = null, y = $1').assignments)).toEqual({ x: null, y: '$1' });
  });

  test('INSERT … SELECT has the values that it gives to every row', () => {
    expect(plain(one("insert into a (x, y, z) select id, 'ann', $1 from b").assignments)).toEqual({
      y: 'ann',
      z: '$1',
    });
    expect(
      one('insert into a (id, y) select 1, $1 where not exists (select from a)').insertedRows.map(plain),
    ).toEqual([{ id: '1', y: '$1' }]);
    expect(one('insert into a (x, y) select 1, 2 union all select 3, 4').assignments).toEqual([]);
    expect(one('insert into a (x, y, z) select *, 1 from b').assignments).toEqual([]);
  });

  test('a part of a column is no value of it', () => {
    expect(one('update a set x[2] = 3, y.z = 4, w = 5').assignments).toEqual([
      { column: 'w', source: { constant: '5' } },
    ]);
  });

  test('values stand at the places of their targets, also where two go into parts of one column', () => {
    const { fields, assignments } = one('insert into a (arr[1], arr[2], id) values (10, 20, $1)');
    expect([fields, plain(assignments)]).toEqual([['arr', 'id'], { id: '$1' }]);
    const merge = `merge into t using (select 7 as id) as s on t.id = s.id when not matched then insert (arr[1], arr[2], id) values (1, 2, s.id)`;
    expect(plain(one(merge).assignments)).toEqual({ id: '7' });
  });

  test.each([
    'insert into a (x, y, z) select (f()).*, 1',
    'insert into a (x, y, z) values ((f()).*, 1)',
    'insert into a (id, y) overriding user value values (77, 1)',
  ])('are not known of %s', (text) => {
    expect(one(text).assignments).toEqual([]);
    expect(one(text).insertedRows.flat()).toEqual([]);
  });

  test('that all rows share are shared by those behind the first hundred too', () => {
    const rows = `${'(1, 2), '.repeat(150)}(9, 2)`;
    expect(plain(one(`insert into a (id, y) values ${rows}`).assignments)).toEqual({ y: '2' });
  });

  test('beside other tables only a column that says whose it is says something', () => {
    const columns = (text: string): string[] => one(text).conditions.map(({ column }) => column);
    expect(columns('update t set x = 1 from o where t.id = 1 and o.id = 2 and n = 3')).toEqual(['id']);
    expect(columns('delete from t using o where t.id = 1 and n = 3')).toEqual(['id']);
    expect(columns('delete from t where t.id = 1 and n = 3')).toEqual(['id', 'n']);
  });

  test('of very many rows the first hundred are kept, and the number of all', () => {
    const { insertedRows, insertedRowCount } = one(
      `insert into a (id) values ${Array(300).fill('(1)').join(', ')}`,
    );
    expect([insertedRows.length, insertedRowCount]).toEqual([100, 300]);
  });
});

describe('RETURNING', () => {
  test.each<[string, [string, string][]]>([
    [
      'insert into t values (1) returning id, *, x as y, lower(z)',
      [
        ['id', 'new'],
        ['*', 'new'],
        ['x', 'new'],
        ['', 'unknown'],
      ],
    ],
    ['delete from t returning t.id', [['id', 'old']]],
    [
      'update t set x = 1 returning old.*, new.x, id',
      [
        ['*', 'old'],
        ['x', 'new'],
        ['id', 'new'],
      ],
    ],
    [
      'update t set x = 1 returning with (old as o, new as n) o.x, n.x',
      [
        ['x', 'old'],
        ['x', 'new'],
      ],
    ],
    [
      'update t as a set x = 1 from b returning a.id, b.id, id',
      [
        ['id', 'new'],
        ['', 'unknown'],
        ['', 'unknown'],
      ],
    ],
    ['update t set x = 1 from b returning *', []],
    [
      'update t set x = 1 from b as new where t.id = new.id returning new.id, old.id',
      [
        ['', 'unknown'],
        ['id', 'old'],
      ],
    ],
    [
      'delete from t using (b join (select 1 as id) as old on true) returning old.id, t.id',
      [
        ['', 'unknown'],
        ['id', 'old'],
      ],
    ],
    ['delete from t using "new" returning "new".id', [['', 'unknown']]],
    ['delete from t as new returning new.id', [['id', 'old']]],
    ['merge into t using b as old on true when matched then delete returning old.id', [['', 'unknown']]],
    ['merge into t using b on true when matched then delete returning t.id', [['id', 'unknown']]],
    ['delete from t', []],
  ])('%s', (text, expected) => {
    expect(one(text).returning.map(({ column, time }) => [column, time])).toEqual(expected);
  });
});

describe('what is said about keys', () => {
  test.each<[string, unknown[]]>([
    ['create table s.t (id int, n text primary key)', [['s.t', ['n'], 'definition']]],
    ['create table t (a int, b int, constraint k primary key (b, a))', [['t', ['b', 'a'], 'definition']]],
    ['create table if not exists t (a int primary key)', [['t', ['a'], 'presumption']]],
    ['create table t (a int unique)', []],
    ['alter table t add primary key (a, b)', [['t', ['a', 'b'], 'definition']]],
    ['alter table t add column a int primary key', [['t', ['a'], 'definition']]],
    ['alter table t drop constraint t_pkey', [['t', [], 'definition']]],
    ['alter table t drop column a', [['t', [], 'definition']]],
    ['alter table t rename a to b', [['t', [], 'definition']]],
    ['alter table t add column a int', []],
    [
      'drop table t, s.u',
      [
        ['t', [], 'definition'],
        ['s.u', [], 'definition'],
      ],
    ],
    ['insert into t (a, b) values (1, 2) on conflict (a, b) do nothing', [['t', ['a', 'b'], 'conflict']]],
    ['insert into t (a) values (1) on conflict (lower(a)) do nothing', []],
    ['insert into t (a) values (1) on conflict (a) where b do nothing', []],
  ])('%s', (text, facts) => {
    expect(one(text).keys.map(({ table, columns, from }) => [table, columns, from])).toEqual(facts);
  });
});

describe('the objects of a definition', () => {
  test.each([
    ['create aggregate s.a (int) (sfunc = f, stype = int)', 's.a'],
    ['create operator public.=== (leftarg = int, rightarg = int, function = f)', 'public.==='],
    ["create type s.t as enum ('a')", 's.t'],
    ["alter type s.t add value 'x'", 's.t'],
    ['create domain s.d as int', 's.d'],
    ['create extension postgis', 'postgis'],
    ['create server s foreign data wrapper f', 's'],
    ['create publication p for all tables', 'p'],
    ["create subscription s connection 'x' publication p", 's'],
    ['create event trigger e on ddl_command_start execute function f()', 'e'],
    ['create schema authorization bob', 'bob'],
    ['create statistics s.st on a, b from t', 't'],
    ['create text search configuration c (parser = default)', 'c'],
    ["create tablespace ts location '/x'", 'ts'],
    ['drop operator family s.o using btree', 's.o'],
    ['drop language l', 'l'],
    ['alter function s.f(int) rename to g', 's.f'],
    ['alter schema s rename to t', 's'],
    ["comment on column s.t.c is 'x'", 's.t'],
    ["comment on constraint c on t is 'x'", 't'],
    ['import foreign schema x from server s into y', 'y'],
    ['reindex database d', 'd'],
    ['alter system set work_mem = 1', 'work_mem'],
    ['grant execute on function s.f(int) to ann', 's.f'],
    ['grant usage on schema s to ann', 's'],
    ['grant all on all tables in schema s to ann', 's'],
    ['grant admin to ann', 'admin'],
    ['revoke connect on database d from public', 'd'],
    ['alter database d owner to x', 'd'],
    ['reassign owned by a to b', 'a'],
  ])('%s is about %s', (text, name) => {
    expect(one(text)).toMatchObject({ problem: '' });
    expect(one(text).tables[0]).toBe(name);
  });
});
