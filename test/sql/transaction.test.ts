import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConnectionTransaction, HOLD_MILLIS } from '../../src/sql/transaction.ts';
import type { TransactionStep } from '../../src/sql/statement.ts';

let transaction: ConnectionTransaction;
let told: string[];

beforeEach(() => {
  transaction = new ConnectionTransaction();
  told = [];
});

afterEach(() => {
  vi.useRealTimers();
});

const step = (kind: TransactionStep['kind'], command = '', savepoint = '') =>
  transaction.step({ kind, savepoint, chain: false }, command);

const write = (name: string): void => {
  transaction.statement((outcome) => told.push(`${name} ${outcome}`), true);
};

test('a statement outside a transaction is settled at once', () => {
  write('a');
  expect(told).toEqual(['a autocommit']);
});

test('a statement waits for the end of its transaction, and is told once', () => {
  step('begin');
  write('a');
  expect(told).toEqual([]);
  expect(step('commit', 'COMMIT')).toMatchObject({ outcome: 'committed', writes: 1 });
  step('rollback');
  expect(told).toEqual(['a committed']);
});

test('a prepared transaction may still end either way', () => {
  step('begin');
  write('a');
  expect(step('prepare', 'PREPARE')).toBeUndefined();
  expect(told).toEqual(['a unknown']);
  expect(transaction.id).toBe('');
});

test('a COMMIT without an answer leaves it open, a refused one undoes the work', () => {
  const commit: TransactionStep = { kind: 'commit', savepoint: '', chain: false };
  step('begin');
  write('a');
  expect(transaction.stepFailed(commit, false)).toBeUndefined();
  step('begin');
  write('b');
  expect(transaction.stepFailed(commit, true)).toMatchObject({ outcome: 'rolled_back' });
  expect(told).toEqual(['a unknown', 'b rolled_back']);
});

test('a failed ROLLBACK, SAVEPOINT or BEGIN ends nothing', () => {
  step('begin');
  const { id } = transaction;
  for (const kind of ['rollback', 'savepoint', 'begin', 'release', 'rollback_to'] as const) {
    transaction.stepFailed({ kind, savepoint: 's', chain: false }, true);
  }
  expect(transaction.id).toBe(id);
});

test('a lost connection undoes what was open', () => {
  step('begin');
  write('a');
  transaction.lost();
  expect(told).toEqual(['a rolled_back']);
});

test('a statement waits for five seconds, then nobody knows', () => {
  vi.useFakeTimers();
  step('begin');
  write('a');
  vi.advanceTimersByTime(HOLD_MILLIS - 1);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual(['a unknown']);
  write('b');
  expect(step('commit', 'COMMIT')).toMatchObject({ outcome: 'committed', writes: 2 });
  expect(told).toEqual(['a unknown', 'b committed']);
});

test('more than a thousand statements do not wait, and savepoints still undo the later ones', () => {
  step('begin');
  step('savepoint', '', 's');
  for (let index = 0; index < 1_001; index++) write(String(index));
  expect(told).toHaveLength(1_000);
  step('rollback_to', '', 's');
  expect(told.at(-1)).toBe('1000 rolled_back');
  step('commit', 'COMMIT');
  expect(told).toHaveLength(1_001);
});

test('an unknown savepoint undoes nothing', () => {
  step('begin');
  write('a');
  step('rollback_to', '', 'nowhere');
  expect(told).toEqual([]);
  step('commit', 'COMMIT');
  expect(told).toEqual(['a committed']);
});

test('the statements of a text are one transaction', () => {
  transaction.beginText();
  write('a');
  expect(told).toEqual([]);
  transaction.endText('rolled_back');
  write('b');
  expect(told).toEqual(['a rolled_back', 'b autocommit']);
});

test('a transaction that a text leaves open goes on after it', () => {
  transaction.beginText();
  write('a');
  step('begin');
  write('b');
  transaction.endText('autocommit');
  expect(told).toEqual([]);
  step('rollback', 'ROLLBACK');
  expect(told).toEqual(['a rolled_back', 'b rolled_back']);
});

test('what was told unknown and then undone is not settled by the commit', () => {
  vi.useFakeTimers();
  step('begin');
  step('savepoint', 'SAVEPOINT', 's');
  write('a');
  vi.advanceTimersByTime(HOLD_MILLIS);
  step('rollback_to', 'ROLLBACK', 's');
  expect(step('commit', 'COMMIT')).toBeUndefined();
  expect(told).toEqual(['a unknown']);
  step('begin');
  write('b');
  expect(step('commit', 'COMMIT')).toMatchObject({ outcome: 'committed' });
});

test('what was told unknown before a savepoint is settled by the commit, though the savepoint is undone', () => {
  vi.useFakeTimers();
  step('begin');
  write('a');
  vi.advanceTimersByTime(HOLD_MILLIS);
  step('savepoint', 'SAVEPOINT', 's');
  write('b');
  step('rollback_to', 'ROLLBACK', 's');
  expect(step('commit', 'COMMIT')).toMatchObject({ outcome: 'committed' });
  expect(told).toEqual(['a unknown', 'b rolled_back']);
});
