import { beforeAll, describe, expect, test } from 'vitest';
import {
  didWhat,
  fromWhere,
  throughWhat,
  toWhat,
  whoIs,
  withWhichOutcome,
} from '../../dashboards/src/phrases.ts';
import { createRegisterReader } from '../../src/search/register-reader.ts';
import type { FoundRecord } from '../../src/search/search.ts';
import { describeRecord } from '../../src/search/sentence.ts';
import { createStoreClient } from '../../src/store/client.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { SNEAKY, seedHistory } from '../support/seeded-history.ts';
import type { HistoryIds } from '../support/seeded-history.ts';

const store = useClickHouse();
let ids: HistoryIds;
let records: readonly FoundRecord[];

beforeAll(async () => {
  ids = await seedHistory(store());
  const reader = createRegisterReader(createStoreClient(store().config('audit_reader')), 'audit');
  records = (await reader.page({ text: '', from: '', to: '' }, { limit: 100 })).records;
});

function recordOf(name: keyof HistoryIds): FoundRecord {
  return records.find(({ record_id: id }) => id === ids[name]) as FoundRecord;
}

describe('a record is a sentence', () => {
  test.each([
    ['paid', 'alice changed orders / 1042, committed, POST /orders/:id/pay, 10.1.2.3, verified'],
    ['payRequest', 'alice created /orders/1042/pay, ok, POST /orders/:id/pay → 200, 10.1.2.3, verified'],
    ['commit', 'alice committed a transaction, committed, POST /orders/:id/pay, 10.1.2.3, verified'],
    ['refundUndone', 'bob changed orders / 1042, rolled back, by itself, 2001:db8::7, trusted'],
    ['undoneLater', 'bob deleted items (2000 rows), rolled back, by itself, 2001:db8::7, trusted'],
    ['bulkDelete', 'bob deleted orders / 1, 2, 3, …, committed, by itself, 2001:db8::7, trusted'],
    ['neverKnown', 'bob changed items / 5, unknown, by itself, 2001:db8::7, trusted'],
    ['duplicate', 'bob tried to create orders (0 rows), failed, by itself, 2001:db8::7, trusted'],
    ['refused', 'bob tried to read /admin, denied, GET /admin → 403, 2001:db8::7, trusted'],
    ['late', 'alice created orders / 2000, committed, POST /orders, 192.0.2.9, verified'],
    ['job', 'shop deleted sessions (37 rows), committed, by itself, , none'],
    ['login', 'alice logged in as alice, ok, by itself, 10.1.2.3, verified'],
    ['failedLogin', 'anonymous tried to log in (12 times) as bob, failed, by itself, 192.0.2.9, none'],
    ['forged', 'bob showed a token , denied, by itself, 2001:db8::7, invalid'],
    ['exported', 'alice invoice.exported invoice / 77, ok, by itself, 10.1.2.3, claimed'],
    [
      'impersonated',
      'user-1 as bob tried to delete /orders/9, failed, DELETE /orders/:id → 500, 2001:db8::7, expired',
    ],
    ['gap', 'shop lost 3 records, failed, by itself, , none'],
  ] as const)('%s', (name, expected) => {
    const { who, did, what, ending, way, address, assurance } = describeRecord(recordOf(name));

    expect(`${who} ${did} ${what}, ${ending}, ${way}, ${address}, ${assurance}`).toBe(expected);
  });
});

test.each(['constructor', '__proto__', 'toString'])('an action may be called %s', (action) => {
  for (const category of ['app', 'auth']) {
    expect(describeRecord({ category, action, outcome: 'success' }).did).toBe(action);
  }
});

test('who really acted is told beside the actor', () => {
  expect(describeRecord(recordOf('impersonated')).impersonator).toBe('user-1');
  expect(describeRecord(recordOf('paid')).impersonator).toBe('');
});

test('nothing is escaped: that is for whoever shows it', () => {
  expect(describeRecord(recordOf('sneaky')).who).toBe(SNEAKY);
});

test('one row is one row, and a record that says nothing is still a sentence', () => {
  const nothing = {
    category: 'db',
    action: 'update',
    outcome: 'success',
    db_rows: '1',
    target_type: 'orders',
  };

  expect(describeRecord(nothing as unknown as FoundRecord)).toEqual({
    who: 'somebody',
    impersonator: '',
    assurance: 'none',
    did: 'changed',
    what: 'orders (1 row)',
    ending: 'unknown',
    way: 'by itself',
    address: '',
  });
});

test('dashboards say the same, word for word, of requests, statements and logins', async () => {
  const columns = {
    who: whoIs(),
    did: didWhat(),
    what: toWhat(),
    ending: withWhichOutcome('transaction_outcome'),
    way: throughWhat(),
    address: fromWhere(),
  };
  const select = Object.entries(columns).map(([name, sql]) => `${sql} AS ${name}`);
  const rows = await store().query(
    `SELECT toString(record_id) AS id, ${select.join(', ')} FROM audit.unique_records WHERE category IN ('http', 'db', 'auth')`,
  );
  // Their views settle what came later, and hand it to these phrases.
  const settledLater = new Set([ids.late, ids.undoneLater, ids.keptLater, ids.undoneBySavepoint]);
  const compared = rows.filter(({ id }) => !settledLater.has(String(id)));

  expect(compared.length).toBeGreaterThan(8);
  for (const { id, ...said } of compared) {
    const record = records.find(({ record_id }) => record_id === id) as FoundRecord;
    expect(describeRecord(record)).toMatchObject(said);
  }
});
