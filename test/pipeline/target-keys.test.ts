import { beforeAll, describe, expect, test } from 'vitest';
import type { StatementResult } from '../../src/pipeline/facts.ts';
import { newValues } from '../../src/pipeline/statements/new-values.ts';
import { returnedValues } from '../../src/pipeline/statements/returned-values.ts';
import { JsonRoom, jsonValue } from '../../src/pipeline/values/json-value.ts';
import { TableKeys } from '../../src/pipeline/statements/table-keys.ts';
import type { TransactionOutcome } from '../../src/sql/held-statements.ts';
import type { KeyScope } from '../../src/pipeline/statements/table-keys.ts';
import type { SentValue } from '../../src/pipeline/values/value-text.ts';
import { targetKeys } from '../../src/pipeline/statements/target-keys.ts';
import { loadSqlParser } from '../../src/sql/analyse.ts';
import { one } from '../sql/statements.ts';

beforeAll(loadSqlParser);

/** An answer with rows as lists. */
function answer(names: readonly string[], ...rows: unknown[]): StatementResult {
  return { command: '', rowCount: rows.length, rows, fields: names.map((name) => ({ name })) };
}

const DONE = answer([]);

interface Lessons {
  readonly configured?: readonly { table: string; columns: readonly string[] }[];
  /** Statements that were carried out before. */
  readonly after?: readonly string[];
}

const HERE: KeyScope = { server: 'a:5432', namespace: 'db', path: '' };

function learn(learnt: TableKeys, text: string, scope = HERE): void {
  learnt.learnHints(scope, one(text), DONE);
  learnt.learnDefinitions(scope, one(text), 'autocommit');
}

function keys(text: string, { configured = [], after = [] }: Lessons = {}, result = DONE): readonly string[] {
  const learnt = new TableKeys(configured);
  for (const lesson of after) learn(learnt, lesson);
  const statement = one(text);
  return targetKeys(statement, ['p1', 'p2'], result, learnt.keyOf(HERE, statement.tables[0] ?? '')).ids;
}

