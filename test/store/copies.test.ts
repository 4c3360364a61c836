import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Segment } from '../../src/delivery/segment.ts';
import type { StoredRecord } from '../../src/record/record.ts';
import { uuidV4 } from '../../src/record/uuid.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { END_OF_MONTH, insertSegment, segmentOf } from './segments.ts';

const store = useClickHouse();
const SECOND = 1_000_000_000n;

/** Every kind of record that a view is about, over the end of a month. */
function history(tenant_id: string): Partial<StoredRecord>[] {
  const request_id = uuidV4();
  const ann = { actor_type: 'user', actor_id: 'ann', actor_assurance: 'verified', tenant_id } as const;
  const write = {
    category: 'db',
    outcome: 'success',
    target_type: 'shop.orders',
    target_id: '7',
    target_tables: ['shop.orders'],
    changed_fields: ['status'],
    db_rows: 1,
    tenant_id,
  } as const;
  const unnamed = { actor_type: 'anonymous', actor_assurance: 'none', request_id } as const;
  const records: Partial<StoredRecord>[] = [
    { ...ann, category: 'http', action: 'create', http_method: 'POST', request_id },
    {
      ...write,
      ...ann,
      action: 'create',
      transaction_outcome: 'autocommit',
      new_values: { status: 'open' },
    },
    {
      ...write,
      ...unnamed,
      action: 'update',
      transaction_outcome: 'unknown',
      transaction_id: tenant_id,
      new_values: { status: 'paid' },
    },
    { ...ann, category: 'auth', action: 'identified', request_id },
    {
      ...ann,
      category: 'transaction',
      action: 'commit',
      outcome: 'success',
      severity: 'notice',
      transaction_id: tenant_id,
    },
    {
      ...write,
      ...ann,
      action: 'delete',
      target_id: '',
      target_ids: ['7', '8'],
      transaction_outcome: 'autocommit',
    },
    { ...ann, category: 'auth', action: 'login', outcome: 'success' },
    {
      ...ann,
      category: 'auth',
      action: 'login_failed',
      outcome: 'failure',
      attributes: { 'audit.auth.count': '5' },
    },
  ];
  return records.map((record, index) => ({ ...record, occurred_at: END_OF_MONTH + BigInt(index) * SECOND }));
}

