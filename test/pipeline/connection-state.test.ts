import { expect, test } from 'vitest';
import { ConnectionState } from '../../src/pipeline/statements/connection-state.ts';
import { PreparedTransactions } from '../../src/pipeline/statements/prepared-transactions.ts';
import type { AnalysedStatement } from '../../src/sql/analyse.ts';
import { HeldBytes } from '../../src/sql/held-statements.ts';
import { describe as describeStatement } from '../../src/sql/statement.ts';
import { ConnectionTransaction } from '../../src/sql/transaction.ts';

const STATEMENT: AnalysedStatement = {
  ...describeStatement('other', []),
  normalized: '',
  problem: '',
  truncated: [],
};

test('of the statements that were prepared on a connection the last 200 are remembered', () => {
  const state = new ConnectionState(new HeldBytes());
  for (let index = 0; index < 201; index++) state.prepare(`s${index}`, STATEMENT);
  expect(state.prepared('s0')).toBeUndefined();
  expect(state.prepared('s1')).toBe(STATEMENT);
  state.prepare('s1', STATEMENT);
  state.prepare('new', STATEMENT);
  expect(state.prepared('s1')).toBe(STATEMENT);
  state.deallocate('');
  expect(state.prepared('s1')).toBeUndefined();
});

function prepared(told: string[], name: string): ConnectionTransaction {
  const transaction = new ConnectionTransaction(new HeldBytes());
  transaction.step({ kind: 'begin', savepoint: '', chain: false }, 'BEGIN');
  transaction.statement((outcome) => told.push(`${name} ${outcome}`), true, 1);
  return transaction;
}

test('two transactions of one name are of two servers, and nobody can tell which one ends', () => {
  const told: string[] = [];
  const waiting = new PreparedTransactions();
  waiting.add('app', 'g', prepared(told, 'here'));
  waiting.add('other', 'g', prepared(told, 'elsewhere'));
  expect(told).toEqual([]);
  waiting.add('app', 'g', prepared(told, 'there'));
  expect(told).toEqual(['here unknown', 'there unknown']);
  expect(waiting.take('app', 'g')).toBeUndefined();
  expect(waiting.take('other', 'g')).toBeDefined();
});

test('at most 200 transactions wait for their second phase', () => {
  const told: string[] = [];
  const waiting = new PreparedTransactions();
  for (let index = 0; index < 201; index++) waiting.add('app', `g${index}`, prepared(told, `${index}`));
  expect(told).toEqual(['0 unknown']);
  waiting.settle();
  expect(told).toHaveLength(201);
});