describe('the key of a row', () => {
  const byNumber = 'update orders set a = 1 where order_no = 7 and id = 3';

  test('goes by its name where nobody has said anything else', () => {
    expect(keys(byNumber)).toEqual(['3']);
  });

  test('is what the configuration says, whatever passes by', () => {
    const configured = [{ table: 'orders', columns: ['order_no'] }];
    expect(keys(byNumber, { configured, after: ['create table orders (id int primary key)'] })).toEqual([
      '7',
    ]);
    expect(keys('delete from shop.orders where order_no = $1', { configured })).toEqual(['p1']);
  });

  test('is what a definition says', () => {
    expect(keys(byNumber, { after: ['create table orders (order_no int primary key)'] })).toEqual(['7']);
    expect(keys(byNumber, { after: ['alter table public.orders add primary key (order_no)'] })).toEqual([
      '7',
    ]);
    expect(
      keys('update other.orders set a = 1 where id = 3', {
        after: ['create table orders (x int primary key)'],
      }),
    ).toEqual(['3']);
  });

  test('is not known where the key that is known is not in the statement', () => {
    expect(
      keys('update orders set a = 1 where id = 3', {
        after: ['create table orders (order_no int primary key)'],
      }),
    ).toEqual([]);
  });

  test('is forgotten with what it was learnt from', () => {
    const create = 'create table orders (order_no int primary key)';
    for (const later of [
      'drop table orders',
      'alter table orders rename order_no to x',
      'alter table orders drop constraint orders_pkey',
    ]) {
      expect(keys(byNumber, { after: [create, later] })).toEqual(['3']);
    }
  });

  test('is not taken from lessons that contradict each other', () => {
    const after = [
      'create table orders (order_no int primary key)',
      'create table orders (a int primary key)',
    ];
    expect(keys(byNumber, { after })).toEqual(['3']);
  });

  test('is only hinted at by ON CONFLICT and by a single column that comes back', () => {
    const upsert = 'insert into orders (order_no) values (1) on conflict (order_no) do nothing';
    expect(keys(byNumber, { after: [upsert] })).toEqual(['3']);
    expect(keys('delete from orders where order_no = 7', { after: [upsert] })).toEqual(['7']);
    expect(
      keys('delete from orders where order_no = 7', {
        after: ['insert into orders (a) values (1) returning order_no'],
      }),
    ).toEqual(['7']);
    const other = 'insert into orders (email) values (1) on conflict (email) do nothing';
    expect(keys('delete from orders where order_no = 7', { after: [upsert, other] })).toEqual([]);
  });

  test('is learnt from a primary key that exists already', () => {
    const learnt = new TableKeys([]);
    const error = {
      type: '23505',
      message: '',
      table: 'orders',
      schema: 'public',
      constraint: 'orders_pkey',
    };
    learnt.learnFromError(HERE, { ...error, detail: 'Key ("order no", line)=(7, (2)) already exists.' });
    expect(learnt.keyOf(HERE, 'orders')).toEqual({ columns: ['order no', 'line'], isSure: true });
    learnt.learnFromError(HERE, {
      ...error,
      table: 'users',
      constraint: 'users_email_key',
      detail: 'Key (email)=(x) already exists.',
    });
    learnt.learnFromError(HERE, { ...error, table: 'stock', detail: 'Key (lower(sku))=(x) already exists.' });
    expect([
      learnt.keyOf(HERE, 'users'),
      learnt.keyOf(HERE, 'stock'),
      learnt.keyOf({ ...HERE, namespace: 'other' }, 'orders'),
    ]).toEqual([undefined, undefined, undefined]);
  });

  test('of tables without end is forgotten, the oldest first', () => {
    const learnt = new TableKeys([]);
    for (let n = 0; n < 2_001; n++) learn(learnt, `create table t${n} (a int primary key)`);
    expect([learnt.keyOf(HERE, 't0'), learnt.keyOf(HERE, 't1')?.columns]).toEqual([undefined, ['a']]);
  });

  test('is not learnt from a statement that failed', () => {
    const learnt = new TableKeys([]);
    learnt.learnHints(HERE, one('insert into t (a) values (1) on conflict (a) do nothing'), undefined);
    expect(learnt.keyOf(HERE, 't')).toBeUndefined();
  });

  test('is not learnt from what was rolled back, and forgotten where nobody knows whether it was', () => {
    const learnt = new TableKeys([]);
    const define = (text: string, outcome: TransactionOutcome): readonly string[] | undefined => {
      learnt.learnDefinitions(HERE, one(text), outcome);
      return learnt.keyOf(HERE, 't')?.columns;
    };
    expect(define('create table t (a int primary key)', 'rolled_back')).toBeUndefined();
    expect(define('create table t (a int primary key)', 'committed')).toEqual(['a']);
    expect(define('drop table t', 'rolled_back')).toEqual(['a']);
    expect(define('alter table t add primary key (b)', 'unknown')).toBeUndefined();
  });

  test.each(['create temp table t (a int primary key)', 'create table pg_temp.t (a int primary key)'])(
    'is not that of a table that hides it for a time: %s',
    (text) => {
      const learnt = new TableKeys([]);
      learn(learnt, text);
      expect(learnt.keyOf(HERE, 't')).toBeUndefined();
    },
  );

  test('is that of the table which the name means there: by server, database and search path', () => {
    const learnt = new TableKeys([]);
    learn(learnt, 'create table t (a int primary key)');
    learn(learnt, 'create table t (b int primary key)', { ...HERE, path: 'r2' });
    learn(learnt, 'create table t (c int primary key)', { ...HERE, server: 'b:5432' });
    learn(learnt, 'create table t (d int primary key)', { ...HERE, path: 'r3, r4' });
    learn(learnt, 'create table t (e int primary key)', { ...HERE, path: undefined });
    const of = (scope: Partial<KeyScope>, table = 't') => learnt.keyOf({ ...HERE, ...scope }, table)?.columns;
    expect([of({}), of({ path: 'public' }), of({}, 'public.t')]).toEqual([['a'], ['a'], ['a']]);
    expect([of({ path: 'r2' }), of({}, 'r2.t'), of({ path: undefined }, 'r2.t')]).toEqual([
      ['b'],
      ['b'],
      ['b'],
    ]);
    expect([of({ server: 'b:5432' }), of({ path: 'r3, r4' })]).toEqual([['c'], ['d']]);
    expect([of({ path: undefined }), of({ path: 'r4' })]).toEqual([undefined, undefined]);
  });

  test('is none where its value finds several rows, unless it is sure', () => {
    const after = ['insert into jobs (tenant_id) values (6) returning tenant_id'];
    const text = 'delete from jobs where tenant_id = 5';
    expect(keys(text, { after }, { ...DONE, rowCount: 3 })).toEqual([]);
    expect(keys(text, { after }, { ...DONE, rowCount: 1 })).toEqual(['5']);
    const configured = [{ table: 'jobs', columns: ['tenant_id'] }];
    expect(keys(text, { configured }, { ...DONE, rowCount: 3 })).toEqual(['5']);
    expect(
      keys('select count(*) from jobs where tenant_id = 5', { after }, { ...DONE, rowCount: 1 }),
    ).toEqual([]);
    expect(keys('delete from jobs where id in (1, 2)', {}, { ...DONE, rowCount: 2 })).toEqual(['1', '2']);
  });
});

