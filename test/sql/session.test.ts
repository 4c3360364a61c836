import { beforeAll, describe, expect, test } from 'vitest';
import { createSqlAnalyser, loadSqlParser } from '../../src/sql/analyse.ts';
import type { AnalysedStatement } from '../../src/sql/analyse.ts';

beforeAll(loadSqlParser);

const analyse = createSqlAnalyser();

function one(text: string): AnalysedStatement {
  const statements = analyse(text);
  expect(statements).toHaveLength(1);
  return statements[0] as AnalysedStatement;
}

describe('prepared statements', () => {
  test('PREPARE says what it keeps for later', () => {
    const { action, prepares } = one('prepare p(int) as delete from a where id = $1');
    expect(action).toBe('other');
    expect(prepares).toMatchObject({
      name: 'p',
      statement: {
        action: 'delete',
        tables: ['a'],
        conditions: [{ column: 'id', sources: [{ parameter: 1 }] }],
      },
    });
  });

  test.each([
    'execute p(1, now(), $1)',
    'explain analyze execute p(1, now(), $1)',
    'create table t as execute p(1, now(), $1)',
  ])('%s names the statement, with its arguments in their places', (text) => {
    expect(one(text).executes).toEqual({
      name: 'p',
      arguments: [{ constant: '1' }, undefined, { parameter: 1 }],
    });
  });

  test('EXPLAIN without ANALYZE carries nothing out', () => {
    expect(one('explain execute p(1)').executes).toBeUndefined();
    expect(one('explain (analyze off) execute p(1)').executes).toBeUndefined();
    expect(one('explain (analyze false) delete from a').action).toBe('read');
    expect(one('explain (analyze on) delete from a').action).toBe('delete');
  });

  test.each([
    ['deallocate p', 'p'],
    ['deallocate prepare "P p"', 'P p'],
    ['deallocate all', ''],
  ])('%s forgets %j', (text, name) => {
    expect(one(text).deallocates).toBe(name);
  });
});

describe('the search path', () => {
  test.each<[string, unknown, boolean]>([
    ['set search_path to a, "B", \'c\'', { constant: 'a, B, c' }, false],
    ["set local search_path = 'a, b'", { constant: 'a, b' }, true],
    ["set session search_path = ''", { constant: '' }, false],
    ["set schema 'x'", { constant: 'x' }, false],
    ['set search_path to default', 'default', false],
    ['set local search_path to default', 'default', true],
    ['reset search_path', 'default', false],
    ['reset all', 'default', false],
    ["select set_config('search_path', 'a', true)", { constant: 'a' }, true],
    ["select pg_catalog.set_config('search_path', '', false)", { constant: '' }, false],
    ["select set_config('search_path', $1, true)", { parameter: 1 }, true],
    ["select set_config('search_path', 'tenant_' || $1, true)", 'unknown', true],
  ])('%s sets it to %j (local: %s)', (text, searchPath, isLocal) => {
    expect(one(text).sets).toEqual({ searchPath, isLocal });
  });

  test.each([
    "set application_name = 'x'",
    'set search_path from current',
    "select set_config('work_mem', '1', true)",
    'select 1',
  ])('%s says nothing of it', (text) => {
    expect(one(text).sets).toBeUndefined();
  });

  test.each(["select set_config('SEARCH_PATH', 'a', false)", 'SET "Search_Path" TO a'])(
    '%s sets it: names of settings have no case',
    (text) => {
      expect(one(text).sets).toEqual({ searchPath: { constant: 'a' }, isLocal: false });
    },
  );

  test.each([
    "select set_config('search_path', 'a', false), now()",
    "select set_config('search_path', 'a', false) from t",
    'select set_config($1, $2, false)',
    "select set_config('search_path', 'a', $1)",
    "insert into t select set_config('search_path', 'a', false)",
    'select tenant_begin(7)',
    'call f()',
    'do $$ begin end $$',
    'create table t as select f()',
  ])('may be another one after %s', (text) => {
    expect(one(text)).toMatchObject({ mayMovePath: true });
    expect(one(text).sets).toBeUndefined();
  });

  test.each([
    "select set_config('app.tenant', $1, true)",
    'select pg_notify($1, $2)',
    'insert into t select nextval($1)',
    'delete from t where id = 1',
    'prepare p as select f()',
  ])('is the same after %s', (text) => {
    expect(one(text).mayMovePath).toBeUndefined();
  });

  test('DISCARD ALL leaves nothing of the session; other DISCARDs do', () => {
    expect(one('discard all').resets).toBe('all');
    expect(one('discard plans').resets).toBeUndefined();
  });
});
