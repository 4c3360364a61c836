import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createStoreClient } from '../../src/store/client.ts';
import { addRecords } from '../store/records.ts';
import { startPreloaded } from '../support/preloaded.ts';
import { useAuditedServices } from './audited-service.ts';
import { startPgTap } from './pg-tap.ts';

const audited = useAuditedServices();
const directory = mkdtempSync(join(tmpdir(), 'audit-register-parity-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const STATEMENTS = [
  { text: 'create table if not exists things (id serial primary key, name text)' },
  { text: 'insert into things (name) values ($1) returning id', values: ['a'] },
  { text: 'update things set name = $1 where id = $2', values: ['b', 1] },
  { text: 'delete from nowhere' },
];

/** A configuration file, for settings that have no variable. */
function configFile(name: string, text: string): Readonly<Record<string, string>> {
  const path = join(directory, name);
  writeFileSync(path, text);
  return { AUDIT_REGISTER_CONFIG: path };
}

test('parity A: LOGGING_BACKEND: records can go to a file or to standard output instead', async () => {
  const file = join(directory, 'records.jsonl');
  const toFile = await audited.start({ AUDIT_REGISTER_SINK: 'file', AUDIT_REGISTER_FILE_PATH: file });
  await toFile.ask('/in-a-file');
  expect((await toFile.end()).records).toEqual([]);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ url_path: '/in-a-file' });

  const toConsole = await audited.start({ AUDIT_REGISTER_SINK: 'console' });
  await toConsole.ask('/on-the-console');
  expect(JSON.parse((await toConsole.end()).stdout)).toMatchObject({ url_path: '/on-the-console' });
});

test('parity A: DATABASE_ALIAS: any ClickHouse, any database name', async () => {
  const service = await audited.start({ AUDIT_REGISTER_CLICKHOUSE_DATABASE: 'elsewhere' });
  await service.ask('/elsewhere');
  // The tables are made first; a process that ends before would leave the record to the next one.
  const rows = () =>
    audited
      .store()
      .query('select url_path from elsewhere.records where service_name = {name: String}', {
        name: service.name,
      })
      .catch(() => []);
  await expect.poll(rows, { timeout: 45_000 }).toEqual([{ url_path: '/elsewhere' }]);
  expect((await service.end()).records).toEqual([]);
});

test('parity A: CRUD_DIFFERENCE_CALLBACKS and pre_log: beforeRecord may change a record or leave it out', async () => {
  const service = await audited.start(
    configFile(
      'hook.cjs',
      `exports.beforeRecord = (record) =>
         record.url_path === '/vetoed' ? null : { ...record, attributes: { ...record.attributes, team: 'a' } };`,
    ),
  );
  for (const path of ['/vetoed', '/kept']) await service.ask(path);
  expect(await service.requests()).toMatchObject([{ url_path: '/kept', attributes: { team: 'a' } }]);
});

test('parity A: a beforeRecord that throws loses no record', async () => {
  const service = await audited.start(
    configFile('throws.cjs', `exports.beforeRecord = () => { throw new Error('a broken hook'); };`),
  );
  for (const path of ['/1', '/2']) await service.ask(path);
  const { records, stderr } = await service.end();
  expect(records.map(({ url_path }) => url_path)).toEqual(['/1', '/2']);
  expect(stderr.match(/beforeRecord threw: a broken hook/g)).toHaveLength(1);
});

test('parity A: CRUD_EVENT_NO_CHANGED_FIELDS_SKIP: a statement that touched no row is kept or left out by policy', async () => {
  await audited.query('create table if not exists things (id serial primary key, name text)');
  const nothing = [{ text: "update things set name = 'x' where id = -1" }];
  const kept = await audited.start();
  await kept.sql(nothing);
  expect(await kept.statements()).toMatchObject([{ db_rows: 0, outcome: 'success' }]);
  const skipping = await audited.start(
    configFile(
      'skip.json',
      JSON.stringify({
        policy: [
          {
            name: 'nothing-changed',
            level: 'none',
            match: { category: 'db', rows: '0', outcome: 'success' },
          },
          { name: 'rest', level: 'metadata' },
        ],
      }),
    ),
  );
  await skipping.sql(nothing);
  expect(await skipping.statements()).toEqual([]);
});