describe('the spelling of a key', () => {
  const asked = (text: string, value: SentValue, after: readonly string[] = []): readonly string[] => {
    const learnt = new TableKeys([]);
    for (const lesson of after) learn(learnt, lesson);
    return targetKeys(one(text), [value], DONE, learnt.keyOf(HERE, 't')).ids;
  };

  test('does not hide the row: it is also the one PostgreSQL has for it', () => {
    expect(asked('delete from t where id = $1', '0x2A')).toEqual(['0x2A', '42']);
    expect(asked('insert into t (id) values ($1)', ' 042')).toEqual([' 042', '42']);
    expect(asked("delete from t where id in (' 42', '042', 7)", null)).toEqual([' 42', '42', '042', '7']);
  });

  test('is kept where the definition says that it is a text', () => {
    const after = ['create table t (id varchar(9) primary key)'];
    expect(asked('delete from t where id = $1', '042', after)).toEqual(['042']);
  });

  test('of an array that was sent as a text is that of its items', () => {
    const text = 'delete from t where id = any($1)';
    expect(asked(text, '{42, 1,NULL}')).toEqual(['42', '1']);
    expect(asked(text, '{"a,b","c\\"d"}')).toEqual(['a,b', 'c"d']);
    expect(asked(text, 'no array')).toEqual([]);
    expect(asked("delete from t where id = any('{7,8}'::int[])", null)).toEqual(['7', '8']);
  });
});

describe('an upsert', () => {
  const insert = 'insert into t (id, email) values ($1, $2) on conflict';

  test('names the row that it inserts only where it looks for it by its key', () => {
    expect(keys(`${insert} (id) do update set x = 1`)).toEqual(['p1']);
    expect(keys(`${insert} (email) do update set x = 1`)).toEqual([]);
    expect(keys(`${insert} on constraint t_email_key do update set x = 1`)).toEqual([]);
    expect(keys(`${insert} (email) do update set x = 1 returning id`, {}, answer(['id'], [1]))).toEqual([
      '1',
    ]);
  });

  test('may look for its key in any order of the columns', () => {
    const configured = [{ table: 'lines', columns: ['order_id', 'line'] }];
    const text =
      'insert into lines (order_id, line) values (1, 2) on conflict (line, order_id) do update set x = 1';
    expect(keys(text, { configured })).toEqual(['1,2']);
  });
});

describe('a key of several columns', () => {
  const lessons = { configured: [{ table: 'lines', columns: ['order_id', 'line'] }] };

  test('is its parts in their order, joined by a comma', () => {
    expect(keys('update lines set a = 1 where line = 2 and order_id = $1', lessons)).toEqual(['p1,2']);
    expect(keys('insert into lines (line, order_id) values (1, $1), ($2, 7)', lessons)).toEqual([
      'p1,1',
      '7,p2',
    ]);
    expect(
      keys(
        'delete from lines returning line, order_id',
        lessons,
        answer(['line', 'order_id'], [1, 2], [3, 4]),
      ),
    ).toEqual(['2,1', '4,3']);
  });

  test('is not known as long as one part is missing, or has several values', () => {
    expect(keys('update lines set a = 1 where order_id = 7', lessons)).toEqual([]);
    expect(keys('update lines set a = 1 where order_id = 7 and line in (1, 2)', lessons)).toEqual([]);
    expect(keys('insert into lines (order_id, line) values (1, now())', lessons)).toEqual([]);
  });
});

