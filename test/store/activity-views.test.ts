import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { useClickHouse } from '../support/clickhouse.ts';
import { addRecords } from './records.ts';

const store = useClickHouse();

function at(second: number): string {
  return `2026-11-20 12:00:${String(second).padStart(2, '0')}`;
}

/** Not in 1970, which has expired. */
const add = (records: Parameters<typeof addRecords>[1]) =>
  addRecords(
    store(),
    records.map((record) => ({ occurred_at: at(0), ...record })),
  );

const write = { category: 'db', action: 'update', outcome: 'success', transaction_outcome: 'autocommit' };
const nobody = { actor_type: 'anonymous', actor_assurance: 'none' };
const identified = {
  category: 'auth',
  action: 'identified',
  actor_type: 'user',
  actor_id: 'ann',
  actor_assurance: 'verified',
};

describe('activity', () => {
  const activityOf = (request_id: string) =>
    store().query(
      `SELECT category, action, actor_id, actor_late, final_outcome FROM audit.activity
       WHERE request_id = {request_id:UUID} ORDER BY occurred_at`,
      { request_id },
    );

  test('has what was written before its request was identified under the later name, but for logins', async () => {
    const request_id = randomUUID();
    const of = { ...nobody, request_id };
    await add([
      { ...of, occurred_at: at(1), category: 'auth', action: 'login_failed', outcome: 'failure' },
      { ...of, ...write, occurred_at: at(2) },
      { ...of, occurred_at: at(3), category: 'app', action: 'invoice.sent', outcome: 'success' },
      { ...identified, request_id, occurred_at: at(4) },
    ]);
    expect(await activityOf(request_id)).toEqual([
      { category: 'auth', action: 'login_failed', actor_id: '', actor_late: false, final_outcome: 'failure' },
      { category: 'db', action: 'update', actor_id: 'ann', actor_late: true, final_outcome: 'applied' },
      {
        category: 'app',
        action: 'invoice.sent',
        actor_id: 'ann',
        actor_late: true,
        final_outcome: 'success',
      },
    ]);
  });

  test('agrees with changes on what became of a statement, savepoints and lost connections included', async () => {
    const open = { ...write, transaction_outcome: 'unknown', transaction_id: 'settled later' };
    const position = (number: number) => ({ attributes: { 'audit.transaction.position': String(number) } });
    const end = {
      category: 'transaction',
      outcome: 'success',
      severity: 'notice',
      transaction_id: 'settled later',
    };
    await add([
      { ...open, ...position(1), target_id: 'kept' },
      { ...open, ...position(3), target_id: 'undone' },
      { ...open, transaction_id: 'lost', target_id: 'lost' },
      { ...write, outcome: 'failure', target_id: 'failed' },
      { ...end, action: 'rollback_to', attributes: { 'audit.transaction.undone': '2-4' } },
      { ...end, action: 'commit', occurred_at: at(9), transaction_outcome: 'committed' },
    ]);
    const outcomesIn = (view: string) =>
      store().query(
        `SELECT target_id, transaction_outcome, final_outcome FROM audit.${view}
         WHERE target_id IN ('kept', 'undone', 'lost', 'failed') ORDER BY target_id`,
      );
    expect(await outcomesIn('activity')).toEqual([
      { target_id: 'failed', transaction_outcome: 'autocommit', final_outcome: 'failed' },
      { target_id: 'kept', transaction_outcome: 'committed', final_outcome: 'applied' },
      { target_id: 'lost', transaction_outcome: 'unknown', final_outcome: 'unknown' },
      { target_id: 'undone', transaction_outcome: 'rolled_back', final_outcome: 'rolled_back' },
    ]);
    expect(await outcomesIn('changes')).toEqual(await outcomesIn('activity'));
  });

  test('finds the index on actors and the time, also of those who were named later', async () => {
    const plan = await store().query<{ explain: string }>(
      `EXPLAIN indexes = 1 SELECT * FROM audit.activity
       WHERE actor_id = 'ann' AND occurred_at >= '2026-11-20 00:00:00'`,
    );
    const text = plan.map(({ explain }) => explain).join('\n');
    expect(text).toContain('actor_id_index');
    expect(text.match(/Condition: \(occurred_at in \[/g)?.length).toBeGreaterThanOrEqual(2);
  });
});

describe('object_changes', () => {
  const row = { ...write, target_type: 'shop.items', target_id: '1', changed_fields: ['price'] };
  const changesOf = (id: string, environment = '') =>
    store().query(
      `SELECT action, field, previous_value, value, final_outcome FROM audit.object_changes
       WHERE target_type = 'shop.items' AND object_id = {id:String} AND environment = {environment:String}
       ORDER BY occurred_at, field`,
      { id, environment },
    );
  const change = (previous_value: string | null, value: string | null, final_outcome = 'applied') => ({
    action: 'update',
    field: 'price',
    previous_value,
    value,
    final_outcome,
  });

  test('tells attempts too, but what was there before is only what lasted', async () => {
    await add([
      { ...row, occurred_at: at(1), new_values: { price: '1' } },
      { ...row, occurred_at: at(2), new_values: { price: '99' }, transaction_outcome: 'rolled_back' },
      { ...row, occurred_at: at(3), new_values: { price: '98' }, outcome: 'failure' },
      { ...row, occurred_at: at(4) },
      { ...row, occurred_at: at(5), new_values: { price: '5' } },
      { ...row, occurred_at: at(6), new_values: { price: '7' }, old_values: { price: '6' } },
    ]);
    expect(await changesOf('1')).toEqual([
      change(null, '1'),
      change('1', '99', 'rolled_back'),
      change('1', '98', 'failed'),
      change('1', null),
      // What the database computed is not what was set before it.
      change(null, '5'),
      change('6', '7'),
    ]);
  });

  test('lets a row begin anew after its deletion, whatever brings it back', async () => {
    const again = { ...row, target_id: '2' };
    await add([
      { ...again, occurred_at: at(1), new_values: { price: '1' } },
      { ...again, occurred_at: at(2), action: 'delete', changed_fields: [] },
      { ...again, occurred_at: at(3), action: 'merge', new_values: { price: '3' } },
      { ...again, occurred_at: at(4), new_values: { price: '4' } },
    ]);
    expect(await changesOf('2')).toEqual([
      change(null, '1'),
      { ...change(null, null), action: 'delete', field: '' },
      { ...change(null, '3'), action: 'merge' },
      change('3', '4'),
    ]);
  });

  test('has a line for a change whose fields nobody knows', async () => {
    await add([{ ...row, target_id: '3', changed_fields: [] }]);
    expect(await changesOf('3')).toEqual([{ ...change(null, null), field: '' }]);
  });

  test('keeps the same row of two environments apart', async () => {
    const same = { ...row, target_id: '4' };
    await add([
      { ...same, occurred_at: at(1), environment: 'test', new_values: { price: '1' } },
      { ...same, occurred_at: at(2), environment: 'production', new_values: { price: '2' } },
    ]);
    expect(await changesOf('4', 'production')).toEqual([change(null, '2')]);
  });
});

describe('rollbacks', () => {
  test('say what was tried and why it came to nothing, and name nobody else’s', async () => {
    const tried = { ...write, transaction_outcome: 'rolled_back', target_type: 'shop.items' };
    const end = { category: 'transaction', action: 'rollback', outcome: 'success' };
    await add([
      { ...tried, transaction_id: 'asked for' },
      { ...end, transaction_id: 'asked for' },
      { ...tried, transaction_id: 'refused' },
      { ...end, transaction_id: 'refused', error_type: '40001', error_message: 'could not serialize access' },
      { ...tried, transaction_id: 'nobody knows' },
      { ...write, transaction_outcome: 'committed', transaction_id: 'kept' },
      // Without a transaction there is nothing to roll back.
      { ...write, outcome: 'failure', transaction_id: '' },
    ]);
    const rows = await store().query(
      `SELECT transaction_id, reason, reason_message FROM audit.rollbacks
       WHERE transaction_id IN ('asked for', 'refused', 'nobody knows', 'kept', '') ORDER BY transaction_id`,
    );
    expect(rows).toEqual([
      { transaction_id: 'asked for', reason: 'application', reason_message: '' },
      { transaction_id: 'nobody knows', reason: '', reason_message: '' },
      { transaction_id: 'refused', reason: '40001', reason_message: 'could not serialize access' },
    ]);
  });
});

test('reads, impersonations and background changes are lists of their own', async () => {
  const request_id = randomUUID();
  await add([
    { ...write, action: 'copy_out', outcome: 'success', target_type: 'listed', request_id },
    { ...write, action: 'read', outcome: 'success', target_type: 'listed', request_id },
    { ...write, target_type: 'listed', request_id, impersonator_id: 'root' },
    { ...write, action: 'delete', target_type: 'listed' },
  ]);
  const actionsIn = async (view: string) =>
    (
      await store().query(`SELECT action FROM audit.${view} WHERE target_type = 'listed' ORDER BY action`)
    ).map(({ action }) => action);
  expect(await actionsIn('reads')).toEqual(['copy_out', 'read']);
  expect(await actionsIn('impersonations')).toEqual(['update']);
  expect(await actionsIn('background_changes')).toEqual(['delete']);
});
