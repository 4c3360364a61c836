import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { runCases } from './case-runs.ts';

const require = createRequire(import.meta.url);
const names = Object.keys(require('./fixtures/transaction-cases.cjs') as object);
const run = runCases(names);

const outcomes = (name: string): string[] =>
  run(name)
    .records.filter(({ category, action }) => category === 'db' && action !== 'read')
    .filter(
      ({ db_statement }) =>
        !/^(set|reset|discard|select pg_terminate_backend|select pg_cancel_backend)\b/.test(db_statement),
    )
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
  ['multiStatement', ['ä1 success committed', 'ö; success committed'], []],
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
  ['terminated', ['after failure autocommit', 'lost success rolled_back'], ['rollback rolled_back']],
  ['terminatedRunning', ['lost success rolled_back', 'x unknown rolled_back'], ['rollback rolled_back']],
  ['cutDuringCommit', ['perhaps success unknown'], ['commit unknown']],
  ['cutDuringCommitText', ['perhaps success unknown', 'too unknown unknown'], ['commit unknown']],
  ['endedOpen', ['forgotten success rolled_back'], ['rollback rolled_back']],
  ['endedDuringCommit', ['perhaps success unknown'], ['commit unknown']],
  ['idleTooLong', ['forgotten success rolled_back'], ['rollback rolled_back']],
  ['timedOut', ['a success rolled_back', 'x failure rolled_back'], ['rollback rolled_back']],
  ['timedOutAlone', ['after success autocommit', 'x failure autocommit'], []],
  ['cancelled', ['x failure autocommit'], []],
  [
    'notAwaited',
    ['a success committed', 'after success autocommit', 'b success committed'],
    ['commit committed'],
  ],
  [
    'notAwaitedFailing',
    ['a success rolled_back', 'after success autocommit', 'nowhere failure rolled_back'],
    ['rollback rolled_back'],
  ],
  [
    'pipelinedTransactions',
    [
      'a success committed',
      'after success autocommit',
      'lost success rolled_back',
      'nowhere failure rolled_back',
    ],
    ['commit committed', 'rollback rolled_back'],
  ],
  [
    'pipelinedViolation',
    ['after success autocommit', 'children success rolled_back'],
    ['rollback rolled_back'],
  ],
  ['gaveUpOnBegin', ['a success rolled_back', 'after success autocommit'], ['rollback rolled_back']],
  ['gaveUpOnCommit', ['after success autocommit', 'perhaps success unknown'], ['commit unknown']],
  [
    'gaveUpBeforeCommit',
    ['after success rolled_back', 'perhaps success rolled_back'],
    ['rollback rolled_back'],
  ],
  ['gaveUpOnRollback', ['after success autocommit', 'lost success unknown'], ['other unknown']],
  ['tooLongToRead', [' success unknown', 'seen success rolled_back'], ['rollback rolled_back']],
  [
    'tooLongEnding',
    [' success unknown', 'after success autocommit', 'perhaps success unknown'],
    ['other unknown'],
  ],
  ['procedure', ['commits success autocommit'], []],
  ['poolReleasedOpen', ['forgotten success rolled_back'], ['rollback rolled_back']],
  ['poolReset', ['forgotten success rolled_back', 'next success autocommit'], ['rollback rolled_back']],
  ['poolReused', ['forgotten success committed', 'next success committed'], ['commit committed']],
  [
    'readOnlyRefused',
    ['refused failure rolled_back', 'refused failure rolled_back'],
    ['rollback rolled_back', 'rollback rolled_back'],
  ],
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

test('a statement that was never reached says so, and is no failure of its own', () => {
  const reasons = run('multiFailed').records.map(({ outcome, error_type }) => `${outcome} ${error_type}`);
  expect(reasons).toEqual(['success ', 'failure 42P01', 'failure not_reached']);
});

test('statements of one text are one transaction', () => {
  const ids = run('multiStatement').records.map(({ transaction_id }) => transaction_id);
  expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(new Set(ids).size).toBe(1);
});

test('what a statement writes beside its own table is a record that names the statement', () => {
  const [, main, part] = run('parts').records;
  expect(main).toMatchObject({ action: 'create', target_type: 'orders', db_rows: 1, attributes: {} });
  expect(part).toMatchObject({
    action: 'delete',
    target_type: 'notes',
    outcome: 'success',
    transaction_outcome: 'autocommit',
    db_rows: 0,
    attributes: { 'audit.statement.part_of': main?.record_id, 'audit.sql.rows': 'unknown' },
  });
});

describe('what a connection remembers', () => {
  const pathsOf = (name: string): (string | undefined)[] =>
    run(name)
      .records.filter(({ action }) => action === 'create')
      .map(({ attributes }) => attributes['postgresql.search_path']);

  test('EXECUTE is what was prepared, with its arguments', () => {
    const insert = { action: 'create', target_type: 'users', changed_fields: ['email', 'password'] };
    expect(run('executed').records.filter(({ action }) => action !== 'other')).toMatchObject([
      {
        ...insert,
        new_values: { email: 'cid@example.com', password: '[redacted]' },
        target_id: '',
        db_rows: 1,
        db_statement: 'execute add(?, ?)',
        attributes: {
          'audit.statement.prepared': 'prepare add as insert into users (email, password) values ($1, $2)',
        },
      },
      { ...insert, new_values: { email: 'dan@example.com', password: '[redacted]' } },
      { action: 'update', changed_fields: ['age'], target_id: '1', db_statement: 'execute add(?)' },
    ]);
    expect(run('executed').records.at(-1)).toMatchObject({
      action: 'other',
      outcome: 'failure',
      error_type: '26000',
      target_type: '',
    });
  });

  test('an unqualified table is looked up in the path that was set, and in none that was not', () => {
    expect(pathsOf('searchPath')).toEqual([
      undefined,
      'elsewhere, public',
      'public',
      'elsewhere, public',
      undefined,
      'given',
      'elsewhere, public',
      undefined,
      'elsewhere',
      undefined,
    ]);
  });
});

const endOf = (name: string): string[] => {
  const end = run(name).records.find(({ category }) => category === 'transaction');
  return [end?.action ?? '', end?.outcome ?? '', end?.error_type ?? ''];
};

test.each([
  ['rolledBack', ['rollback', 'success', '']],
  ['failedCommit', ['rollback', 'failure', '25P02']],
  ['deferredViolation', ['rollback', 'failure', '23503']],
  ['terminated', ['rollback', 'failure', '57P01']],
  ['terminatedRunning', ['rollback', 'failure', '57P01']],
  ['idleTooLong', ['rollback', 'failure', '25P03']],
  ['endedOpen', ['rollback', 'failure', 'connection_lost']],
  ['cutDuringCommit', ['commit', 'unknown', 'Error']],
  ['tooLongEnding', ['other', 'unknown', '']],
])('%s: the record of the end says how it came', (name, expected) => {
  expect(endOf(name)).toEqual(expected);
});

test('a transaction that was lost belongs to whoever worked in it last', () => {
  const [first, end] = run('endedOpen').records;
  expect(end).toMatchObject({
    transaction_id: first?.transaction_id,
    request_id: first?.request_id,
    trace_id: first?.trace_id,
    url_path: '/endedOpen',
    db_backend_pid: first?.db_backend_pid,
  });
});