describe('keys that come back', () => {
  test('are those of the written table only', () => {
    const text = 'update t as a set x = 1 from b where a.id = 7 returning b.id, a.n';
    expect(keys(text, {}, answer(['id', 'n'], [99, 1]))).toEqual(['7']);
    expect(
      keys('update t as a set x = 1 from b where a.id = 7 returning *', {}, answer(['id', 'id'], [7, 99])),
    ).toEqual(['7']);
    expect(keys('insert into t (x) values (1) returning *', {}, answer(['x', 'id'], [1, 5]))).toEqual(['5']);
  });

  test('are the ones the row was addressed with, where a key changes and both are known', () => {
    const both = 'update t set id = 43 where id = $1 returning new.id, old.id';
    expect(keys(both, {}, answer(['id', 'id'], [43, 42]))).toEqual(['42']);
    expect(keys('update t set id = 43 where id = 42 returning id', {}, answer(['id'], [43]))).toEqual(['42']);
    expect(keys('update t set id = 43 where n = 1 returning id', {}, answer(['id'], [43]))).toEqual(['43']);
    const upsert =
      'insert into t (n) values (1) on conflict (n) do update set n = 2 returning old.id, new.id as now';
    expect(keys(upsert, {}, answer(['id', 'now'], [null, 5]))).toEqual(['5']);
  });

  test('are not those of a table that is called new', () => {
    const text = 'update t set x = 1 from b as new where t.id = new.t_id returning new.id';
    expect(keys(text, {}, answer(['id'], [777]))).toEqual([]);
  });

  test('are not those of a SELECT around the write', () => {
    const text = 'with d as (delete from t where id = 7 returning *) select id from other';
    expect(keys(text, {}, answer(['id'], [1], [2]))).toEqual(['7']);
  });

  test('are there for COPY and INSERT … SELECT only so', () => {
    expect(keys('insert into t (id, x) select id, 1 from s')).toEqual([]);
    expect(
      keys('insert into t (id, x) select id, 1 from s returning id', {}, answer(['id'], [1], [2])),
    ).toEqual(['1', '2']);
    expect(keys('copy t (id) from stdin')).toEqual([]);
  });
});