async function views(): Promise<string[]> {
  const rows = await store().query<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = 'audit' AND engine = 'View'
       AND name NOT IN ('repeated_runs', 'later_copies', 'chains') ORDER BY name`,
  );
  return rows.map(({ name }) => name);
}

/** All that the views say. */
async function shown(): Promise<Record<string, unknown>> {
  const entries = await Promise.all(
    (await views()).map(async (view) => [
      view,
      await store().query(`SELECT * FROM audit.${view} ORDER BY ALL`),
    ]),
  );
  return Object.fromEntries(entries) as Record<string, unknown>;
}

async function countOf(table: string): Promise<number> {
  const [row] = await store().query<{ rows: string }>(`SELECT toString(count()) AS rows FROM audit.${table}`);
  return Number(row?.rows);
}

/** The same bytes under another token, as after the window. */
async function insertAgain(segment: Segment): Promise<void> {
  await insertSegment(store(), segment, uuidV4());
}

function optimize(partition: number, how = ''): Promise<unknown> {
  return store().client.command({
    query: `OPTIMIZE TABLE audit.records PARTITION ${partition} FINAL ${how}`,
  });
}

describe('a segment that arrived again past the window', () => {
  let before: Record<string, unknown>;
  let segment: Segment;
  let records: Partial<StoredRecord>[];
  const chain = uuidV4();
  const ROWS = 8;

  beforeEach(async () => {
    await store().client.command({ query: 'TRUNCATE TABLE audit.records' });
    records = history(uuidV4());
    segment = segmentOf(records, { chain });
    await insertSegment(store(), segment, segment.id);
    await insertSegment(store(), segmentOf(history(uuidV4()), { chain, first: 10 }), uuidV4());
    before = await shown();
  });

  test('is shown by every view as if it had come once', async () => {
    await insertAgain(segment);
    expect(await countOf('records')).toBe(3 * ROWS);
    expect(await shown()).toEqual(before);
    expect(await countOf('later_copies')).toBe(ROWS);
  });

  test('may have come any number of times', async () => {
    for (let times = 0; times < 3; times++) await insertAgain(segment);
    expect(await countOf('records')).toBe(5 * ROWS);
    expect(await shown()).toEqual(before);
  });

  test('may have come in pieces that overlap', async () => {
    const rows = await store().query<{ name: string }>(
      "SELECT name FROM system.columns WHERE database = 'audit' AND table = 'records' AND name != 'ingested_at'",
    );
    const names = rows.map(({ name }) => name).join(', ');
    for (const [first, last] of [
      [2, 5],
      [4, 8],
    ]) {
      await store().client.command({
        query: `INSERT INTO audit.records (${names}) SELECT ${names} FROM audit.records
                WHERE segment_id = {id:UUID} AND sequence BETWEEN {first:UInt64} AND {last:UInt64} LIMIT 1 BY sequence`,
        query_params: { id: segment.id, first, last },
        clickhouse_settings: { insert_deduplication_token: uuidV4(), async_insert: 0 },
      });
    }
    expect(await countOf('records')).toBe(2 * ROWS + 4 + 5);
    expect(await shown()).toEqual(before);
  });

  test('is still twice in the table and once in the views when its parts are merged', async () => {
    await insertAgain(segment);
    await optimize(202610);
    await optimize(202611);
    expect(await countOf('records')).toBe(3 * ROWS);
    expect(await shown()).toEqual(before);
  });

  test('may have been attached or restored rather than inserted, with the time it was taken in', async () => {
    await store().client.command({ query: 'CREATE TABLE audit.backup AS audit.records' });
    try {
      await store().client.command({
        query: 'ALTER TABLE audit.backup ATTACH PARTITION 202611 FROM audit.records',
      });
      await store().client.command({
        query: 'ALTER TABLE audit.records ATTACH PARTITION 202611 FROM audit.backup',
      });
    } finally {
      await store().client.command({ query: 'DROP TABLE audit.backup' });
    }
    expect(await countOf('records')).toBeGreaterThan(2 * ROWS);
    expect(await shown()).toEqual(before);
  });

  test('is gone from the table after OPTIMIZE … DEDUPLICATE, as docs/delivery.md says', async () => {
    await insertAgain(segment);
    await optimize(202610, 'DEDUPLICATE BY * EXCEPT ingested_at');
    await optimize(202611, 'DEDUPLICATE BY * EXCEPT ingested_at');
    expect(await countOf('records')).toBe(2 * ROWS);
    expect(await countOf('repeated_runs')).toBe(0);
    expect(await shown()).toMatchObject({ changes: before['changes'], gaps: before['gaps'] });
  });

  test('does not hide a record that has its number and differs in anything', async () => {
    const other = segmentOf(
      records.map((record) => ({ ...record, actor_name: 'Somebody else' })),
      { chain, id: segment.id },
    );
    await insertAgain(other);
    expect(await countOf('unique_records')).toBe(3 * ROWS);
    expect(await countOf('later_copies')).toBe(0);
  });
});

describe('where nothing arrived twice', () => {
  beforeAll(async () => {
    await store().client.command({ query: 'TRUNCATE TABLE audit.records' });
    await insertSegment(store(), segmentOf(history(uuidV4())), uuidV4());
  });

  async function explain(query: string): Promise<string> {
    const lines = await store().query<{ explain: string }>(`EXPLAIN actions = 1 ${query}`);
    return lines.map(({ explain }) => explain).join('\n');
  }

  test('the views read nothing to be sure of it but the projection', async () => {
    expect(await explain('SELECT * FROM audit.repeated_runs')).toContain('ReadFromMergeTree (runs)');
    const plan = await explain("SELECT action FROM audit.unique_records WHERE actor_id = 'ann'");
    expect(plan).toContain('ReadFromMergeTree (audit.records)');
    expect(plan).not.toMatch(/_part|chain_id|sequence/);
  });

  test('the latest records are read as from the table: the wide columns of those alone', async () => {
    expect(await explain('SELECT * FROM audit.unique_records ORDER BY occurred_at DESC LIMIT 10')).toContain(
      'LazilyRead',
    );
  });
});
