import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { HOLD_MILLIS, HeldBytes } from '../../src/sql/held-statements.ts';
import { LOST_PATH, currentPath } from '../../src/sql/search-path.ts';
import { ConnectionTransaction } from '../../src/sql/transaction.ts';
import type { TransactionStep } from '../../src/sql/statement.ts';

vi.mock('../../src/timers.ts', async () => (await import('../support/live-timers.ts')).liveTimers);

let transaction: ConnectionTransaction;
let told: string[];

beforeEach(() => {
  transaction = new ConnectionTransaction(new HeldBytes());
  told = [];
});

afterEach(() => {
  vi.useRealTimers();
});

const stepOf = (kind: TransactionStep['kind'], savepoint = ''): TransactionStep => ({
  kind,
  savepoint,
  chain: false,
});

const step = (kind: TransactionStep['kind'], command = '', savepoint = '') =>
  transaction.step(stepOf(kind, savepoint), command);

const write = (name: string, bytes = 1): void => {
  transaction.statement((outcome) => told.push(`${name} ${outcome}`), true, bytes);
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

test('a COMMIT without an answer leaves it open, a refused one undoes the work', () => {
  step('begin');
  write('a');
  expect(transaction.stepFailed(stepOf('commit'), false)).toMatchObject({ outcome: 'unknown', writes: 1 });
  step('begin');
  write('b');
  expect(transaction.stepFailed(stepOf('commit'), true)).toMatchObject({ outcome: 'rolled_back' });
  expect(told).toEqual(['a unknown', 'b rolled_back']);
});

test.each(['rollback', 'savepoint', 'release', 'rollback_to', 'begin'] as const)(
  'after a %s without an answer a commit may have kept less than it seems',
  (kind) => {
    step('begin');
    write('a');
    transaction.stepFailed(stepOf(kind, 's'), false);
    expect(step('commit', 'COMMIT')).toMatchObject({ outcome: 'unknown' });
    expect(told).toEqual(['a unknown']);
    step('begin');
    write('b');
    step('commit', 'COMMIT');
    expect(told.at(-1)).toBe('b committed');
  },
);

test('after a ROLLBACK without an answer the next BEGIN is another transaction', () => {
  step('begin');
  write('a');
  const { id } = transaction;
  transaction.stepFailed(stepOf('rollback'), false);
  expect(step('begin')).toMatchObject({ id, outcome: 'unknown' });
  expect(transaction.id).not.toBe(id);
});

test('rolled back to a savepoint that nobody saw: nobody knows what is left of what came before', () => {
  step('begin');
  write('a');
  step('rollback_to', '', 'unseen');
  write('b');
  expect(step('commit', 'COMMIT')).toMatchObject({ outcome: 'unknown' });
  expect(told).toEqual(['a unknown', 'b committed']);
});

test('the statements of a text are one transaction', () => {
  transaction.beginText();
  expect(transaction.id).not.toBe('');
  write('a');
  expect(told).toEqual([]);
  expect(transaction.endText('rolled_back')).toBeUndefined();
  expect(transaction.id).toBe('');
  write('b');
  expect(told).toEqual(['a rolled_back', 'b autocommit']);
});

test('a transaction that a text leaves open goes on after it', () => {
  transaction.beginText();
  write('a');
  step('begin');
  write('b');
  transaction.endText('committed');
  expect(told).toEqual([]);
  step('rollback', 'ROLLBACK');
  expect(told).toEqual(['a rolled_back', 'b rolled_back']);
});

test('a text of more statements than can wait has a record of its end', () => {
  for (let index = 0; index < 1_001; index++) {
    transaction.beginText();
    write(String(index));
  }
  expect(transaction.endText('committed')).toMatchObject({ outcome: 'committed', writes: 1_001 });
});

describe('what cannot wait', () => {
  test('is limited in bytes on each connection', () => {
    step('begin');
    for (let index = 0; index < 5; index++) write(String(index), 1_024 * 1_024);
    expect(told).toEqual(['0 unknown', '1 unknown', '2 unknown', '3 unknown']);
    write('large', 5 * 1_024 * 1_024);
    expect(told.slice(4)).toEqual(['4 unknown', 'large unknown']);
    write('small');
    step('commit', 'COMMIT');
    expect(told.at(-1)).toBe('small committed');
  });

  test('is limited in bytes on all connections together, and what was told makes room', () => {
    const everywhere = new HeldBytes();
    const connections = Array.from({ length: 9 }, () => new ConnectionTransaction(everywhere));
    connections.forEach((connection, index) => {
      connection.step(stepOf('begin'), 'BEGIN');
      connection.statement((outcome) => told.push(`${index} ${outcome}`), true, 4 * 1_024 * 1_024);
    });
    expect(told).toEqual(['8 unknown']);
    connections[0]?.step(stepOf('commit'), 'COMMIT');
    connections[8]?.statement((outcome) => told.push(`again ${outcome}`), true, 4 * 1_024 * 1_024);
    connections[8]?.step(stepOf('commit'), 'COMMIT');
    expect(told).toEqual(['8 unknown', '0 committed', 'again committed']);
  });

  test('is named when a savepoint undoes it, so that the commit settles only the rest', () => {
    vi.useFakeTimers();
    step('begin');
    write('kept');
    step('savepoint', 'SAVEPOINT', 's');
    write('undone');
    vi.advanceTimersByTime(HOLD_MILLIS);
    write('undone and known');
    expect(step('rollback_to', 'ROLLBACK', 's')).toMatchObject({ undone: [2, 2] });
    expect(told).toEqual(['kept unknown', 'undone unknown', 'undone and known rolled_back']);
    expect(step('commit', 'COMMIT')).toMatchObject({ outcome: 'committed' });
  });

  test('is not named by a savepoint behind it', () => {
    vi.useFakeTimers();
    step('begin');
    write('a');
    vi.advanceTimersByTime(HOLD_MILLIS);
    step('savepoint', 'SAVEPOINT', 's');
    write('b');
    expect(step('rollback_to', 'ROLLBACK', 's')).toBeUndefined();
    expect(step('commit', 'COMMIT')).toMatchObject({ outcome: 'committed' });
    expect(told).toEqual(['a unknown', 'b rolled_back']);
  });

  test('a loop of savepoints that are never released keeps a thousand of them', () => {
    step('begin');
    write('a');
    for (let index = 0; index <= 1_000; index++) step('savepoint', 'SAVEPOINT', `s${index}`);
    step('rollback_to', 'ROLLBACK', 's0');
    expect(told).toEqual(['a unknown']);
    expect(step('commit', 'COMMIT')).toMatchObject({ outcome: 'unknown' });
  });
});

describe('what the server says of the connection', () => {
  test('a transaction that nobody saw begin is one', () => {
    transaction.observe('T');
    write('a');
    step('rollback', 'ROLLBACK');
    expect(told).toEqual(['a rolled_back']);
  });

  test('a transaction that nobody saw end has an end nobody knows', () => {
    step('begin');
    write('a');
    expect(transaction.observe('I')).toMatchObject({ outcome: 'unknown' });
    write('b');
    expect(told).toEqual(['a unknown', 'b autocommit']);
  });

  test('what is known already changes nothing, and where it says nothing neither', () => {
    transaction.observe('I');
    expect(transaction.id).toBe('');
    step('begin');
    write('a');
    for (const status of ['T', 'E', undefined] as const) transaction.observe(status);
    step('commit', 'COMMIT');
    expect(told).toEqual(['a committed']);
  });
});

describe('the search path', () => {
  const path = (): string => currentPath(transaction.path);

  test('is what was set, and a rollback takes it back', () => {
    transaction.setPath('a', false);
    step('begin');
    transaction.setPath('b', false);
    expect(path()).toBe('b');
    step('rollback');
    expect(path()).toBe('a');
    step('begin');
    transaction.setPath('c', false);
    step('commit', 'COMMIT');
    expect(path()).toBe('c');
  });

  test('SET LOCAL lasts as long as its transaction, and does nothing outside of one', () => {
    transaction.setPath('a', false);
    transaction.setPath('nothing', true);
    expect(path()).toBe('a');
    step('begin');
    transaction.setPath('local', true);
    expect(path()).toBe('local');
    step('commit', 'COMMIT');
    expect(path()).toBe('a');
  });

  test('is what it was when a savepoint is undone', () => {
    step('begin');
    transaction.setPath('a', true);
    step('savepoint', 'SAVEPOINT', 's');
    transaction.setPath('b', true);
    step('rollback_to', 'ROLLBACK', 's');
    expect(path()).toBe('a');
  });

  test('is not known when nobody knows how its transaction ended', () => {
    transaction.setPath('a', false);
    step('begin');
    transaction.setPath('b', false);
    transaction.abandon();
    expect(path()).toBe(LOST_PATH);
  });
});

describe('what waits for the end', () => {
  const told: string[] = [];
  const wait = (name: string): void => transaction.whenEnded((outcome) => told.push(`${name} ${outcome}`));

  test('is told at once outside of a transaction, else how it ended', () => {
    told.length = 0;
    wait('a');
    transaction.step({ kind: 'begin', savepoint: '', chain: false }, 'BEGIN');
    wait('b');
    expect(told).toEqual(['a autocommit']);
    transaction.step({ kind: 'commit', savepoint: '', chain: false }, 'ROLLBACK');
    expect(told).toEqual(['a autocommit', 'b rolled_back']);
  });

  test('is not told of what a savepoint undoes', () => {
    told.length = 0;
    transaction.step({ kind: 'begin', savepoint: '', chain: false }, 'BEGIN');
    wait('kept');
    transaction.step({ kind: 'savepoint', savepoint: 's', chain: false }, 'SAVEPOINT');
    wait('undone');
    transaction.step({ kind: 'rollback_to', savepoint: 's', chain: false }, 'ROLLBACK');
    transaction.step({ kind: 'commit', savepoint: '', chain: false }, 'COMMIT');
    expect(told).toEqual(['kept committed']);
  });
});

test('a path that was set is lost where something may have moved it; one that was not set stays unset', () => {
  transaction.losePath();
  expect(currentPath(transaction.path)).toBe('');
  transaction.setPath('a', false);
  transaction.losePath();
  expect(currentPath(transaction.path)).toBe(LOST_PATH);
  transaction.setPath('b', false);
  expect(currentPath(transaction.path)).toBe('b');
});