test('parity A: PROPAGATE_EXCEPTIONS: a register that is away fails no request', async () => {
  const service = await audited.start({ AUDIT_REGISTER_CLICKHOUSE_URL: 'http://127.0.0.1:9' });
  expect((await service.ask('/')).status).toBe(200);
  expect(await service.sql([{ text: 'select 1 as one' }])).toMatchObject([{ rows: [{ one: 1 }] }]);
  expect((await service.end()).stderr).toContain('2 records wait in the spool for the next process');
});

test('parity A: READONLY_EVENTS: the writer can only insert, the reader only select', async () => {
  await addRecords(audited.store(), [{ service_name: 'readonly' }]);
  const forbidden: Readonly<Record<string, readonly string[]>> = {
    audit_writer: ['SELECT * FROM audit.records', 'ALTER TABLE audit.records DELETE WHERE 1'],
    audit_reader: ["INSERT INTO audit.records (service_name) VALUES ('forged')"],
  };
  for (const username of ['audit_writer', 'audit_reader'] as const) {
    const client = createStoreClient(audited.store().config(username));
    const more = [
      'TRUNCATE TABLE audit.records',
      'DROP TABLE audit.records',
      "ALTER TABLE audit.records UPDATE actor_id = '' WHERE 1",
    ];
    for (const query of [...(forbidden[username] ?? []), ...more])
      await expect(client.command({ query }), `${username}: ${query}`).rejects.toThrow(
        /privileges|readonly/i,
      );
    await client.close();
  }
});

test('parity A: CHECK_IF_REQUEST_USER_EXISTS, parity B15: nothing is ever sent to the application’s database', async () => {
  const said: string[][] = [];
  for (const preload of [true, false]) {
    await audited.query('drop table if exists things');
    const tap = await startPgTap(audited.postgres().url);
    const app = await startPreloaded(`${import.meta.dirname}/fixtures/app.cjs`, {
      preload,
      env: { DATABASE_URL: tap.url },
    });
    await fetch(`${app.url}/nothing`);
    const response = await fetch(`${app.url}/sql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(STATEMENTS),
    });
    expect(response.status).toBe(200);
    const { records } = await app.end();
    // NOTE: a preload that records nothing would say nothing to the database either.
    expect(records.length).toBe(preload ? STATEMENTS.length + 2 : 0);
    said.push(await tap.close());
  }
  const [audit, bare] = said as [string[], string[]];
  expect(bare.length).toBeGreaterThan(STATEMENTS.length);
  expect(audit).toEqual(bare);
});

test('parity B14: old records go by whole partitions, at the end of their time', async () => {
  const store = audited.store();
  const old = new Date(Date.now() - 500 * 86_400_000).toISOString();
  await addRecords(store, [
    { service_name: 'growth', occurred_at: old },
    { service_name: 'growth', occurred_at: new Date().toISOString() },
  ]);
  await store.client.command({
    query: 'ALTER TABLE audit.records MATERIALIZE TTL SETTINGS mutations_sync = 2',
  });
  await store.client.command({ query: 'OPTIMIZE TABLE audit.records FINAL' });
  const rows = await store.query<{ year: number }>(
    "SELECT toYear(occurred_at) AS year FROM audit.records WHERE service_name = 'growth'",
  );
  expect(rows).toEqual([{ year: new Date().getUTCFullYear() }]);
  const [table] = await store.query<{ partition_key: string; create_table_query: string }>(
    "SELECT partition_key, create_table_query FROM system.tables WHERE database = 'audit' AND name = 'records'",
  );
  expect(table?.partition_key).toBe('toYYYYMM(occurred_at)');
  expect(table?.create_table_query).toContain('ttl_only_drop_parts = 1');
});

test('parity B17: what the audit could not do is counted and said', async () => {
  const service = await audited.start({ AUDIT_REGISTER_CLICKHOUSE_URL: 'http://127.0.0.1:9' });
  for (const path of ['/1', '/2', '/3']) await service.ask(path);
  const { stderr } = await service.end();
  expect(stderr).toMatch(/records wait in the spool \S+: ClickHouse at http\S+ does not take them/);
  expect(stderr).toMatch(/3 records wait in the spool for the next process/);
});
