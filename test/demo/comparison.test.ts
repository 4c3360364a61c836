import { expect, test } from 'vitest';
import { compare } from '../../examples/demo/comparison.ts';
import type { ExpectedRequest } from '../../examples/demo/expectation.ts';
import type { RegisterRow } from '../../examples/demo/register-rows.ts';

const EXPECTED: ExpectedRequest = {
  correlationId: 'r-1',
  actor: { type: 'user', id: 'user-1', name: 'alice', assurance: 'verified' },
  address: '10.1.2.3',
  method: 'DELETE',
  path: '/orders/1042',
  route: '/orders/:id',
  status: 204,
  changes: [{ action: 'delete', table: 'orders', rows: 1, id: '1042', transaction: 'autocommit' }],
  logins: [],
};
const REQUEST: RegisterRow = {
  occurred_at: '2026-11-21T12:04:31.000000000Z',
  category: 'http',
  action: 'delete',
  outcome: 'success',
  actor_type: 'user',
  actor_id: 'user-1',
  actor_name: 'alice',
  actor_assurance: 'verified',
  source_address: '::ffff:10.1.2.3',
  trace_id: 'a',
  correlation_id: 'r-1',
  target_type: 'route',
  target_id: '/orders/:id',
  http_method: 'DELETE',
  http_route: '/orders/:id',
  url_path: '/orders/1042',
  http_status: 204,
  db_rows: 0,
  transaction_outcome: '',
};
const CHANGE: RegisterRow = {
  ...REQUEST,
  category: 'db',
  target_type: 'orders',
  target_id: '1042',
  db_rows: 1,
  transaction_outcome: 'autocommit',
};
const LOGIN: RegisterRow = {
  ...REQUEST,
  category: 'auth',
  action: 'login',
  target_type: 'account',
  target_id: 'alice',
};
const JOB: RegisterRow = {
  ...CHANGE,
  action: 'update',
  actor_type: 'system',
  actor_id: 'shop',
  actor_name: 'shop',
  actor_assurance: 'none',
  correlation_id: '',
  trace_id: '',
  target_id: '',
};

const EXPECTED_LOGIN: ExpectedRequest = {
  ...EXPECTED,
  logins: [{ action: 'login', outcome: 'success', account: 'alice', actor: EXPECTED.actor }],
};

test('a login is looked for in its request', () => {
  expect(compare([EXPECTED_LOGIN], [JOB, REQUEST, CHANGE, LOGIN])).toEqual([]);
  expect(compare([EXPECTED_LOGIN], [JOB, REQUEST, CHANGE]).join()).toMatch(/no record of login/);
  const failed = { ...LOGIN, action: 'login_failed' };
  expect(compare([EXPECTED_LOGIN], [JOB, REQUEST, CHANGE, failed]).join()).toMatch(
    /action should be "login"/,
  );
  expect(compare([EXPECTED], [JOB, REQUEST, CHANGE, LOGIN]).join()).toMatch(
    /unexpected record login of alice/,
  );
});

test('what was expected is right', () => {
  expect(compare([EXPECTED], [JOB, REQUEST, CHANGE])).toEqual([]);
});

const wrong: [string, readonly RegisterRow[], RegExp][] = [
  ['the request is missing', [JOB, CHANGE], /no record of the request/],
  ['the change is missing', [JOB, REQUEST], /no record of delete orders/],
  ['the job is missing', [REQUEST, CHANGE], /job that expires/],
  [
    'the change is of somebody else',
    [JOB, REQUEST, { ...CHANGE, actor_id: 'user-2' }],
    /actor_id should be "user-1"/,
  ],
  [
    'the change is of another row',
    [JOB, REQUEST, { ...CHANGE, target_id: '7' }],
    /target_id should be "1042"/,
  ],
  [
    'the outcome is not known',
    [JOB, REQUEST, { ...CHANGE, transaction_outcome: 'unknown' }],
    /transaction_outcome/,
  ],
  ['the change has another trace', [JOB, REQUEST, { ...CHANGE, trace_id: 'b' }], /trace_id/],
  ['the address is the proxy’s', [JOB, { ...REQUEST, source_address: '::1' }, CHANGE], /source_address/],
  ['there is a change too much', [JOB, REQUEST, CHANGE, CHANGE], /unexpected record delete orders/],
  ['there are two records of a request', [JOB, REQUEST, REQUEST, CHANGE], /2 records of one request/],
  ['there is a request too much', [JOB, REQUEST, CHANGE, { ...REQUEST, correlation_id: 'x', url_path: '/healthz' }], /unexpected record of DELETE \/healthz/], // prettier-ignore
];

test.each(wrong)('it is noticed when %s', (_, rows, problem) => {
  expect(compare([EXPECTED], rows).join('\n')).toMatch(problem);
});
