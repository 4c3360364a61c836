import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStoreClient } from '../../src/store/client.ts';
import { useClickHouse } from '../support/clickhouse.ts';

const store = useClickHouse();
const DENIED = { type: 'ACCESS_DENIED' };
const RECORD = {
  record_id: randomUUID(),
  // Without a time it would be of 1970, and the TTL would take it.
  occurred_at: new Date().toISOString().replace('T', ' ').replace('Z', ''),
  category: 'app',
  tenant_id: 'users',
  sequence: 1,
};

describe('audit_writer', () => {
  let writer: ClickHouseClient;
  beforeAll(() => {
    writer = createStoreClient(store().config('audit_writer'));
  });
  afterAll(() => writer.close());

  test('adds records', async () => {
    await writer.insert({
      table: 'audit.records',
      values: [RECORD],
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0, insert_deduplication_token: randomUUID() },
    });
    const rows = await store().query("SELECT record_id FROM audit.records WHERE tenant_id = 'users'");
    expect(rows).toEqual([{ record_id: RECORD.record_id }]);
  });

  test('asks which records of a segment have arrived', async () => {
    const result = await writer.query({
      query:
        'SELECT chain_id, sequence FROM audit.records WHERE segment_id = {id:UUID} AND occurred_at > {from:DateTime}',
      query_params: { id: randomUUID(), from: '2026-01-01 00:00:00' },
      format: 'JSONEachRow',
    });
    expect(await result.json()).toEqual([]);
  });

  test('adds the entry that certifies a segment', async () => {
    await writer.insert({
      table: 'audit.segments',
      values: [{ seal: '{"chain":"no chain"}', shortfall: '', signature: '', key_id: '' }],
      columns: ['seal', 'shortfall', 'signature', 'key_id'],
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0 },
    });
    expect(await store().query('SELECT seal, chain_id FROM audit.segments')).toEqual([
      { seal: '{"chain":"no chain"}', chain_id: '00000000-0000-0000-0000-000000000000' },
    ]);
  });

  test.each([
    ['read a record', 'SELECT actor_id FROM audit.records'],
    ['read a view', 'SELECT * FROM audit.requests'],
    ['read the migrations', 'SELECT * FROM audit.migrations'],
    ['read an entry of a segment', 'SELECT seal FROM audit.segments'],
    [
      'give a column of an entry that is read out of its text',
      "INSERT INTO audit.segments (seal, segment_id) SETTINGS insert_allow_materialized_columns = 1 VALUES ('{}', generateUUIDv4())",
    ],
    ['say when an entry came', "INSERT INTO audit.segments (seal, ingested_at) VALUES ('{}', 0)"],
    ['excuse a deletion', 'INSERT INTO audit.purges (rows_left) VALUES (0)'],
    ['change an entry', "ALTER TABLE audit.segments UPDATE seal = '' WHERE 1"],
    ['delete an entry', 'DELETE FROM audit.segments WHERE 1'],
    ['change a record', "ALTER TABLE audit.records UPDATE actor_id = '' WHERE 1"],
    ['delete a record', 'DELETE FROM audit.records WHERE 1'],
    ['drop a partition', 'ALTER TABLE audit.records DROP PARTITION 202611'],
    ['drop a year of entries', 'ALTER TABLE audit.segments DROP PARTITION 2026'],
    ['change the retention', 'ALTER TABLE audit.records MODIFY TTL toDateTime(occurred_at) + INTERVAL 1 DAY'],
    ['empty the table', 'TRUNCATE TABLE audit.records'],
    ['drop the table', 'DROP TABLE audit.records'],
    ['rename the table', 'RENAME TABLE audit.records TO audit.gone'],
    ['exchange the table', 'CREATE OR REPLACE TABLE audit.records (a UInt8) ENGINE = Memory'],
    ['make a table', 'CREATE TABLE audit.own (a UInt8) ENGINE = Memory'],
    ['write a note of migrations', 'INSERT INTO audit.migrations (version) VALUES (9)'],
    ['read a file', "SELECT * FROM file('/etc/hostname', 'LineAsString', 'line String')"],
  ])('cannot %s', async (_what, query) => {
    await expect(writer.command({ query })).rejects.toMatchObject(DENIED);
  });
});

