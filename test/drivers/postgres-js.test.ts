import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPreloaded } from '../support/preloaded.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { runForeignCases } from './foreign-cases.ts';
import type { ForeignCases } from './foreign-cases.ts';
import { expectedActs, visitInParallel } from './parallel-users.ts';

const CASES =
  `insert update select rollback savepoint duplicate denied several failing cursor copy described unsent lazy
  array lost`.split(/\s+/);
const TABLES = `
  create table users (id serial primary key, email text unique, password text, age int);
  create table notes (text text);
  create table writes (id serial primary key, request text, step text);
`;

let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres();
  await execute(postgres.url, "create role limited login password 'limited'");
});

afterAll(() => postgres?.stop());

async function execute(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

async function database(name: string): Promise<Record<string, string>> {
  await execute(postgres.url, `create database ${name}`);
  const url = new URL(postgres.url);
  url.pathname = name;
  await execute(url.href, TABLES);
  return { DATABASE_URL: url.href };
}

describe.each(['cjs', 'mjs'])('postgres.js as %s', (format) => {
  const fixture = `${import.meta.dirname}/fixtures/postgres-js.${format}`;
  let cases: ForeignCases;

  beforeAll(async () => {
    cases = await runForeignCases(fixture, CASES, await database(`cases_${format}`));
  });

  test('has the answers that it has without us', async () => {
    const app = await startPreloaded(fixture, { preload: false, env: await database(`bare_${format}`) });
    for (const [name, answer] of cases.answers) {
      const bare = (await (await fetch(`${app.url}/${name}`)).json()) as { result: unknown };
      expect(answer, name).toEqual(bare.result);
    }
    await app.end();
  });

  test.each([
    [
      'insert',
      {
        action: 'create',
        target_type: 'users',
        target_id: '1',
        db_rows: 1,
        new_values: { email: 'a@example.com', password: '[redacted]' },
        db_parameters: ['a@example.com', '[redacted]'],
      },
    ],
    [
      'update',
      { action: 'update', target_id: '1', db_rows: 1, new_values: { age: '42' }, changed_fields: ['age'] },
    ],
    ['select', { action: 'read', target_type: 'users', db_rows: 1 }],
    ['duplicate', { action: 'create', outcome: 'failure', error_type: '23505' }],
    ['cursor', { action: 'read', db_rows: 5 }],
    ['unsent', { action: 'create', outcome: 'failure', error_type: 'UNDEFINED_VALUE' }],
    ['array', { action: 'update', target_ids: ['1', '2'], db_rows: 1 }],
  ])('%s: what was done and what came of it', (name, expected) => {
    const records = cases.of(name);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      outcome: 'success',
      db_system: 'postgresql',
      db_namespace: `cases_${format}`,
      transaction_outcome: 'autocommit',
      ...expected,
    });
    if (name !== 'unsent') expect(records[0]?.db_backend_pid).toBeGreaterThan(0);
  });

  test('a transaction that is rolled back takes its statements along', () => {
    const [update, ...rest] = cases.of('rollback');
    expect(update).toMatchObject({ action: 'update', transaction_outcome: 'rolled_back' });
    expect(rest).toMatchObject([
      { category: 'transaction', action: 'rollback', transaction_id: update?.transaction_id },
    ]);
  });

  test('what a savepoint undid is not committed with the rest', () => {
    const notes = cases.of('savepoint').filter(({ category }) => category === 'db');
    expect(notes.map(({ transaction_outcome }) => transaction_outcome)).toEqual(['rolled_back', 'committed']);
  });

  test('a statement that the server denies is denied', () => {
    const records = cases.of('denied').filter(({ action }) => action === 'delete');
    expect(records).toMatchObject([{ outcome: 'denied', transaction_outcome: 'rolled_back' }]);
  });

  test('what was open on a connection that the server ended is not committed', () => {
    const insert = cases.of('lost').find(({ action }) => action === 'create');
    expect(insert).toMatchObject({
      outcome: 'success',
      target_type: 'notes',
      transaction_outcome: 'rolled_back',
    });
  });

  test('of a text of several statements each has a record, as far as postgres.js tells', () => {
    expect(cases.of('several')).toMatchObject([
      { action: 'create', outcome: 'success', attributes: { 'audit.sql.rows': 'unknown' } },
      { action: 'create', outcome: 'success', attributes: { 'audit.sql.rows': 'unknown' } },
    ]);
    expect(cases.of('failing').map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown']);
  });

  test('COPY is recorded once, when it has ended', () => {
    const copies = cases.of('copy').filter(({ action }) => action === 'copy_in');
    expect(copies).toMatchObject([{ target_type: 'notes', outcome: 'success', db_rows: 2 }]);
  });

  test('what is described or never awaited is carried out by nobody', () => {
    expect(cases.of('described')).toEqual([]);
    expect(cases.of('lazy')).toEqual([]);
  });

  test("every write of 50 users on a pool of 2 is its own user's", async () => {
    const { steps, acts } = await visitInParallel(fixture, await database(`users_${format}`));
    const writes = acts.filter(({ action }) => action === 'create');
    expect(writes.map(({ actor_id, new_values }) => `${actor_id}: ${new_values['step']}`).sort()).toEqual(
      expectedActs(steps),
    );
    for (const { actor_id, new_values } of writes) {
      expect(new_values['request']?.replace('request', 'user')).toBe(actor_id);
    }
  });
});
