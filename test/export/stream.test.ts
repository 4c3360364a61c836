import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportRecords } from '../../src/export/stream.ts';
import { csvHeader } from '../../src/search/csv.ts';
import { createStoreClient } from '../../src/store/client.ts';
import type { ClickHouseClient } from '../../src/store/client.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { csvRows } from './csv-rows.ts';
import { addHistory } from './history.ts';

const CLI = join(import.meta.dirname, '../../dist/commands/cli.js');
const MEBIBYTE = 1024 * 1024;
/** So that what is garbage does not stay for long. */
const SMALL_HEAP = ['--max-old-space-size=96', '--max-semi-space-size=2'];
const EVERYTHING = { text: '', from: '', to: '' };
const store = useClickHouse();
let reader: ClickHouseClient;
let count = 0;

beforeAll(async () => {
  reader = createStoreClient(store().config('audit_reader'));
  count = await addHistory(store());
});
afterAll(() => reader.close());

async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

test('a reader streams what a search finds, line by line', async () => {
  const csv = await textOf(exportRecords(reader, 'audit', EVERYTHING, 'csv'));
  expect(csv.startsWith(csvHeader())).toBe(true);
  expect(csvRows(csv)).toHaveLength(count + 1);
  const found = await textOf(
    exportRecords(reader, 'audit', { ...EVERYTHING, text: 'category:gap' }, 'jsonl'),
  );
  expect(found.trimEnd().split('\n')).toHaveLength(2);
});

test('a search that cannot be understood is refused before the first bytes', async () => {
  const chunks = exportRecords(reader, 'audit', { ...EVERYTHING, text: 'actr:alice' }, 'csv');
  await expect(chunks.next()).rejects.toThrow(/actr/);
});

test('who goes away ends it, and the client serves others', async () => {
  const aborted = new AbortController();
  const chunks = exportRecords(reader, 'audit', EVERYTHING, 'jsonl', aborted.signal);
  await chunks.next();
  aborted.abort();
  await expect(textOf(chunks)).rejects.toThrow();
  expect(await textOf(exportRecords(reader, 'audit', EVERYTHING, 'ecs'))).not.toBe('');
});

test('takes the same memory however much it is', async () => {
  const [records, bytes] = [12_000, 30_000];
  await store().client.command({
    query: `INSERT INTO audit.records (record_id, occurred_at, recorded_at, category, action, tenant_id, request_body)
      SELECT generateUUIDv7(), toDateTime64('2026-11-18 00:00:00', 9, 'UTC') + toIntervalMillisecond(number), now64(6), 'app', 'work', 'large', repeat('x', ${bytes})
      FROM numbers(${records})`,
  });
  const child = spawn(
    process.execPath,
    [...SMALL_HEAP, CLI, 'export', 'tenant:large', '--format', 'jsonl', '--out', '-'],
    {
      env: { PATH: process.env['PATH'], AUDIT_REGISTER_CLICKHOUSE_URL: store().url },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const ended = once(child, 'close');
  let read = 0;
  let most = 0;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    read += chunk.length;
    most = Math.max(most, peakBytes(child.pid ?? 0));
  }
  expect(await ended).toEqual([0, null]);
  expect(read).toBeGreaterThan(records * bytes);
  expect(most).toBeGreaterThan(0);
  // All of it is 343 MiB, in one window.
  expect(most).toBeLessThan(256 * MEBIBYTE);
}, 240_000);

/** The most memory that the process has had so far; 0 when it has gone. */
function peakBytes(pid: number): number {
  try {
    const [, kibibytes = '0'] =
      /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kibibytes) * 1024;
  } catch {
    return 0;
  }
}
