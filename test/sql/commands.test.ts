import { beforeAll, describe, expect, test } from 'vitest';
import { createSqlAnalyser, loadSqlParser } from '../../src/sql/analyse.ts';
import { isForeignRead } from '../../src/sql/foreign-functions.ts';
import { readForeign, withoutConstants } from '../../src/sql/foreign.ts';

beforeAll(loadSqlParser);

const analyse = createSqlAnalyser();
const read = (system: string, operation: string, text: string, collection = '') =>
  readForeign({ system, operation, text, collection }, analyse).statements;

describe('MySQL and MariaDB', () => {
  test.each([
    ["REPLACE INTO users VALUES (1, 's3cret')", 'merge', ['users']],
    ['replace users set a = 1', 'merge', ['users']],
    ['INSERT IGNORE INTO users (a) VALUES (1)', 'create', ['users']],
    ['INSERT users VALUES (1)', 'create', ['users']],
    ['INSERT INTO users VALUES (1) ON DUPLICATE KEY UPDATE a = 2', 'merge', ['users']],
    ["INSERT INTO users VALUES ('on duplicate key')", 'create', ['users']],
    ['UPDATE IGNORE users SET a = 1 LIMIT 1', 'update', ['users']],
    ['DELETE QUICK FROM `my users` WHERE a = 1 LIMIT 1', 'delete', ['my users']],
    ['CREATE TABLE `a` (id INT) ENGINE=InnoDB', 'schema', ['a']],
    ["CREATE USER u IDENTIFIED BY 's3cret'", 'grant', []],
    ["SET PASSWORD = PASSWORD('s3cret')", 'grant', []],
    ["LOAD DATA INFILE '/s3cret' INTO TABLE users", 'copy_in', []],
    ['LOCK TABLES users WRITE', 'lock', []],
    ["SELECT * FROM users INTO OUTFILE '/s3cret'", 'other', []],
    ['COMMIT', 'commit', []],
    ['ROLLBACK', 'rollback', []],
  ] as const)('%s', (text, action, tables) => {
    const [statement] = read('mysql', '', text);
    expect(statement).toMatchObject({ action, tables });
    expect(statement?.normalized).not.toContain('s3cret');
  });

  test('its own functions that only read are no calls', () => {
    const analyseForeign = createSqlAnalyser({ isReadFunction: isForeignRead });
    const actionOf = (text: string) =>
      readForeign({ system: 'mysql', text }, analyseForeign).statements[0]?.action;
    expect(actionOf("SELECT IFNULL(a, DATE_FORMAT(NOW(), '%Y')), GROUP_CONCAT(b) FROM t")).toBe('read');
    expect(actionOf("SELECT pay_invoice(7), GET_LOCK('x', 1)")).toBe('call');
  });

  test('a transaction that begins says nothing', () => {
    expect(read('mysql', '', 'START TRANSACTION')).toMatchObject([{ transaction: { kind: 'begin' } }]);
  });
});

describe('MongoDB', () => {
  const masked = JSON.stringify({ updates: [{ q: { _id: '?' }, u: { $set: { a: '?' } }, upsert: '?' }] });

  test.each([
    [
      'insert',
      '{"_id":"?","name":"?"}',
      { action: 'create', tables: ['users'], fields: ['_id', 'name'], insertedRows: [] },
    ],
    ['update', masked, { action: 'merge', fields: ['a'], assignments: [], conditions: [] }],
    ['update', '', { action: 'update', problem: 'its update is not told' }],
    ['delete', '{"deletes":[{"q":{"_id":7}},{"q":{"a":1}}]}', { action: 'delete', conditions: [] }],
    ['findAndModify', '{"query":{"_id":7},"remove":true}', { action: 'delete' }],
    ['aggregate', '', { action: 'other', problem: 'its pipeline is not told' }],
    ['aggregate', '{"pipeline":[{"$match":{}}]}', { action: 'read' }],
    ['aggregate', '{"pipeline":[{"$out":"?"}]}', { action: 'merge', tables: [] }],
    [
      'aggregate',
      '{"pipeline":[{"$merge":{"into":{"db":"x","coll":"y"}}}]}',
      { action: 'merge', tables: ['y'] },
    ],
    ['mapReduce', '', { action: 'other', problem: 'a command of mongodb that is not known' }],
    ['createIndexes', '', { action: 'schema' }],
  ])('%s %s', (operation, text, expected) => {
    expect(read('mongodb', operation, text, 'users')).toMatchObject([
      { normalized: expect.any(String), ...expected },
    ]);
  });

  test('what is no JSON, or not an object, is read as far as its operation says', () => {
    for (const text of ['not json', '[]', 'null', '"x"', '{"pipeline":7}']) {
      expect(read('mongodb', 'aggregate', text, 'users')).toMatchObject([{ action: 'other' }]);
      expect(read('mongodb', 'delete', text, 'users')).toMatchObject([{ action: 'delete', conditions: [] }]);
    }
  });
});

describe('Redis', () => {
  test.each([
    ['SET', 'SET user:42 [1 other arguments]', { action: 'merge', tables: ['user'], keyColumns: ['key'] }],
    [
      'SET',
      'SET reset:3f9a [1 other arguments]',
      { action: 'merge', tables: ['reset'], keyColumns: ['secret'] },
    ],
    ['GET', 'GET 3f9a1b', { action: 'read', tables: [], normalized: 'GET' }],
    ['GET', 'GET alice@example.com:1', { tables: [] }],
    ['MULTI SET', 'SET a:1 x', { action: 'merge', tables: ['a'] }],
    ['PIPELINE', 'DEL a:1', { action: 'delete', tables: ['a'] }],
    ['FLUSHALL', 'FLUSHALL', { action: 'truncate', tables: [] }],
    ['EVAL', "EVAL return('s3cret') 0", { action: 'call', tables: [], normalized: 'EVAL' }],
    ['CLIENT', 'CLIENT KILL 1.2.3.4', { action: 'other' }],
    ['NOSUCH', 'NOSUCH s3cret:1', { action: 'other', tables: [] }],
  ])('%s: %s', (operation, text, expected) => {
    expect(read('redis', operation, text)).toMatchObject([expected]);
  });

  test('what a client says of itself is no act', () => {
    for (const text of ['HELLO 3', 'CLIENT SETINFO x', 'SELECT 1', 'MULTI', 'AUTH s3cret']) {
      expect(read('redis', '', text)).toEqual([]);
    }
  });
});

test('exporters get no constant of a text', () => {
  expect(withoutConstants('mysql', "SELECT * FROM users WHERE name = 's3cret'")).toBe(
    'SELECT * FROM users WHERE name = ?',
  );
  expect(withoutConstants('mongodb', '{"find":"s3cret"}')).toBe('');
});
