import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Segment } from '../../src/delivery/segment.ts';
import { createClickHouseSink } from '../../src/delivery/sinks/clickhouse.ts';
import { createLog } from '../../src/log.ts';
import { encodeHeader } from '../../src/record/encode.ts';
import { loadMigrations } from '../../src/store/migrations.ts';
import { createItems } from '../process/items.ts';
import { until } from '../process/condition.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { copyPackage, endOf } from './package-copy.ts';
import type { CommandEnd, PackageCopy } from './package-copy.ts';
import RELEASED from './released-migrations.json' with { type: 'json' };
import { placeReleasedSpool, releasedRecords } from './released-spool.ts';
import { segmentOf } from './segments.ts';

const DATABASE = 'upgraded';
const PREVIOUS = Object.keys(RELEASED['0.1.0']);
const NEWEST = loadMigrations().map(({ name }) => name);

/** What a version after this one could do: it adds a column, a table and a view. */
const LATER = {
  '0900_later.sql': `ALTER TABLE {{database}}.records ADD COLUMN IF NOT EXISTS later String DEFAULT 'unknown' COMMENT 'Later.';
CREATE VIEW IF NOT EXISTS {{database}}.later_view AS SELECT record_id, later FROM {{database}}.records;`,
};

/** Many processes and all views, one after the other. */
vi.setConfig({ testTimeout: 240_000 });

const store = useClickHouse();
let postgres: Postgres;
let directory = '';
const copies: PackageCopy[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'audit-register-upgrade-'));
  postgres = await startPostgres();
  await createItems(postgres.url);
});
afterAll(async () => {
  for (const copy of copies) copy.remove();
  await postgres?.stop();
  rmSync(directory, { recursive: true, force: true });
});

function copy(options?: Parameters<typeof copyPackage>[0]): PackageCopy {
  const made = copyPackage(options);
  copies.push(made);
  return made;
}

const settings = (spool: string): Record<string, string> => ({
  AUDIT_REGISTER_CLICKHOUSE_URL: store().url,
  AUDIT_REGISTER_CLICKHOUSE_DATABASE: DATABASE,
  AUDIT_REGISTER_SPOOL_DIR: join(directory, spool),
});

/** A real application that serves three requests, two with an INSERT, ends in order, and leaves a closed chain. */
async function serve(version: PackageCopy, service: string): Promise<CommandEnd> {
  const child = version.launch('app.cjs', {
    ...settings(service),
    DATABASE_URL: postgres.url,
    OTEL_SERVICE_NAME: service,
    AUDIT_REGISTER_FLUSH_INTERVAL_MS: '50',
  });
  const ended = endOf(child);
  const port = await new Promise((resolve, reject) => {
    child.stdout?.on('data', (text: Buffer) => resolve(/listening (\d+)/.exec(String(text))?.[1]));
    void ended.then(({ stderr }) => reject(new Error(stderr)));
  });
  for (const [path, method] of [
    ['/one', 'POST'],
    ['/in-code', 'POST'],
    ['/read', 'GET'],
  ] as const)
    await (await fetch(`http://127.0.0.1:${String(port)}${path}`, { method })).text();
  await until(`the records of ${service}`, async () => (await actionsOf(service)).length === 5, 90_000);
  child.kill('SIGTERM');
  return ended;
}

async function actionsOf(service: string): Promise<unknown[]> {
  const rows = await store().query(
    `SELECT category, action, actor_id, target_type, url_path FROM ${DATABASE}.records WHERE service_name = {service: String} ORDER BY sequence`,
    { service },
  );
  return rows.map((row) => Object.values(row).join(' '));
}

const SERVED = [
  'db create  items /one',
  'http create  route /one',
  'db create named-in-code items /in-code',
  'http create named-in-code route /in-code',
  'http read  route /read',
];

