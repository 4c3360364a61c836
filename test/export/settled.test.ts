import { Buffer } from 'node:buffer';
import { beforeAll, expect, test } from 'vitest';
import { exportRecords } from '../../src/export/stream.ts';
import { csvHeader, csvLine } from '../../src/search/csv.ts';
import { createRegisterReader } from '../../src/search/register-reader.ts';
import type { FoundRecord } from '../../src/search/search.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { HISTORY, seedHistory } from '../support/seeded-history.ts';

const store = useClickHouse();
const SEARCH = { text: '', ...HISTORY };
let shown: readonly FoundRecord[] = [];

beforeAll(async () => {
  await seedHistory(store());
  const reader = createRegisterReader(store().client, 'audit');
  const { records } = await reader.page(SEARCH, { limit: 1_000 });
  shown = [...records].reverse();
});

async function exported(format: 'csv' | 'jsonl', text = ''): Promise<string> {
  const all: Buffer[] = [];
  const search = { ...SEARCH, text };
  for await (const chunk of exportRecords(store().client, 'audit', search, format)) all.push(chunk);
  return Buffer.concat(all).toString();
}

test('an export says of every record what the explorer says, late actors and ends of transactions included', async () => {
  const records = (await exported('jsonl'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as FoundRecord);
  expect(shown.length).toBeGreaterThan(20);
  expect(records).toEqual(shown);
  expect(records.some(({ actor_late }) => actor_late)).toBe(true);
  for (const end of ['applied', 'rolled_back', 'failed', 'unknown'])
    expect(records.map(({ final_outcome }) => final_outcome)).toContain(end);
});

test('its CSV is theirs, line by line', async () => {
  expect(await exported('csv')).toBe(csvHeader() + shown.map((record) => csvLine(record)).join(''));
});

test('a search for somebody finds what was only later known to be theirs', async () => {
  const late = shown.filter(({ actor_late }) => actor_late);
  const lines = (await exported('jsonl', 'late:true')).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as FoundRecord)).toEqual(late);
});