describe('returned rows', () => {
  test('of one row that was written are its values now', () => {
    const statement = one('insert into t (x) values (1) returning id, x as y, lower(z)');
    expect(returnedValues(statement, answer(['id', 'y', 'lower'], [5, null, 'q']))).toEqual({
      old: {},
      new: { id: '5', x: 'NULL' },
      rows: ['{"id":5,"y":null,"lower":"q"}'],
      isCut: false,
    });
  });

  test('of one row that was deleted are its values before', () => {
    expect(
      returnedValues(one('delete from t where id = 5 returning *'), answer(['id', 'x'], { id: 5, x: 'a' })),
    ).toMatchObject({
      old: { id: '5', x: 'a' },
      new: {},
    });
  });

  test('of PostgreSQL 18 say both', () => {
    const statement = one('update t set x = 2 returning old.*, new.*');
    expect(returnedValues(statement, answer(['id', 'x', 'id', 'x'], [5, 1, 5, 2]))).toEqual({
      old: { id: '5', x: '1' },
      new: { id: '5', x: '2' },
      rows: ['{"old.id":5,"old.x":1,"new.id":5,"new.x":2}'],
      isCut: false,
    });
    const named = one('update t set x = 2 returning old.x as before, new.x');
    expect(returnedValues(named, answer(['before', 'x'], { before: 1, x: 2 }))).toMatchObject({
      old: { x: '1' },
      new: { x: '2' },
    });
  });

  test('lost the first of two columns of one name where the driver made objects of them', () => {
    const statement = one('update t set x = 2 returning old.x, new.x');
    expect(returnedValues(statement, answer(['x', 'x'], { x: 2 }))).toEqual({
      old: {},
      new: { x: '2' },
      rows: ['{"x":2}'],
      isCut: false,
    });
  });

  test('of a MERGE may be before or after, and of many rows are rows only', () => {
    const merge = one('merge into t using s on t.id = s.id when matched then delete returning t.id');
    expect(returnedValues(merge, answer(['id'], [1]))).toEqual({
      old: {},
      new: {},
      rows: ['{"id":1}'],
      isCut: false,
    });
    const many = returnedValues(
      one('delete from t returning id'),
      answer(['id'], ...Array.from({ length: 150 }, (_, n) => [n])),
    );
    expect([many.old, many.rows.length, many.isCut]).toEqual([{}, 100, true]);
  });

  test('of a statement that only reads are rows only', () => {
    expect(returnedValues(one('select id from t'), answer(['id'], [1]))).toEqual({
      old: {},
      new: {},
      rows: ['{"id":1}'],
      isCut: false,
    });
  });

  test('hold documents as they are, and run nothing of them', () => {
    let isRun = false;
    const hostile = {
      get secret() {
        return (isRun = true);
      },
    };
    const day = new Date(0);
    const row = [{ a: [1, null, true], ['__proto__']: 'x' }, day, hostile, new Proxy({}, {}), 2n ** 60n, NaN];
    const names = ['document', 'day', 'hostile', 'proxy', 'large', 'nan'];
    const { rows } = returnedValues(one('select * from t'), answer(names, row));
    expect(rows).toEqual([
      '{"document":{"a":[1,null,true],"__proto__":"x"},"day":"1970-01-01T00:00:00.000Z","hostile":{"secret":"[unserialised]"},"proxy":"[unserialised]","large":"1152921504606846976","nan":"NaN"}',
    ]);
    expect(isRun).toBe(false);
  });

  test('that are too many or too long say so', () => {
    const long = answer(['x'], ...Array.from({ length: 20 }, () => ['x'.repeat(10_000)]));
    const { rows, isCut } = returnedValues(one('select x from t'), long);
    expect([rows.length, isCut]).toEqual([8, true]);
    for (const row of rows) expect(row.length).toBe(8_192);
  });

  test('of large documents are walked no further than they are kept', () => {
    const tree = Array.from({ length: 200 }, () => Array.from({ length: 200 }, () => ['text', { a: 1 }]));
    const room = new JsonRoom(8_193);
    jsonValue(tree, room);
    expect([room.isSpent, room.visited < 8_193]).toEqual([true, true]);
    const { rows, isCut } = returnedValues(
      one('select x from t'),
      answer(['x'], ...Array.from({ length: 9 }, () => [tree])),
    );
    expect([rows.length, isCut]).toEqual([8, true]);
    expect(rows[0]).toBe(JSON.stringify({ x: tree }).slice(0, 8_192));
  });

  test('of a thousand columns with one name are said to be cut', () => {
    const names = Array<string>(2_000).fill('the_same_name');
    const { rows, isCut } = returnedValues(one('select * from t'), answer(names, Array(2_000).fill(1)));
    expect([rows, isCut]).toEqual([['{"the_same_name":1}'], true]);
  });

  test('end where a name is too long to stand, and say so', () => {
    const document = { a: 1, ['password'.repeat(200)]: 'x', b: 2 };
    expect(returnedValues(one('select x from t'), answer(['x'], [document]))).toMatchObject({
      rows: ['{"x":{"a":1}}'],
      isCut: true,
    });
  });

  test('are none of a statement that answers for another', () => {
    expect(
      returnedValues(one('with d as (delete from t returning *) select id from d'), answer(['id'], [1])).rows,
    ).toEqual([]);
  });
});

describe('new values', () => {
  test('of one row are constants and parameters', () => {
    expect(newValues(one('update t set a = $1, b = null, c = $9, d = now()'), ['x'])).toEqual({
      a: 'x',
      b: 'NULL',
    });
  });

  test('of many rows are the value they share, or those of the first ten', () => {
    const text = "insert into t (a, b, c, d) values ($1, 1, now(), 'x'), ($1, $2, now(), now())";
    expect(newValues(one(text), ['p', null])).toEqual({ a: 'p', b: '["1","NULL"]', d: '["x",null]' });
    const rows = Array.from({ length: 20 }, (_, n) => `(${n})`).join();
    expect(newValues(one(`insert into t (a) values ${rows}`), [])).toEqual({
      a: '["0","1","2","3","4","5","6","7","8","9"]',
    });
  });

  test('may go into a column of any name', () => {
    expect(Object.keys(newValues(one('update t set "__proto__" = 1'), []))).toEqual(['__proto__']);
  });
});
