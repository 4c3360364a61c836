import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startRedis } from '../support/servers.ts';
import type { ForeignServer } from '../support/servers.ts';
import { runForeignCases } from './foreign-cases.ts';
import type { ForeignCases } from './foreign-cases.ts';
import { expectedActs, visitInParallel } from './parallel-users.ts';

const FIXTURE = `${import.meta.dirname}/fixtures/redis-app.cjs`;
const ESM = `${import.meta.dirname}/fixtures/esm-drivers.mjs`;
const OWN_SDK = `${import.meta.dirname}/fixtures/own-sdk-app.cjs`;
const CASES = 'set get hash del wrong batch call flush unknown'.split(' ');

let redis: ForeignServer;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(() => redis?.stop());

test.each(['redis', 'ioredis'])('%s as an ES module is recorded', async (client) => {
  const { of } = await runForeignCases(ESM, [client], { REDIS_PORT: String(redis.port) });
  expect(of(client).filter(({ action }) => action === 'merge')).toMatchObject([{ target_type: 'esm' }]);
});

test.each([
  ['without an instrumentation', {}, false],
  ['with an instrumentation of its own', { INSTRUMENTED: 'yes' }, true],
])(
  'an application with its own SDK, %s, has one record and only its own spans',
  async (_, env, isExported) => {
    const { of, answers } = await runForeignCases(OWN_SDK, ['write', 'spans'], {
      REDIS_PORT: String(redis.port),
      ...env,
    });
    expect(of('write').filter(({ action }) => action === 'merge')).toMatchObject([{ target_type: 'own' }]);
    expect((answers.get('spans') as string[]).filter((name) => name === 'set')).toEqual(
      isExported ? ['set'] : [],
    );
  },
);

describe.each(['redis', 'ioredis'])('%s', (client) => {
  let cases: ForeignCases;
  const env = (): Record<string, string> => ({ REDIS_CLIENT: client, REDIS_PORT: String(redis.port) });

  beforeAll(async () => {
    cases = await runForeignCases(FIXTURE, CASES, env());
  });

  test.each([
    [
      'set',
      { action: 'merge', target_type: 'session', target_id: '[redacted]', db_statement: 'SET session' },
    ],
    ['get', { action: 'read', target_type: 'user', target_id: '42', policy_rule: 'capture-reads' }],
    ['hash', { action: 'merge', target_type: 'user', target_id: '42', new_values: {} }],
    ['del', { action: 'delete', target_type: 'user', target_id: '42' }],
    ['wrong', { action: 'merge', outcome: 'failure', error_type: 'WRONGTYPE' }],
    ['call', { action: 'call', target_type: '' }],
    ['flush', { action: 'truncate', severity: 'notice' }],
    ['unknown', { action: 'other', outcome: 'failure', error_type: 'ERR' }],
  ])('%s: what was done and what came of it', (name, expected) => {
    const records = cases.of(name).filter(({ db_statement }) => db_statement !== 'INFO');
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ outcome: 'success', db_system: 'redis', ...expected });
  });

  test('each command of a batch has a record', () => {
    const batch = cases.of('batch').filter(({ action }) => action !== 'commit');
    expect(batch).toMatchObject([
      { action: 'merge', target_type: 'a', target_id: '1', transaction_outcome: 'unknown' },
      { action: 'merge', target_type: 'b', target_id: '2', transaction_outcome: 'unknown' },
    ]);
  });

  test('no value is kept, and no key that may be a secret', () => {
    expect(JSON.stringify(cases.end.records)).not.toContain('s3cret');
  });

  test("every command of 50 users, pooled and in pipelines, is its own user's", async () => {
    const { steps, acts } = await visitInParallel(FIXTURE, env());
    const writes = acts.filter(({ action }) => action === 'merge');
    expect(writes.map(({ actor_id, target_type }) => `${actor_id}: ${target_type}`).sort()).toEqual(
      expectedActs(steps),
    );
    for (const { actor_id, target_id } of writes) expect(`user-${target_id}`).toBe(actor_id);
  });
});
