import { beforeAll, expect, test } from 'vitest';
import { useClickHouse } from '../support/clickhouse.ts';
import { EVERYTHING, findQuery, numbersOf, useAsker } from './asking.ts';
import type { Surroundings } from './data-source.ts';
import { SECURITY_HOUR, addSecurityHistory } from './security-history.ts';

const HOUR: Surroundings = { ...SECURITY_HOUR, intervalMillis: 60_000, variables: EVERYTHING };

const store = useClickHouse();
const asker = useAsker(store);

const ask = (title: string) => asker().ask(findQuery(title, 'Security'), HOUR);

/** Rows of a table, as lists of these columns. */
async function rowsOf(title: string, ...columns: string[]): Promise<unknown[][]> {
  const { data } = await ask(title);
  return data.map((row) => columns.map((name) => row[name]));
}

beforeAll(() => addSecurityHistory(store()));

test.each([
  ['Failed logins', 102],
  ['Attacks', 3],
  ['Attacks with a login', 1],
  ['Rejected tokens', 3],
  ['Denied', 3],
  ['Writes of unsure names', 1],
])('%s: %i', async (title, expected) => {
  expect(numbersOf(await ask(title))).toEqual([null, expected]);
});

test('an attack with a login comes first; the owner of an account who logs in from elsewhere is none', async () => {
  expect(
    await rowsOf('Who tries to break in, and who got in', 'kind', 'subject', 'failures', 'got_in_as'),
  ).toEqual([
    ['address', '9.9.9.9', 11, 'alice'],
    ['account', 'bob', 50, ''],
    ['address', '8.8.8.8', 40, ''],
  ]);
});

test('failed logins are counted by account and address, however many a record stands for', async () => {
  expect(
    await rowsOf('Who failed to log in, from where', 'account', 'address', 'failed', 'succeeded'),
  ).toEqual([
    ['bob', '', 50, 0],
    ['a, b, c, …', '8.8.8.8', 40, 0],
    ['alice', '9.9.9.9', 11, 1],
    ['carol', '3.3.3.4', 1, 0],
  ]);
});

test('rejected tokens are told by reason', async () => {
  const rows = await rowsOf('Which tokens were rejected, and why', 'reason', 'account', 'issuer', 'times');
  expect(rows).toEqual([
    ['expired', 'ann', 'https://idp', 2],
    ['signature', '', '', 1],
  ]);
});

test('denials are told by whom and on what', async () => {
  expect(await rowsOf('Who was denied, on what', 'who', 'place', 'answer', 'times')).toEqual([
    ['Ann (ann)', 'GET /admin', '403', 2],
    ['anonymous', 'GET /orders', '401', 1],
  ]);
});

test('a new address is one of somebody who had been known for a day, and not of whoever claims the name', async () => {
  const rows = await rowsOf('Who came from a new address, or with a new user agent', 'who', 'kind', 'origin');
  expect(rows).toContainEqual(['Ann (ann)', 'address', '10.9.9.9']);
  expect(rows.map(([who]) => who)).not.toContain('eve');
  expect(rows.map(([, , origin]) => origin)).not.toContain('6.6.6.6');
});

test('where somebody came from half a year ago is new again, and where two months ago is not', async () => {
  const rows = await rowsOf('Who came from a new address, or with a new user agent', 'who', 'origin');
  expect(rows.filter(([who]) => who === 'fay')).toEqual([['fay', '10.5.5.5']]);
});

test.each([
  ['new_origins', "month = '2025-01-01'", "month = '2026-11-01'"],
  ['brute_force', "hour = '2025-01-01 12:00:00'", "hour = '2026-11-18 12:00:00'"],
])('%s reads what lies near the time that is asked for, not all there is', async (view, before, then) => {
  const rowsRead = async (condition: string) => {
    const plan = await store().query<{ rows: string }>(
      `EXPLAIN ESTIMATE SELECT * FROM audit.${view} WHERE ${condition}`,
    );
    return plan.reduce((sum, { rows }) => sum + Number(rows), 0);
  };
  expect(await rowsRead(before)).toBe(0);
  expect(await rowsRead(then)).toBeGreaterThan(0);
});

test('what a service writes by itself is not written under an unsure name', async () => {
  const rows = await rowsOf(
    'What was written under a name that nobody vouches for',
    'who',
    'target',
    'writes',
    'rows_written',
  );
  expect(rows).toEqual([['Ann (mallory)', 'orders', 1, 3]]);
});

test('who acted as somebody else is named beside that name', async () => {
  const rows = await rowsOf('Who acted as somebody else, and did what', 'really', 'who', 'did', 'what');
  expect(rows).toEqual([['root', 'Ann', 'deleted', 'orders (1 row)']]);
});
