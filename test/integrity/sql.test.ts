import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { useClickHouse } from '../support/clickhouse.ts';
import { WrittenChain, deliver } from './written-chain.ts';

const store = useClickHouse();
const DOCUMENT = readFileSync(join(import.meta.dirname, '../../docs/integrity.md'), 'utf8');
const [records = '', links = '', strays = ''] = [...DOCUMENT.matchAll(/^```sql\n([\s\S]+?)^```$/gm)].map(
  ([, sql]) => sql ?? '',
);
const PERIOD = { from: '2026-11-20 00:00:00', to: '2026-11-21 00:00:00' };

async function command(query: string): Promise<void> {
  await store().client.command({ query, clickhouse_settings: { mutations_sync: '2' } });
}

let chain: WrittenChain;
beforeEach(async () => {
  for (const table of ['records', 'segments']) await command(`TRUNCATE TABLE audit.${table}`);
  chain = new WrittenChain({ startMillis: Date.parse('2026-11-20T12:00:00Z') });
  for (const rows of [4, 3, 0, 2]) await chain.add(rows, rows === 0 ? 'heartbeat' : 'records');
  await chain.add(0, 'closing');
  await deliver(store(), chain.written);
});

test('the queries of docs/integrity.md find nothing in what nobody has touched', async () => {
  for (const sql of [records, links, strays]) expect(await store().query(sql, PERIOD)).toEqual([]);
});

test.each([
  [
    'an edit',
    "ALTER TABLE audit.records UPDATE actor_id = 'x' WHERE sequence = 6",
    { promised: 3, stored: 3 },
  ],
  ['a deletion', 'DELETE FROM audit.records WHERE sequence = 6', { promised: 3, stored: 2 }],
])('the first finds %s', async (_what, tamper, rows) => {
  await command(tamper);
  expect(await store().query(records, PERIOD)).toMatchObject([{ chain_id: chain.id, number: 2, ...rows }]);
});

test('the second finds an entry that is gone, and the link to one that was replaced', async () => {
  await command('DELETE FROM audit.segments WHERE number = 2');
  expect(await store().query(links, PERIOD)).toMatchObject([
    { chain_id: chain.id, number: 3, number_before: 1 },
  ]);
});

test('the third finds records of nobody', async () => {
  await command(
    "INSERT INTO audit.records (record_id, segment_id, occurred_at) VALUES (generateUUIDv4(), generateUUIDv4(), '2026-11-20 13:00:00')",
  );
  expect(await store().query(strays, PERIOD)).toMatchObject([{ records: 1 }]);
});
