import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { useClickHouse } from '../support/clickhouse.ts';
import { addRecords } from './records.ts';

const store = useClickHouse();
const NOON = '2026-11-20 12:00:00';

function at(second: number): string {
  return `2026-11-20 12:00:${String(second).padStart(2, '0')}`;
}

describe('requests', () => {
  test('lists who asked for what and what was answered', async () => {
    const request = {
      category: 'http',
      actor_id: 'ann',
      http_method: 'GET',
      url_path: '/admin',
      http_status: 403,
    };
    await addRecords(store(), [
      { ...request, tenant_id: 'requests', occurred_at: NOON, outcome: 'denied' },
      { category: 'db', tenant_id: 'requests', occurred_at: NOON, action: 'update' },
    ]);
    const rows = await store().query(
      "SELECT actor_id, http_method, url_path, http_status, outcome FROM audit.requests WHERE tenant_id = 'requests'",
    );
    expect(rows).toEqual([
      { actor_id: 'ann', http_method: 'GET', url_path: '/admin', http_status: 403, outcome: 'denied' },
    ]);
  });
});

describe('changes', () => {
  const write = {
    category: 'db',
    action: 'update',
    outcome: 'success',
    tenant_id: 'changes',
    occurred_at: NOON,
  };
  const end = { category: 'transaction', outcome: 'success', tenant_id: 'changes', occurred_at: at(9) };

  test.each([
    ['an autocommitted write is applied', { transaction_outcome: 'autocommit' }, [], 'applied'],
    ['a committed write is applied', { transaction_outcome: 'committed' }, [], 'applied'],
    [
      'a write known to be rolled back did not last',
      { transaction_outcome: 'rolled_back' },
      [],
      'rolled_back',
    ],
    ['a failed write is failed', { outcome: 'failure', transaction_outcome: 'unknown' }, [], 'failed'],
    ['a write whose end is not known yet is unknown', { transaction_outcome: 'unknown' }, [], 'unknown'],
    [
      'a later rollback settles it',
      { transaction_outcome: 'unknown' },
      [{ action: 'rollback' }],
      'rolled_back',
    ],
    ['a later commit settles it', { transaction_outcome: 'unknown' }, [{ action: 'commit' }], 'applied'],
    [
      'a commit that the server turned into a rollback settles it as rolled back',
      { transaction_outcome: 'unknown' },
      [{ action: 'commit', transaction_outcome: 'rolled_back' }],
      'rolled_back',
    ],
    [
      'a commit that failed settles nothing',
      { transaction_outcome: 'unknown' },
      [{ action: 'commit', outcome: 'failure' }],
      'unknown',
    ],
    [
      'the same end told twice does not double the change',
      { transaction_outcome: 'unknown' },
      [{ action: 'commit' }, { action: 'commit' }],
      'applied',
    ],
    [
      'a write rolled back to a savepoint stays so when its transaction commits',
      { transaction_outcome: 'rolled_back' },
      [{ action: 'commit' }],
      'rolled_back',
    ],
  ])('%s', async (_name, fields, ends, expected) => {
    const transaction_id = randomUUID();
    await addRecords(store(), [
      { ...write, ...fields, transaction_id },
      ...ends.map((fields) => ({ ...end, ...fields, transaction_id })),
    ]);
    const rows = await store().query(
      'SELECT final_outcome FROM audit.changes WHERE transaction_id = {id:String}',
      {
        id: transaction_id,
      },
    );
    expect(rows).toEqual([{ final_outcome: expected }]);
  });

  test('are writes alone: a read, a lock or a request is none', async () => {
    const none = { category: 'db', tenant_id: 'reads', occurred_at: NOON };
    await addRecords(store(), [
      { ...none, action: 'read' },
      { ...none, action: 'lock' },
      { ...none, category: 'http' },
      { ...none, action: 'delete' },
    ]);
    const rows = await store().query("SELECT action FROM audit.changes WHERE tenant_id = 'reads'");
    expect(rows).toEqual([{ action: 'delete' }]);
  });

  test('autocommitted writes are not joined by their empty transaction', async () => {
    const fields = { ...write, tenant_id: 'empty', transaction_outcome: 'unknown', transaction_id: '' };
    await addRecords(store(), [fields, { ...end, tenant_id: 'empty', transaction_id: '', action: 'commit' }]);
    const rows = await store().query("SELECT final_outcome FROM audit.changes WHERE tenant_id = 'empty'");
    expect(rows).toEqual([{ final_outcome: 'unknown' }]);
  });
});

