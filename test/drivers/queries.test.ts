import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import type { RecordRow } from '../support/preloaded.ts';
import { runCases } from './case-runs.ts';

const require = createRequire(import.meta.url);
const names = Object.keys(require('./fixtures/query-cases.cjs') as object);
const run = runCases(names);

/** The only record of a case. */
function only(name: string): RecordRow {
  const { records } = run(name);
  expect(records).toHaveLength(1);
  return records[0] as RecordRow;
}

test.each(names)('%s: the application sees exactly what it sees without us', (name) => {
  const { seen, seenBare } = run(name);
  expect(seen).toEqual(seenBare);
});

test('nothing is said on standard error but what pg itself says', () => {
  const lines = run('insertReturning').stderr.split('\n');
  expect(lines.filter((line) => line !== '' && !/Deprecation|--trace-deprecation/.test(line))).toEqual([]);
});

test('every record names the connection, the database and the request', () => {
  for (const name of names) {
    for (const record of run(name).records) {
      expect(record).toMatchObject({ db_system: 'postgresql', db_namespace: 'audited', http_method: 'GET' });
      expect(record.db_backend_pid, name).toBeGreaterThan(0);
      expect(record.trace_id).toMatch(/^[0-9a-f]{32}$/);
    }
  }
});

describe('what a write touched', () => {
  test('an inserted row is known by the key that came back, and its secrets are not kept', () => {
    expect(only('insertReturning')).toMatchObject({
      action: 'create',
      outcome: 'success',
      transaction_outcome: 'autocommit',
      target_type: 'users',
      target_id: '1',
      db_rows: 1,
      changed_fields: ['email', 'password'],
      new_values: { email: 'ann@example.com', password: '[redacted]' },
      db_statement: 'insert into users (email, password) values ($1, $2) returning id, email',
    });
  });

  test('constants are values too, and are not kept in the statement', () => {
    expect(only('insertLiterals')).toMatchObject({
      target_id: '2',
      new_values: { email: 'bob@example.com', password: '[redacted]', age: '41' },
      db_statement: 'insert into users (email, password, age) values (?, ?, ?) returning id',
    });
  });

  test.each([
    ['insertManyRows', 'create', ['71', '72', '73'], 3],
    ['updateManyReturning', 'update', ['71', '72', '73'], 3],
    ['updateIn', 'update', ['71', '72'], 2],
    ['deleteAny', 'delete', ['72', '73'], 2],
  ])('%s names every row', (name, action, keys, rows) => {
    expect(only(name)).toMatchObject({ action, target_id: '', target_ids: keys, db_rows: rows });
  });

  test.each([
    ['insertOwnKey', 'orders', '1', 1],
    ['updateById', 'users', '1', 1],
    ['updateJoined', 'orders', '71', 1],
    ['noRows', 'users', '-1', 0],
    ['readById', 'users', '1', 1],
    ['rowModeArray', 'users', '3', 1],
  ])('%s names its row', (name, table, key, rows) => {
    expect(only(name)).toMatchObject({ target_type: table, target_id: key, target_ids: [], db_rows: rows });
  });

  test('a computed value is a changed field without a value', () => {
    expect(only('updateById')).toMatchObject({ changed_fields: ['age', 'email'], new_values: { age: '30' } });
  });

  test('values of every type are kept as text', () => {
    expect(only('valueTypes').new_values).toEqual({
      document: '{"a":1}',
      bytes: '\\x616263',
      day: '1970-01-01T00:00:00.000Z',
      nothing: 'NULL',
      flags: '{"true","false"}',
      large: '1152921504606846976',
    });
  });

  test('parameters are those of the call, whatever becomes of their array', () => {
    expect(only('reusedParameters').new_values).toEqual({ email: 'before@example.com' });
  });

  test('a prepared statement is known by its name alone', () => {
    expect(
      run('namedPrepared').records.map(({ target_id, new_values }) => [target_id, new_values['age']]),
    ).toEqual([
      ['1', '31'],
      ['2', '32'],
      ['2', '33'],
    ]);
  });

  test('a text without a statement is no action', () => {
    expect(run('emptyTexts').records).toEqual([]);
  });
});

