import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { runCases } from './case-runs.ts';

const require = createRequire(import.meta.url);
const names = Object.keys(require('./fixtures/transaction-cases.cjs') as object);
const run = runCases(names);

const outcomes = (name: string): string[] =>
  run(name)
    .records.filter(({ category, action }) => category === 'db' && action !== 'read')
    .map(({ new_values, target_type, outcome, transaction_outcome }) =>
      [new_values['text'] ?? target_type, outcome, transaction_outcome].join(' '),
    )
    .sort();

const ends = (name: string): string[] =>
  run(name)
    .records.filter(({ category }) => category === 'transaction')
    .map(({ action, transaction_outcome }) => `${action} ${transaction_outcome}`);

test.each(names)('%s: the application sees exactly what it sees without us', (name) => {
  const { seen, seenBare } = run(name);
  expect(seen).toEqual(seenBare);
});

test.each<[string, string[], string[]]>([
  [
    'committed',
    ['a success committed', 'after success autocommit', 'b success committed'],
    ['commit committed'],
  ],
  ['rolledBack', ['a success rolled_back'], ['rollback rolled_back']],
  [
    'failedCommit',
    ['a success rolled_back', 'after success autocommit', 'nowhere failure rolled_back'],
    ['rollback rolled_back'],
  ],
  [
    'deferredViolation',
    ['after success autocommit', 'children success rolled_back'],
    ['rollback rolled_back'],
  ],
  [
    'savepoints',
    [
      'again success committed',
      'kept success committed',
      'nowhere failure rolled_back',
      'released success committed',
      'undone success rolled_back',
    ],
    ['commit committed'],
  ],
  [
    'nestedSavepoints',
    ['inner success rolled_back', 'last success committed', 'outer success rolled_back'],
    ['commit committed'],
  ],
  [
    'chained',
    ['first success committed', 'second success rolled_back'],
    ['commit committed', 'rollback rolled_back'],
  ],
  ['readOnly', [], []],
  ['refusedPrepare', ['after success autocommit', 'prepared success rolled_back'], ['rollback rolled_back']],
  ['beginTwice', ['a success committed', 'b success committed'], ['commit committed']],
  ['commitNothing', ['alone success autocommit'], []],
  ['multiStatement', ['ä1 success autocommit', 'ö; success autocommit'], []],
  [
    'multiFailed',
    ['first success rolled_back', 'never failure rolled_back', 'nowhere failure rolled_back'],
    [],
  ],
  [
    'multiCommitted',
    [
      'implicit success committed',
      'kept success committed',
      'lost success rolled_back',
      'nowhere failure rolled_back',
    ],
    ['commit committed'],
  ],
  [
    'multiOpen',
    ['a success rolled_back', 'after success autocommit', 'nowhere failure rolled_back'],
    ['rollback rolled_back'],
  ],
  ['multiTransaction', ['a success committed', 'b success committed'], ['commit committed']],
  ['terminated', ['after failure autocommit', 'lost success rolled_back'], []],
  ['terminatedRunning', ['lost success rolled_back', 'notes unknown rolled_back'], []],
  ['cutDuringCommit', ['perhaps success unknown'], []],
  ['poolReleasedOpen', ['forgotten success rolled_back'], []],
])('%s: every statement knows what became of its work', (name, expected, expectedEnds) => {
  expect(outcomes(name)).toEqual(expected);
  expect(ends(name)).toEqual(expectedEnds);
});

test('statements of one transaction share its id and connection, and so does the record of its end', () => {
  const { records } = run('committed');
  const [first, second, end, after] = records;
  expect(first?.transaction_id).toMatch(/^[0-9a-f-]{36}$/);
  expect([second?.transaction_id, end?.transaction_id]).toEqual([
    first?.transaction_id,
    first?.transaction_id,
  ]);
  expect(new Set(records.map(({ db_backend_pid }) => db_backend_pid)).size).toBe(1);
  expect(end?.attributes).toEqual({ 'audit.transaction.writes': '2' });
  expect(after?.transaction_id).toBe('');
});

test('a chained transaction has an id of its own', () => {
  const ids = run('chained').records.map(({ transaction_id }) => transaction_id);
  expect(ids[0]).toBe(ids[1]);
  expect(ids[2]).toBe(ids[3]);
  expect(ids[0]).not.toBe(ids[2]);
});

test('each statement of a text has its own answer, in its own words', () => {
  expect(run('multiStatement').records.map(({ db_statement, db_rows }) => [db_statement, db_rows])).toEqual([
    ['insert into notes (text) values (?)', 1],
    ['update notes set text = ? where text = ?', 1],
    ['select count(*)::int from notes where text = ?', 1],
  ]);
});

test('an administrator who ends the session may do so after the statement was kept', () => {
  const running = run('terminatedRunning').records.find(({ error_type }) => error_type === '57P01');
  expect(running).toMatchObject({ outcome: 'unknown', transaction_outcome: 'rolled_back' });
});