describe('audit_reader', () => {
  let reader: ClickHouseClient;
  beforeAll(() => {
    reader = createStoreClient(store().config('audit_reader'));
  });
  afterAll(() => reader.close());

  test.each([
    'records',
    'segments',
    'purges',
    'chains',
    'requests',
    'changes',
    'activity',
    'object_history',
    'object_changes',
    'object_fields',
    'rollbacks',
    'actor_activity',
    'transactions',
    'gaps',
  ])('reads audit.%s', async (name) => {
    const result = await reader.query({
      query: `SELECT * FROM audit.${name} LIMIT 1`,
      format: 'JSONEachRow',
    });
    expect(Array.isArray(await result.json())).toBe(true);
  });

  test('may limit its own time, as Grafana does, and nothing else', async () => {
    const query = "SELECT value FROM system.settings WHERE name = 'max_execution_time'";
    const result = await reader.query({
      query,
      format: 'JSONEachRow',
      clickhouse_settings: { max_execution_time: 7 },
    });
    expect(await result.json()).toEqual([{ value: '7' }]);
    await expect(reader.query({ query, clickhouse_settings: { readonly: '0' } })).rejects.toMatchObject({
      type: 'READONLY',
    });
    await expect(
      reader.query({ query, clickhouse_settings: { max_memory_usage: '1000000' } }),
    ).rejects.toMatchObject({
      type: 'READONLY',
    });
  });

  test('takes compressed answers', async () => {
    const result = await reader.query({
      query: 'SELECT 1 AS one',
      format: 'JSONEachRow',
      clickhouse_settings: { enable_http_compression: 1 },
    });
    expect(await result.json()).toEqual([{ one: 1 }]);
  });

  test.each([
    ['add a record', "INSERT INTO audit.records (tenant_id) VALUES ('forged')"],
    ['change a record', "ALTER TABLE audit.records UPDATE actor_id = '' WHERE 1"],
    ['delete a record', 'DELETE FROM audit.records WHERE 1'],
    ['empty the table', 'TRUNCATE TABLE audit.records'],
    ['drop the table', 'DROP TABLE audit.records'],
    ['make a table', 'CREATE TABLE audit.own (a UInt8) ENGINE = Memory'],
    ['make itself able to', 'SET readonly = 0'],
  ])('cannot %s', async (_what, query) => {
    await expect(reader.command({ query })).rejects.toMatchObject({
      type: expect.stringMatching(/^(ACCESS_DENIED|READONLY)$/),
    });
  });

  test('cannot see other databases or files', async () => {
    await store().client.command({
      query: 'CREATE TABLE IF NOT EXISTS default.secret (a UInt8) ENGINE = Memory',
    });
    await expect(reader.query({ query: 'SELECT * FROM default.secret' })).rejects.toMatchObject(DENIED);
    const file = "SELECT * FROM file('/etc/hostname', 'LineAsString', 'line String')";
    await expect(reader.query({ query: file })).rejects.toThrow(/ACCESS_DENIED|privileges|readonly/);
  });
});

/** The engine makes the directory of a disk before it refuses the disk. */
function filesIn(path: string): string[] {
  if (!existsSync(path)) return [];
  return statSync(path).isDirectory() ? readdirSync(path) : [path];
}

describe('default', () => {
  const target = join(tmpdir(), `audit-register-${randomUUID()}`);
  afterAll(() => rmSync(target, { recursive: true, force: true }));

  test.each([
    ['read a file', "SELECT * FROM file('/etc/hostname', 'LineAsString', 'line String')"],
    ['read a file as a table', 'SELECT * FROM default.`/etc/hostname`'],
    ['write a file', `INSERT INTO FUNCTION file('${target}', 'TSV', 'a String') VALUES ('x')`],
    ['keep a table in a file', `CREATE TABLE audit.f (a String) ENGINE = File(TSV, '${target}')`],
    ['take the file system as a database', "CREATE DATABASE fs ENGINE = Filesystem('/')"],
    [
      'put a table anywhere on disk',
      `CREATE TABLE audit.d (a UInt8) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = local, path = '${target}/')`,
    ],
    ['call an address', "SELECT * FROM url('http://127.0.0.1:1/', 'TSV', 'a String')"],
    ['run a program', "SELECT * FROM executable('/bin/true', 'TSV', 'a String')"],
    ['write a backup', `BACKUP DATABASE audit TO File('${target}')`],
  ])('has everything in the database, but cannot %s', async (_what, query) => {
    await expect(store().client.command({ query })).rejects.toThrow();
    expect(filesIn(target)).toEqual([]);
  });
});