describe('failures', () => {
  test.each([
    ['errorPromise', 'update', 'failure', '42P01'],
    ['errorCallback', 'delete', 'failure', '42P01'],
    ['syntaxError', 'other', 'failure', '42601'],
    ['uniqueViolation', 'create', 'failure', '23505'],
    ['permissionDenied', 'delete', 'denied', '42501'],
    ['statementTimeout', 'update', 'failure', '57014'],
    ['queryTimeout', 'update', 'unknown', 'Error'],
    ['closedClient', 'update', 'failure', 'Error'],
  ])('%s: %s is a %s with %s', (name, action, outcome, type) => {
    expect(only(name)).toMatchObject({ action, outcome, error_type: type, severity: 'warning', db_rows: 0 });
  });

  test('a refused write still says which row and which values it was about', () => {
    expect(only('uniqueViolation')).toMatchObject({
      target_id: '1',
      new_values: { id: '1', email: 'twice@example.com' },
      error_message: 'duplicate key value violates unique constraint "users_pkey"',
    });
  });

  test('of a text that cannot be parsed only the keyword is kept, with the reason', () => {
    expect(only('syntaxError')).toMatchObject({
      db_statement: 'UPDAT',
      attributes: { 'audit.sql.problem': 'syntax error at or near ?' },
    });
  });

  test('a query that never got a connection was never sent', () => {
    expect(run('connectTimeout').records).toEqual([]);
  });

  test('a rejection that nobody handles is raised once, and recorded once', () => {
    expect(run('unhandledRejection').seen).toHaveLength(2);
    expect(run('unhandledRejection').records.map(({ changed_fields }) => changed_fields)).toEqual([
      ['client'],
      ['pool'],
    ]);
  });

  test('a query that cannot be sent does not stop the next one', () => {
    expect(
      run('badArguments').records.map(({ outcome, new_values }) => [outcome, new_values['age']]),
    ).toEqual([
      ['failure', undefined],
      ['failure', 'Symbol(odd)'],
      ['success', '63'],
    ]);
  });
});

describe('forms of a call', () => {
  test.each([
    ['callbackForms', ['50', '51', '52', '53']],
    ['trailingUndefined', ['54']],
    ['configCallback', ['60', '60', '60']],
    ['frozenConfig', ['61']],
    ['throwingCallback', ['62']],
    ['ownPromise', ['64']],
    ['submittable', ['70']],
  ])('%s is recorded once for each call', (name, ages) => {
    const { records } = run(name);
    expect(records.map(({ new_values }) => new_values['age'])).toEqual(ages);
    expect(records.map(({ outcome, db_rows }) => [outcome, db_rows])).toEqual(ages.map(() => ['success', 1]));
  });

  test("a config with a callback stays the application's", () => {
    expect(run('configCallback').seen).toMatchObject({ isUntouched: true, fields: ['text', 'callback'] });
  });

  test('a submittable that fails is a failure, and the connection goes on', () => {
    expect(run('submittableError').records.map(({ outcome, error_type }) => [outcome, error_type])).toEqual([
      ['failure', '42P01'],
      ['success', ''],
    ]);
  });

  test('LISTEN and NOTIFY are recorded without what was told', () => {
    expect(run('notify').records.map(({ action, db_statement }) => [action, db_statement])).toEqual([
      ['other', 'listen news'],
      ['other', 'notify news, ?'],
    ]);
  });

  test('a hundred queries queued on one client are a hundred records, without a warning', () => {
    const { records, seen } = run('manyOnOneClient');
    expect(seen).toEqual({ rows: 100, warnings: [] });
    expect(records.map(({ new_values }) => Number(new_values['age']))).toEqual(
      Array.from({ length: 100 }, (_, index) => index),
    );
    expect(new Set(records.map(({ db_backend_pid }) => db_backend_pid)).size).toBe(1);
  });
});
