import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMariadb } from '../support/servers.ts';
import type { ForeignServer } from '../support/servers.ts';
import { runForeignCases } from './foreign-cases.ts';
import type { ForeignCases } from './foreign-cases.ts';
import { expectedActs, visitInParallel } from './parallel-users.ts';

const FIXTURE = `${import.meta.dirname}/fixtures/mysql2-app.cjs`;
const USER = "shop@'127.0.0.1'";
const CASES = `insert update upsert replace delete select ddl duplicate denied syntax several rollback`.split(
  ' ',
);

let mariadb: ForeignServer;
let cases: ForeignCases;

beforeAll(async () => {
  mariadb = await startMariadb([
    'CREATE DATABASE shop',
    `CREATE USER ${USER} IDENTIFIED BY 'shop'`,
    `GRANT SELECT, INSERT, UPDATE, CREATE ON shop.* TO ${USER}`,
    'USE shop',
    'CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(99) UNIQUE, password VARCHAR(99))',
    'CREATE TABLE private (id INT)',
    'CREATE TABLE writes (id INT AUTO_INCREMENT PRIMARY KEY, request VARCHAR(99), step VARCHAR(99))',
    `GRANT DELETE ON shop.users TO ${USER}`,
  ]);
  cases = await runForeignCases(FIXTURE, CASES, env());
});

afterAll(() => mariadb?.stop());

function env(): Record<string, string> {
  return { MARIADB_PORT: String(mariadb.port) };
}

test.each([
  ['insert', { action: 'create', target_type: 'users', target_id: '1', db_rows: 1, db_namespace: 'shop' }],
  [
    'update',
    { action: 'update', target_type: 'users', target_id: '1', changed_fields: ['email', 'password'] },
  ],
  ['upsert', { action: 'merge', target_type: 'users' }],
  ['replace', { action: 'merge', target_type: 'users', db_rows: 1 }],
  ['delete', { action: 'delete', target_type: 'users', db_rows: 1 }],
  ['select', { action: 'read', target_type: 'users', policy_rule: 'capture-reads' }],
  ['ddl', { action: 'schema', target_type: 'extra' }],
  ['duplicate', { action: 'create', outcome: 'failure', error_type: 'ER_DUP_ENTRY' }],
  ['denied', { action: 'delete', outcome: 'denied', target_type: 'private' }],
  ['syntax', { action: 'other', outcome: 'failure', error_type: 'ER_PARSE_ERROR' }],
])('%s: what was done and what came of it', (name, expected) => {
  const records = cases.of(name);
  expect(records).toHaveLength(1);
  expect(records[0]).toMatchObject({
    outcome: 'success',
    db_system: 'mysql',
    transaction_outcome: 'unknown',
    ...expected,
  });
});

test('the values that mysql2 writes into its text are those of columns, and secret ones are redacted', () => {
  expect(cases.of('insert')[0]).toMatchObject({
    db_statement: 'INSERT INTO users (email, password) VALUES (?, ?)',
    new_values: { email: "o'hara@example.com", password: '[redacted]' },
  });
  expect(JSON.stringify(cases.end.records)).not.toMatch(/hunter|s3cret@example/);
  expect(cases.of('syntax')[0]?.error_message).toContain('near ? at line 1');
});

test('each statement of a text has a record, and of none it is said how many rows it changed', () => {
  expect(cases.of('several')).toMatchObject([
    { action: 'update', outcome: 'success', attributes: { 'audit.sql.rows': 'unknown' } },
    { action: 'delete', outcome: 'success', target_id: '99', attributes: { 'audit.sql.rows': 'unknown' } },
  ]);
});

test('a rollback is an act of its own, and what it undid does not count as committed', () => {
  expect(cases.of('rollback')).toMatchObject([
    { action: 'update', transaction_outcome: 'unknown' },
    { action: 'rollback', outcome: 'success' },
  ]);
});

test("every write of 50 users on a pool of 2 is its own user's", async () => {
  const { steps, acts } = await visitInParallel(FIXTURE, env());
  const writes = acts.filter(({ action }) => action === 'create');
  expect(writes.map(({ actor_id, new_values }) => `${actor_id}: ${new_values['step']}`).sort()).toEqual(
    expectedActs(steps),
  );
  for (const { actor_id, new_values } of writes) {
    expect(new_values['request']?.replace('request', 'user')).toBe(actor_id);
  }
});

test('as an ES module it is recorded', async () => {
  const { of } = await runForeignCases(`${import.meta.dirname}/fixtures/esm-drivers.mjs`, ['mysql2'], env());
  expect(of('mysql2')).toMatchObject([
    { action: 'create', target_type: 'writes', new_values: { step: 'esm' } },
  ]);
});

test('without its instrumentation nothing of a database is recorded', async () => {
  const { of } = await runForeignCases(FIXTURE, ['ddl'], {
    ...env(),
    AUDIT_REGISTER_INSTRUMENTATIONS: 'none',
  });
  expect(of('ddl')).toEqual([]);
});
