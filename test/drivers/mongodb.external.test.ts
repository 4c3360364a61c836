import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMongodb } from '../support/servers.ts';
import type { ForeignServer } from '../support/servers.ts';
import { runForeignCases } from './foreign-cases.ts';
import type { ForeignCases } from './foreign-cases.ts';
import { expectedActs, visitInParallel } from './parallel-users.ts';

// NOTE: the server is a stand-in that speaks MongoDB's protocol; driver and instrumentation are the real ones.
const FIXTURE = `${import.meta.dirname}/fixtures/mongodb-app.cjs`;
const CASES = `insert several update replace upsert find duplicate modify out aggregate delete drop`.split(
  ' ',
);
const ID = '65f000000000000000000001';

let mongodb: ForeignServer;
let cases: ForeignCases;

beforeAll(async () => {
  mongodb = await startMongodb();
  cases = await runForeignCases(FIXTURE, CASES, env());
});

afterAll(() => mongodb?.stop());

function env(): Record<string, string> {
  return { MONGODB_URL: `mongodb://127.0.0.1:${mongodb.port}/` };
}

test.each([
  [
    'insert',
    { action: 'create', target_id: ID, db_rows: 1, changed_fields: ['_id', 'email', 'password', 'tags'] },
  ],
  ['several', { action: 'create', target_ids: ['7', '8'], db_rows: 2 }],
  ['update', { action: 'update', target_id: ID, changed_fields: ['email', 'password', 'age'] }],
  ['replace', { action: 'update', target_id: '7', db_rows: 1 }],
  ['upsert', { action: 'merge', target_id: '', changed_fields: ['age'] }],
  ['find', { action: 'read', db_rows: 1, policy_rule: 'capture-reads' }],
  ['duplicate', { action: 'create', outcome: 'failure', error_type: '11000', target_id: '7' }],
  ['modify', { action: 'update', target_id: '8' }],
  ['out', { action: 'merge', target_type: 'archive' }],
  ['aggregate', { action: 'read' }],
  ['delete', { action: 'delete', target_ids: ['7', '8'], db_rows: 2 }],
  ['drop', { action: 'schema', target_type: 'archive' }],
])('%s: what was done and what came of it', (name, expected) => {
  const records = cases.of(name);
  expect(records).toHaveLength(1);
  expect(records[0]).toMatchObject({
    outcome: 'success',
    db_system: 'mongodb',
    db_namespace: 'shop',
    target_type: 'users',
    transaction_outcome: 'unknown',
    ...expected,
  });
});

test('values are those of fields, and secret ones are redacted', () => {
  expect(cases.of('insert')[0]?.new_values).toEqual({
    _id: ID,
    email: 'a@example.com',
    password: '[redacted]',
  });
  expect(JSON.stringify(cases.end.records)).not.toContain('"s3cret"');
  expect(cases.of('duplicate')[0]?.error_message).not.toContain('s3cret');
});

test('as an ES module it is recorded', async () => {
  const { of } = await runForeignCases(`${import.meta.dirname}/fixtures/esm-drivers.mjs`, ['mongodb'], env());
  expect(of('mongodb').filter(({ action }) => action === 'create')).toMatchObject([
    { new_values: { step: 'esm' } },
  ]);
});

test("every write of 50 users on a pool of 2 is its own user's", async () => {
  const { steps, acts } = await visitInParallel(FIXTURE, env());
  const writes = acts.filter(({ action }) => action === 'create' || action === 'merge');
  const stepOf = (step: string | undefined): string =>
    step?.startsWith('[') === true ? 'many' : (step ?? '');
  expect(
    writes.map(({ actor_id, new_values }) => `${actor_id}: ${stepOf(new_values['step'])}`).sort(),
  ).toEqual(expectedActs(steps));
  for (const { actor_id, new_values } of writes) {
    expect(new_values['request']).toContain(actor_id.replace('user', 'request'));
  }
});