/** What stands in the columns of version 0.1.0, and what its views say of it. */
async function snapshot(): Promise<Record<string, unknown>> {
  const views = await store().query<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = {database: String} AND engine = 'View' ORDER BY name",
    { database: DATABASE },
  );
  const counts: Record<string, unknown> = {};
  for (const { name } of views)
    counts[name] = (await store().query(`SELECT count() AS rows FROM ${DATABASE}.${name}`))[0]?.['rows'];
  const types: Record<string, Record<string, string>> = {};
  const described = await store().query<{ table: string; name: string; type: string }>(
    'SELECT table, name, type FROM system.columns WHERE database = {database: String}',
    { database: DATABASE },
  );
  for (const { table, name, type } of described) (types[table] ??= {})[name] = type;
  const columns = segmentOf([{}]).columns.map(([name]) => name);
  return {
    records: await store().query(
      `SELECT ${columns.join(', ')}, ingested_at FROM ${DATABASE}.records ORDER BY ALL`,
    ),
    segments: await store().query(
      `SELECT seal, shortfall, signature, key_id FROM ${DATABASE}.segments ORDER BY ALL`,
    ),
    counts,
    types,
  };
}

/** A database that lives as long as the fixtures of this test. */
async function keepForEver(): Promise<void> {
  for (const table of ['records', 'segments']) {
    const [row] = await store().query<{ sql: string }>(
      'SELECT create_table_query AS sql FROM system.tables WHERE database = {database: String} AND name = {table: String}',
      { database: DATABASE, table },
    );
    if (/\bTTL\b/.test(row?.sql ?? ''))
      await store().client.command({ query: `ALTER TABLE ${DATABASE}.${table} REMOVE TTL` });
  }
}

test('The migrations that were released are what they were, to the letter', () => {
  const own = Object.fromEntries(loadMigrations().map(({ name, checksum }) => [name, checksum]));
  for (const migrations of Object.values(RELEASED)) expect(own).toMatchObject(migrations);
  expect(NEWEST.slice(0, PREVIOUS.length)).toEqual(PREVIOUS);
});

