import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { useClickHouse } from '../support/clickhouse.ts';
import { addRecords } from './records.ts';

const store = useClickHouse();
const REQUESTS = 20_000;
const chain = randomUUID();
const [late, again] = [randomUUID(), randomUUID()];

const at = (second: number): string => `2026-11-20 12:00:${String(second).padStart(2, '0')}`;

beforeAll(async () => {
  // Most of a register settles nothing.
  await store().client.command({
    query: `INSERT INTO audit.records (record_id, category, action, outcome, occurred_at)
      SELECT generateUUIDv4(), 'http', 'read', 'success', toDateTime64('2026-11-20 11:00:00', 9, 'UTC') + number / 100 FROM numbers(${REQUESTS})`,
  });
  const identified = { category: 'auth', action: 'identified', outcome: 'success', chain_id: chain };
  const end = { category: 'transaction', action: 'commit', outcome: 'success', chain_id: chain };
  await addRecords(store(), [
    { ...identified, request_id: late, occurred_at: at(1), actor_id: 'ann', actor_roles: ['admin'] },
    { ...identified, request_id: again, occurred_at: at(2), actor_id: 'first' },
    { ...identified, request_id: again, occurred_at: at(3), actor_id: 'second' },
    { ...identified, request_id: randomUUID(), occurred_at: at(4), category: 'app', actor_id: 'nobody' },
    {
      ...end,
      occurred_at: at(5),
      transaction_id: 'open',
      severity: 'notice',
      transaction_outcome: 'committed',
    },
    {
      ...end,
      occurred_at: at(6),
      transaction_id: 'known',
      severity: 'info',
      transaction_outcome: 'committed',
    },
  ]);
});

async function partsRead(query: string): Promise<string[]> {
  const lines = await store().query<{ explain: string }>(`EXPLAIN ${query}`);
  return lines.flatMap(({ explain }) => /ReadFromMergeTree \(([\w.]+)\)/.exec(explain)?.[1] ?? []);
}

test('who was identified later is told by the records that say so', async () => {
  const actors = await store().query(
    'SELECT request_id, origin_chain, actor_id, actor_roles FROM audit.late_actors ORDER BY actor_id',
  );
  expect(actors).toEqual([
    { request_id: late, origin_chain: chain, actor_id: 'ann', actor_roles: ['admin'] },
    { request_id: again, origin_chain: chain, actor_id: 'second', actor_roles: [] },
  ]);
});

test('how a transaction ended is told where its statements did not know', async () => {
  expect(await store().query('SELECT transaction_id, final_outcome FROM audit.transactions')).toEqual([
    { transaction_id: 'open', final_outcome: 'committed' },
  ]);
});

test.each(['late_actors', 'transactions'])('%s reads nothing else', async (view) => {
  expect(await partsRead(`SELECT * FROM audit.${view}`)).toEqual(['settling']);
});

test('of an old part, which has no such list, they say the same', async () => {
  const views = ['late_actors', 'transactions'].map((view) => `SELECT * FROM audit.${view} ORDER BY ALL`);
  const before = await Promise.all(views.map((query) => store().query(query)));
  await store().client.command({
    query: 'ALTER TABLE audit.records CLEAR PROJECTION settling',
    clickhouse_settings: { mutations_sync: '2' },
  });
  expect(await partsRead(views[0] as string)).toEqual(['audit.records']);
  expect(await Promise.all(views.map((query) => store().query(query)))).toEqual(before);
});

test('a kind of record that a granule does not have is not looked for in it', async () => {
  const lines = await store().query<{ explain: string }>(
    "EXPLAIN indexes = 1 SELECT count() FROM audit.unique_records WHERE category = 'auth' AND action = 'login_failed'",
  );
  const plan = lines.map(({ explain }) => explain).join('\n');
  expect(plan).toMatch(/kinds_index[\s\S]*?Granules: 0\/\d/);
});
