import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { useClickHouse } from '../support/clickhouse.ts';
import { WrittenChain, deliver, insertCertificates, insertRows } from '../integrity/written-chain.ts';
import { addRecords } from './records.ts';

const store = useClickHouse();
const DOCUMENT = readFileSync(join(import.meta.dirname, '../../docs/queries.md'), 'utf8');
const QUERIES = [...DOCUMENT.matchAll(/^## (.+?)$|^```sql\n([\s\S]+?)^```$/gm)].reduce<[string, string][]>(
  (queries, [, title, sql]) => {
    const [current = ''] = queries.at(-1) ?? [];
    if (title !== undefined) return [...queries, [title, '']];
    return [...queries, [current, sql ?? '']];
  },
  [],
);
const BLOCKS = QUERIES.filter(([, sql]) => sql !== '');

const PARAMETERS = {
  table: 'shop.orders',
  id: '7',
  actor: 'ann',
  trace: 'a'.repeat(32),
  correlation: 'none',
  rows: 100,
  from: '2026-11-20 10:00:00',
  to: '2026-11-20 23:00:00',
  at: '2026-11-20 12:00:02',
  person: 'ann',
  taken_in_by: '2100-01-01 00:00:00',
};

function at(second: number): string {
  return `2026-11-20 12:00:${String(second).padStart(2, '0')}`;
}

beforeAll(async () => {
  const request_id = randomUUID();
  const ann = {
    actor_type: 'user',
    actor_id: 'ann',
    actor_assurance: 'claimed',
    impersonator_id: 'root',
    request_id,
  };
  const write = {
    ...ann,
    category: 'db',
    outcome: 'success',
    transaction_outcome: 'autocommit',
    target_type: 'shop.orders',
    target_tables: ['shop.orders'],
    db_rows: 1,
  };
  const seven = { ...write, target_id: '7', changed_fields: ['status'] };
  await addRecords(store(), [
    { ...ann, category: 'http', occurred_at: at(0), outcome: 'denied', trace_id: 'a'.repeat(32) },
    { ...seven, action: 'create', occurred_at: at(1), new_values: { status: 'open' } },
    { ...seven, action: 'update', occurred_at: at(3), new_values: { status: 'paid' } },
    { ...write, action: 'delete', occurred_at: at(4), db_rows: 5_000, request_id: undefined },
    { ...write, action: 'read', occurred_at: at(5) },
    { ...write, action: 'schema', occurred_at: at(6) },
    {
      ...seven,
      action: 'update',
      occurred_at: at(7),
      transaction_outcome: 'rolled_back',
      transaction_id: 't',
    },
    { ...ann, category: 'transaction', action: 'rollback', occurred_at: at(8), transaction_id: 't' },
    { ...ann, category: 'auth', action: 'login', occurred_at: at(9) },
    {
      category: 'auth',
      action: 'login_failed',
      occurred_at: at(9),
      target_type: 'account',
      target_id: 'ann',
    },
    { ...ann, category: 'auth', action: 'token_rejected', occurred_at: at(9), error_type: 'expired' },
    {
      category: 'db',
      action: 'read',
      occurred_at: at(10),
      actor_id: 'bob',
      target_type: 'shop.customers',
      target_id: 'ann',
    },
    ...bruteForce(),
    ...inTwoPlaces(),
    addedByHand(),
  ]);
  await addTamperedChain();
  await addSilentChain();
});

function bruteForce() {
  const failed = { category: 'auth', action: 'login_failed', target_type: 'account', target_id: 'bob' };
  return Array.from({ length: 10 }, () => ({
    ...failed,
    occurred_at: at(10),
    source_address: '::ffff:9.9.9.9',
  }));
}

/** Ann as she is known, and from elsewhere a month later. */
function inTwoPlaces() {
  const ann = { category: 'http', actor_type: 'user', actor_id: 'ann', actor_assurance: 'verified' };
  return [
    { ...ann, occurred_at: '2026-10-25 09:00:00', source_address: '::ffff:10.0.0.1' },
    { ...ann, occurred_at: at(12), source_address: '::ffff:10.9.9.9' },
  ];
}

/** A record that has been there for long and that no entry speaks of. */
function addedByHand() {
  const place = { chain_id: randomUUID(), segment_id: randomUUID(), sequence: 1 };
  return { ...place, category: 'db', occurred_at: at(13), ingested_at: at(14) };
}

/** A process that dropped a record, and of which nothing was heard since. */
async function addSilentChain(): Promise<void> {
  const chain = new WrittenChain({ service: 'silent', startMillis: Date.parse('2026-11-20T12:02:00Z') });
  const { segment, certificate } = await chain.add(2, 'records', {
    seal: { counts: { appended: 3, delivered: 0, dropped: 1, dead: 0 } },
  });
  await insertRows(store(), segment);
  await insertCertificates(store(), [certificate], '2026-11-20 12:02:01.000');
}

/** A chain that is not closed, of whose records one was changed and one deleted. */
async function addTamperedChain(): Promise<void> {
  const chain = new WrittenChain({ service: 'tampered', startMillis: Date.parse('2026-11-20T12:01:00Z') });
  await chain.add(5);
  await deliver(store(), chain.written);
  for (const query of [
    "ALTER TABLE audit.records UPDATE actor_id = 'x' WHERE service_name = 'tampered' AND sequence = 2",
    "ALTER TABLE audit.records DELETE WHERE service_name = 'tampered' AND sequence = 4",
  ]) {
    await store().client.command({ query, clickhouse_settings: { mutations_sync: '2' } });
  }
}

test('there is a query for each of the twenty questions', () => {
  const asked = new Set(BLOCKS.map(([title]) => Number.parseInt(title)));
  expect([...asked]).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
});

test.each(BLOCKS)('%s (query %#) finds what was asked for', async (_title, sql) => {
  expect(await store().query(sql, PARAMETERS)).not.toEqual([]);
});

test('as of a time an object is what it was then, and nothing once it was deleted', async () => {
  const [, asOf = ''] = BLOCKS.filter(([title]) => title.startsWith('2.'))[1] ?? [];
  expect(await store().query(asOf, PARAMETERS)).toMatchObject([{ field: 'status', value: 'open' }]);
  expect(await store().query(asOf, { ...PARAMETERS, at: at(59) })).toMatchObject([{ value: 'paid' }]);
  const gone = { category: 'db', action: 'delete', outcome: 'success', transaction_outcome: 'autocommit' };
  await addRecords(store(), [{ ...gone, occurred_at: at(20), target_type: 'shop.orders', target_id: '7' }]);
  expect(await store().query(asOf, { ...PARAMETERS, at: at(59) })).toEqual([]);
  expect(await store().query(asOf, PARAMETERS)).toMatchObject([{ value: 'open' }]);
});

test('the difference between two times names the fields that changed, with both values', async () => {
  const [, diff = ''] = BLOCKS.filter(([title]) => title.startsWith('2.'))[2] ?? [];
  expect(await store().query(diff, { ...PARAMETERS, from: at(2), to: at(9) })).toEqual([
    { field: 'status', before: 'open', after: 'paid' },
  ]);
});