describe('A database of version 0.1.0', () => {
  let previous: PackageCopy;
  let newest: PackageCopy;
  let later: PackageCopy;

  beforeAll(() => {
    previous = copy({ keeps: (name) => PREVIOUS.includes(name) });
    newest = copy();
    later = copy({ adds: LATER });
  });

  test('is filled by a process, and verifies', async () => {
    const made = await previous.command(['migrate'], settings('none'));
    expect(made.stdout).toBe(PREVIOUS.map((name) => `applied ${name}\n`).join(''));
    await keepForEver();
    expect((await serve(previous, 'before')).stderr).toBe('');
    expect(await actionsOf('before')).toEqual(SERVED);
    const verified = await previous.command(['verify'], settings('none'));
    expect(verified).toMatchObject({ code: 0 });
  });

  test('is brought to the newest version without a change to any record, seal, column or answer of a view', async () => {
    const before = await snapshot();
    expect(before['records']).toHaveLength(5);
    const { code, stdout } = await newest.command(['migrate'], settings('none'));
    const added = NEWEST.slice(PREVIOUS.length);
    expect([code, stdout]).toEqual([
      0,
      added.length === 0
        ? `database ${DATABASE} is up to date (${NEWEST.length} migrations)\n`
        : added.map((name) => `applied ${name}\n`).join(''),
    ]);
    expect(await snapshot()).toMatchObject(before);
  });

  test('is not migrated a second time', async () => {
    const { code, stdout } = await newest.command(['migrate'], settings('none'));
    expect([code, stdout]).toEqual([0, `database ${DATABASE} is up to date (${NEWEST.length} migrations)\n`]);
  });

  test('verifies after that as before, and its readers find what was there', async () => {
    expect(await newest.command(['verify'], settings('none'))).toMatchObject({ code: 0 });
    const found = await newest.command(['query', 'service:before', '--format', 'jsonl'], settings('none'));
    expect(found.stdout.trimEnd().split('\n')).toHaveLength(5);
    expect(found.code).toBe(0);
  });

  test('takes what a killed process of version 0.1.0 left in its spool, each value as it was', async () => {
    const env = settings('released');
    await placeReleasedSpool(env);
    const records = releasedRecords();
    const { code, stdout, stderr } = await newest.command(['spool', 'flush'], env);
    expect([code, stdout, stderr]).toEqual([
      0,
      `${records.length} records delivered to ClickHouse at ${store().url}\n`,
      '',
    ]);
    const query = await newest.command(
      ['query', 'service:released-shop', '--format', 'jsonl', '--limit', 'all'],
      settings('none'),
    );
    const stored = query.stdout.trimEnd().split('\n');
    expect(inOrder(stored.map((line) => JSON.parse(line)))).toMatchObject(inOrder(records));
    expect(await newest.command(['verify'], settings('none'))).toMatchObject({ code: 0 });
  });

  test('takes the records of a process that knows no migration after 0.1.0', async () => {
    expect((await serve(previous, 'old-writer')).stderr).toBe('');
    expect(await actionsOf('old-writer')).toEqual(SERVED);
  });

  test('is left alone by a package that is older, which says which one to install', async () => {
    expect((await later.command(['migrate'], settings('none'))).stdout).toMatch(/^applied 0900_later$/m);
    const { code, stderr } = await newest.command(['migrate'], settings('none'));
    expect(code).toBe(78);
    expect(stderr).toMatch(
      /is newer than this version of audit-register: it has migration 0900_later, which is unknown here\. Install the version/,
    );
  });

  test('takes records from an application whose package is older, and is read and verified by it', async () => {
    expect((await serve(newest, 'not-yet-updated')).stderr).toBe('');
    expect(await actionsOf('not-yet-updated')).toEqual(SERVED);
    for (const version of [newest, later])
      expect(await version.command(['verify'], settings('none'))).toMatchObject({ code: 0 });
    const { stdout } = await newest.command(
      ['query', 'service:not-yet-updated', '--format', 'jsonl'],
      settings('none'),
    );
    expect(stdout.trimEnd().split('\n')).toHaveLength(5);
  });
});

describe('A package that is newer than the database', () => {
  const COLUMN = 'of_a_later_version';

  test('keeps its records and names the command; once the column is there they are stored', async () => {
    const sink = createClickHouseSink(store().config(), createLog('silent'));
    const segment = withColumn(segmentOf([{ service_name: 'ahead' }]), COLUMN);
    const send = () => sink.send(segment, { mayBeOld: false });
    expect(await send()).toMatchObject({
      status: 'retry',
      reason: expect.stringMatching(/^code 16: .*of_a_later_version.*\(run `audit-register migrate`\)$/s),
    });
    await store().client.command({ query: `ALTER TABLE audit.records ADD COLUMN ${COLUMN} String` });
    expect(await send()).toEqual({ status: 'accepted' });
    const stored = await store().query(
      "SELECT count() AS rows FROM audit.records WHERE service_name = 'ahead'",
    );
    expect(Number(stored[0]?.['rows'])).toBe(1);
    await sink.close();
  });
});

/** NOTE: readers write integers of 64 bits as texts, `spool inspect` as numbers. */
function inOrder(records: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  return records
    .toSorted((one, other) => Number(one['sequence']) - Number(other['sequence']))
    .map((record) =>
      Object.fromEntries(
        Object.entries(record).map(([name, value]) => [
          name,
          typeof value === 'number' ? String(value) : value,
        ]),
      ),
    );
}

/** The one row of a segment with an empty text behind it, as a version with one column more would write it. */
function withColumn(segment: Segment, name: string): Segment {
  const columns = [...segment.columns, [name, 'String'] as const];
  return {
    ...segment,
    columns,
    header: encodeHeader(columns),
    rows: Buffer.concat([segment.rows, Buffer.from([0])]),
  };
}