describe('object_history', () => {
  test('finds an object named alone and among others, once a statement', async () => {
    const write = {
      category: 'db',
      outcome: 'success',
      transaction_outcome: 'autocommit',
      target_type: 'shop.orders',
    };
    await addRecords(store(), [
      { ...write, occurred_at: at(1), action: 'create', target_id: '7', target_ids: ['7'] },
      { ...write, occurred_at: at(2), action: 'update', target_id: '', target_ids: ['7', '8', '8'] },
      { ...write, occurred_at: at(3), action: 'delete', target_id: '8' },
    ]);
    const history = (id: string) =>
      store().query(
        "SELECT action, final_outcome FROM audit.object_history WHERE target_type = 'shop.orders' AND object_id = {id:String} ORDER BY occurred_at",
        { id },
      );
    expect(await history('7')).toEqual([
      { action: 'create', final_outcome: 'applied' },
      { action: 'update', final_outcome: 'applied' },
    ]);
    expect(await history('8')).toEqual([
      { action: 'update', final_outcome: 'applied' },
      { action: 'delete', final_outcome: 'applied' },
    ]);
  });
});

describe('actor_activity', () => {
  test('sums up what an actor did on a day', async () => {
    const by = {
      tenant_id: 'activity',
      actor_id: 'bob',
      actor_type: 'user',
      actor_name: 'Bob',
      actor_assurance: 'verified',
    };
    const write = { ...by, category: 'db', action: 'update', outcome: 'success', db_rows: 3 };
    await addRecords(store(), [
      { ...by, occurred_at: at(1), category: 'http', outcome: 'success', session_id: 's1' },
      { ...by, occurred_at: at(2), category: 'http', outcome: 'denied', session_id: 's1' },
      { ...write, occurred_at: at(3), transaction_outcome: 'committed' },
      { ...write, occurred_at: at(4), transaction_outcome: 'rolled_back' },
      { ...by, occurred_at: '2026-11-21 00:00:01', category: 'http', outcome: 'success' },
      { ...by, occurred_at: at(5), category: 'http', outcome: 'denied', actor_assurance: 'invalid' },
    ]);
    const rows = await store().query(
      "SELECT toString(day) AS day, actor_name, requests, writes, rows_written, denied, sessions FROM audit.actor_activity WHERE tenant_id = 'activity' AND actor_assurance = 'verified' ORDER BY day",
    );
    const bob = {
      actor_name: 'Bob',
      sessions: 1,
      writes: 2,
      rows_written: 3,
      denied: 1,
      requests: 2,
    };
    expect(rows).toEqual([
      { day: '2026-11-20', ...bob },
      {
        day: '2026-11-21',
        ...bob,
        sessions: 0,
        writes: 0,
        rows_written: 0,
        denied: 0,
        requests: 1,
      },
    ]);
  });

  test('keeps what a forged token claims apart from what the person did', async () => {
    const rows = await store().query(
      "SELECT actor_assurance, sum(requests) AS requests FROM audit.actor_activity WHERE actor_id = 'bob' GROUP BY actor_assurance ORDER BY actor_assurance",
    );
    expect(rows).toEqual([
      { actor_assurance: 'invalid', requests: 1 },
      { actor_assurance: 'verified', requests: 3 },
    ]);
  });
});

describe('gaps', () => {
  const gaps = (chain: string) =>
    store().query(
      'SELECT first_missing, last_missing, missing, after IS NULL AS at_start FROM audit.gaps WHERE chain_id = {chain:UUID} ORDER BY first_missing',
      { chain },
    );
  const chainOf = async (sequences: number[]): Promise<string> => {
    const chain_id = randomUUID();
    await addRecords(
      store(),
      sequences.map((sequence) => ({ category: 'http', occurred_at: at(sequence), chain_id, sequence })),
    );
    return chain_id;
  };

  test('are none in a whole chain, whatever the order it came in', async () => {
    expect(await gaps(await chainOf([3, 1, 2, 4]))).toEqual([]);
  });

  test('are none when a record came twice', async () => {
    expect(await gaps(await chainOf([1, 2, 2, 3]))).toEqual([]);
  });

  test('name every hole, also the one at the start, also when a record came twice', async () => {
    expect(await gaps(await chainOf([2, 3, 3, 7, 9]))).toEqual([
      { first_missing: 1, last_missing: 1, missing: 1, at_start: 1 },
      { first_missing: 4, last_missing: 6, missing: 3, at_start: 0 },
      { first_missing: 8, last_missing: 8, missing: 1, at_start: 0 },
    ]);
  });
});
