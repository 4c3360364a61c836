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
    [
      'a commit after a rollback to a savepoint that nobody saw says nothing of what came before',
      { transaction_outcome: 'unknown' },
      [{ action: 'commit', transaction_outcome: 'unknown' }],
      'unknown',
    ],
    [
      'the second phase of a prepared transaction counts, whenever it is told of',
      { transaction_outcome: 'unknown' },
      [
        { action: 'commit', transaction_outcome: 'committed' },
        { action: 'prepare', transaction_outcome: 'unknown', occurred_at: at(30) },
      ],
      'applied',
    ],
    [
      'a savepoint that undid it beats the commit of the rest',
      { transaction_outcome: 'unknown', attributes: { 'audit.transaction.position': '3' } },
      [
        { action: 'rollback_to', attributes: { 'audit.transaction.undone': '2-3' } },
        { action: 'rollback_to', attributes: { 'audit.transaction.undone': '9-9' }, occurred_at: at(10) },
        { action: 'commit', transaction_outcome: 'committed', occurred_at: at(11) },
      ],
      'rolled_back',
    ],
    [
      'what stood before the savepoint is kept',
      { transaction_outcome: 'unknown', attributes: { 'audit.transaction.position': '1' } },
      [
        { action: 'rollback_to', attributes: { 'audit.transaction.undone': '2-3' } },
        { action: 'commit', transaction_outcome: 'committed' },
      ],
      'applied',
    ],
    [
      'a savepoint that was undone says nothing of a transaction that goes on',
      { transaction_outcome: 'unknown', attributes: { 'audit.transaction.position': '1' } },
      [{ action: 'rollback_to', attributes: { 'audit.transaction.undone': '2-3' } }],
      'unknown',
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

describe('changes of a request that was identified late', () => {
  const write = { category: 'db', action: 'update', outcome: 'success', occurred_at: NOON };
  const anonymous = { actor_type: 'anonymous', actor_assurance: 'none' };
  const identified = {
    category: 'auth',
    action: 'identified',
    occurred_at: at(5),
    actor_type: 'user',
    actor_id: 'ann',
    actor_assurance: 'trusted',
    tenant_id: 'acme',
  };
  const changesOf = (target: string) =>
    store().query(
      'SELECT actor_id, actor_assurance, tenant_id, actor_late FROM audit.changes WHERE target_id = {target:String}',
      { target },
    );
  const ANN = { actor_id: 'ann', actor_assurance: 'trusted', tenant_id: 'acme', actor_late: true };
  const NOBODY = { actor_id: '', actor_assurance: 'none', tenant_id: '', actor_late: false };

  test('have its actor, and say that it was late', async () => {
    const request_id = randomUUID();
    await addRecords(store(), [
      { ...write, ...anonymous, request_id, target_id: 'late' },
      { ...identified, request_id, actor_id: 'nobody yet', occurred_at: at(1) },
      { ...identified, request_id },
    ]);
    expect(await changesOf('late')).toEqual([ANN]);
    const named = await store().query("SELECT target_id FROM audit.changes WHERE actor_id = 'ann'");
    expect(named).toEqual([{ target_id: 'late' }]);
  });

  test('keep the actor they were written with, where they had one', async () => {
    const request_id = randomUUID();
    const bob = { actor_type: 'user', actor_id: 'bob', actor_assurance: 'verified' };
    const forged = { actor_type: 'anonymous', actor_assurance: 'invalid' };
    await addRecords(store(), [
      { ...write, ...bob, request_id, target_id: 'named' },
      { ...write, ...forged, request_id, target_id: 'forged' },
      { ...identified, request_id },
    ]);
    expect(await changesOf('named')).toMatchObject([{ actor_id: 'bob', actor_late: false }]);
    expect(await changesOf('forged')).toMatchObject([{ actor_id: '', actor_assurance: 'invalid' }]);
  });

  test('take nobody’s name by a trace or a correlation id, which clients choose, nor by no request at all', async () => {
    const chosen = { trace_id: 'a'.repeat(32), correlation_id: 'mine' };
    await addRecords(store(), [
      { ...write, ...anonymous, ...chosen, request_id: randomUUID(), target_id: 'other request' },
      { ...write, ...anonymous, ...chosen, target_id: 'no request' },
      { ...identified, ...chosen, request_id: randomUUID() },
      { ...identified, ...chosen },
    ]);
    expect(await changesOf('other request')).toEqual([NOBODY]);
    expect(await changesOf('no request')).toEqual([NOBODY]);
  });

  test('are in the history of their object under that name', async () => {
    const rows = await store().query(
      "SELECT actor_id, actor_late FROM audit.object_history WHERE object_id = 'late'",
    );
    expect(rows).toEqual([{ actor_id: 'ann', actor_late: true }]);
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

describe('field_history', () => {
  const write = {
    category: 'db',
    outcome: 'success',
    transaction_outcome: 'autocommit',
    target_type: 'shop.items',
    target_id: '1',
  };
  const historyOf = (id: string) =>
    store().query(
      `SELECT field, action, value, previous_value FROM audit.field_history
       WHERE target_type = 'shop.items' AND object_id = {id:String} ORDER BY occurred_at, field`,
      { id },
    );

  test('has each value with the one before it, of changes that lasted', async () => {
    const update = { ...write, action: 'update', changed_fields: ['price'] };
    await addRecords(store(), [
      {
        ...write,
        action: 'create',
        occurred_at: at(1),
        changed_fields: ['name', 'price'],
        new_values: { name: 'pen', price: '1' },
      },
      { ...update, occurred_at: at(2), new_values: { price: '2' } },
      { ...update, occurred_at: at(3), new_values: { price: '99' }, transaction_outcome: 'rolled_back' },
      { ...update, occurred_at: at(4), new_values: { price: '98' }, outcome: 'failure' },
      { ...update, occurred_at: at(5) },
      { ...update, occurred_at: at(6), new_values: { price: '7' }, old_values: { price: '6' } },
      { ...write, action: 'delete', occurred_at: at(7), old_values: { price: '7' } },
    ]);
    expect(await historyOf('1')).toEqual([
      { field: 'name', action: 'create', value: 'pen', previous_value: null },
      { field: 'price', action: 'create', value: '1', previous_value: null },
      { field: 'price', action: 'update', value: '2', previous_value: '1' },
      { field: 'price', action: 'update', value: null, previous_value: '2' },
      { field: 'price', action: 'update', value: '7', previous_value: '6' },
      { field: '', action: 'delete', value: null, previous_value: null },
      { field: 'price', action: 'delete', value: null, previous_value: '7' },
    ]);
  });

  test('counts a change of several rows for each of them', async () => {
    const many = { ...write, target_id: '', target_ids: ['2', '3'], changed_fields: ['price'] };
    await addRecords(store(), [
      { ...many, action: 'update', occurred_at: at(1), new_values: { price: '5' } },
    ]);
    for (const id of ['2', '3']) {
      expect(await historyOf(id)).toEqual([
        { field: 'price', action: 'update', value: '5', previous_value: null },
      ]);
    }
  });
});

describe('logins', () => {
  test('lists who came, went or tried, with what was tried and how often', async () => {
    const auth = { category: 'auth', tenant_id: 'logins', source_address: '203.0.113.7' };
    const failed = { ...auth, action: 'login_failed', outcome: 'failure', target_type: 'account' };
    await addRecords(store(), [
      {
        ...auth,
        action: 'login',
        outcome: 'success',
        occurred_at: at(3),
        actor_id: 'ann',
        auth_method: 'password',
      },
      { ...failed, occurred_at: at(1), target_id: 'Ann', error_type: 'wrong_password' },
      { ...failed, occurred_at: at(2), target_id: 'Ann', attributes: { 'audit.auth.count': '40' } },
      { ...auth, action: 'logout', occurred_at: at(4), actor_id: 'ann' },
      { ...auth, action: 'identified', occurred_at: at(5), actor_id: 'ann' },
      { ...auth, category: 'app', action: 'login', occurred_at: at(6) },
    ]);
    const rows = await store().query(
      `SELECT action, account, method, reason, attempts FROM audit.logins WHERE tenant_id = 'logins'
       ORDER BY occurred_at SETTINGS output_format_json_quote_64bit_integers = 0`,
    );
    expect(rows).toEqual([
      { action: 'login_failed', account: 'Ann', method: '', reason: 'wrong_password', attempts: 1 },
      { action: 'login_failed', account: 'Ann', method: '', reason: '', attempts: 40 },
      { action: 'login', account: 'ann', method: 'password', reason: '', attempts: 1 },
      { action: 'logout', account: 'ann', method: '', reason: '', attempts: 1 },
    ]);
  });

  test('are counted by actor, and a late identification is none', async () => {
    const rows = await store().query(
      `SELECT actor_id, logins_and_logouts, failed_logins FROM audit.actor_activity WHERE tenant_id = 'logins'
       ORDER BY actor_id SETTINGS output_format_json_quote_64bit_integers = 0`,
    );
    expect(rows).toEqual([
      { actor_id: '', logins_and_logouts: 0, failed_logins: 41 },
      { actor_id: 'ann', logins_and_logouts: 2, failed_logins: 0 },
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

describe('nobody but its own chain settles a record', () => {
  const [own, other] = [randomUUID(), randomUUID()];
  const statement = {
    category: 'db',
    action: 'update',
    outcome: 'success',
    actor_type: 'anonymous',
    actor_assurance: 'none',
    occurred_at: '2026-11-20 12:00:00',
    chain_id: own,
  };
  const later = { occurred_at: '2026-11-21 12:00:00', outcome: 'success', severity: 'notice' };

  async function settled(view: string, service_name: string): Promise<unknown[]> {
    const isStatement = view === 'activity' ? "category = 'db'" : '1';
    return await store().query(
      `SELECT actor_id, final_outcome FROM audit.${view} WHERE service_name = {service_name:String} AND ${isStatement}`,
      { service_name },
    );
  }

  test.each(['changes', 'activity'])('in %s', async (view) => {
    const service_name = randomUUID();
    const [request_id, transaction_id] = [randomUUID(), randomUUID()];
    const identified = { ...later, category: 'auth', action: 'identified', actor_type: 'user', request_id };
    const end = { ...later, category: 'transaction', transaction_id };
    await addRecords(store(), [
      { ...statement, service_name, request_id, transaction_id, transaction_outcome: 'unknown' },
      { ...identified, chain_id: own, occurred_at: '2026-11-20 12:00:01', actor_id: 'mallory' },
      { ...identified, chain_id: other, actor_id: 'alice' },
      {
        ...end,
        chain_id: own,
        occurred_at: '2026-11-20 12:00:01',
        action: 'commit',
        transaction_outcome: 'committed',
      },
      { ...end, chain_id: other, action: 'rollback', transaction_outcome: 'rolled_back' },
    ]);

    expect(await settled(view, service_name)).toEqual([{ actor_id: 'mallory', final_outcome: 'applied' }]);
  });

  test.each(['changes', 'activity'])(
    'in %s, also of what it had refused and was sent again',
    async (view) => {
      const service_name = randomUUID();
      const [request_id, transaction_id] = [randomUUID(), randomUUID()];
      const again = { chain_id: other, attributes: { 'audit.redriven.from': `${own}/7, ${randomUUID()}/1` } };
      await addRecords(store(), [
        { ...statement, service_name, request_id, transaction_id, transaction_outcome: 'unknown' },
        {
          ...later,
          ...again,
          category: 'auth',
          action: 'identified',
          actor_type: 'user',
          request_id,
          actor_id: 'mallory',
        },
        {
          ...later,
          ...again,
          category: 'transaction',
          transaction_id,
          action: 'commit',
          transaction_outcome: 'committed',
        },
      ]);

      expect(await settled(view, service_name)).toEqual([{ actor_id: 'mallory', final_outcome: 'applied' }]);
    },
  );
});
