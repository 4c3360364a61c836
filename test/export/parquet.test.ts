import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { Compressors } from 'hyparquet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COLUMNS } from '../../src/record/columns.ts';
import { run as runIn } from '../integrity/command.ts';
import type { Ended } from '../integrity/command.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { addHistory } from './history.ts';

const store = useClickHouse();
/** A reader that knows nothing of ClickHouse; it leaves this compression to who uses it. */
const compressors = { ZSTD: (input: Uint8Array) => new Uint8Array(zstdDecompressSync(input)) } as Compressors;
let directory: string;
let count = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audit-register-parquet-'));
  count = await addHistory(store());
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function run(...args: string[]): Promise<Ended> {
  return runIn(['export', '--format', 'parquet', ...args], directory, {
    AUDIT_REGISTER_CLICKHOUSE_URL: store().url,
    AUDIT_REGISTER_CLICKHOUSE_USER: 'audit_reader',
    AUDIT_REGISTER_CLICKHOUSE_PASSWORD: store().config('audit_reader').password,
  });
}

async function rowsOf(name: string): Promise<Record<string, unknown>[]> {
  const file = await asyncBufferFromFile(join(directory, name));
  return await parquetReadObjects({ file, compressors, utf8: false, parsers: EXACT });
}

/** Times with all their digits, which no JavaScript date has. */
const EXACT = {
  timestampFromMilliseconds: (millis: bigint) => isoOf(millis, 3),
  timestampFromMicroseconds: (micros: bigint) => isoOf(micros, 6),
  timestampFromNanoseconds: (nanos: bigint) => isoOf(nanos, 9),
};

function isoOf(ticks: bigint, digits: number): string {
  const perSecond = 10n ** BigInt(digits);
  const second = new Date(Number(ticks / perSecond) * 1_000).toISOString().slice(0, 19).replace('T', ' ');
  return `${second}.${String(ticks % perSecond).padStart(digits, '0')}`;
}

/** Maps are lists of keys and values there, and numbers of 64 bits are exact. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (Array.isArray(value)) return value.map(plain);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
  return value;
}

test('another reader finds every record with all its columns and values', async () => {
  const { code, stdout } = await run('--out', 'all.parquet');
  expect(code).toBe(0);
  expect(stdout).toContain(`all.parquet: ${count} records`);
  const rows = (await rowsOf('all.parquet')).map((row) => plain(row) as Record<string, unknown>);
  const stored = await store().query<Record<string, unknown>>(
    'SELECT * FROM audit.unique_records ORDER BY occurred_at, record_id',
  );
  expect(rows).toHaveLength(count);
  for (const { name, type } of COLUMNS) {
    // What later records settle is tested with the search.
    if (name === 'transaction_outcome') continue;
    const expected = stored.map((row) => (type === 'UInt64' ? Number(row[name]) : row[name]));
    const written = rows.map((row) => row[name]);
    if (type === 'IPv6')
      expect(written).toEqual(expected.map((address) => String(address).replace(/^::ffff:|^::$/, '')));
    else expect({ name, values: written }).toEqual({ name, values: expected });
  }
});

test('has a type for each column that says what it is', async () => {
  await run('--out', 'typed.parquet', '--force');
  const file = await asyncBufferFromFile(join(directory, 'typed.parquet'));
  const { schema } = await parquetMetadataAsync(file);
  const typeOf = (name: string): string => {
    const element = schema.find((element) => element.name === name);
    return `${element?.logical_type?.type ?? element?.converted_type ?? element?.type}`;
  };
  expect(typeOf('occurred_at')).toBe('TIMESTAMP');
  expect(typeOf('actor_id')).toBe('STRING');
  expect(typeOf('sequence')).toBe('INTEGER');
  expect(typeOf('new_values')).toBe('MAP');
  expect(typeOf('target_ids')).toBe('LIST');
});

test('of nothing is a file with all columns', async () => {
  expect((await run('actor:nobody-at-all', '--out', 'none.parquet')).code).toBe(0);
  expect(await rowsOf('none.parquet')).toEqual([]);
  const file = await asyncBufferFromFile(join(directory, 'none.parquet'));
  const names = (await parquetMetadataAsync(file)).schema.map(({ name }) => name);
  for (const { name } of COLUMNS) expect(names).toContain(name);
});

test('leaves nothing behind when it fails', async () => {
  const before = await readdir(directory);
  const { code, stderr } = await run('actr:alice', '--out', 'failed.parquet');
  expect(code).not.toBe(0);
  expect(stderr).toContain('actor');
  expect(await readdir(directory)).toEqual(before);
});
