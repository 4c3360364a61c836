import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { COLUMNS } from '../../src/record/columns.ts';
import type { ClickHouseClient } from '../../src/store/client.ts';
import { createStoreClient } from '../../src/store/client.ts';
import { MigrationError } from '../../src/store/errors.ts';
import { grantStatements } from '../../src/store/grants.ts';
import { migrate } from '../../src/store/migrate.ts';
import { loadMigrations } from '../../src/store/migrations.ts';
import type { Migration } from '../../src/store/migrations.ts';
import { useClickHouse } from '../support/clickhouse.ts';

const store = useClickHouse();
const ALL = loadMigrations().map(({ name }) => name);

function migration(version: number, text: string, checksum = String(version)): Migration {
  return { version, name: `000${version}_test`, checksum, text };
}

describe('the migrated database', () => {
  test('has the columns of the list, in its order, with its types, and ingested_at after them', async () => {
    const columns = await store().query<{ name: string; type: string }>(
      "SELECT name, type FROM system.columns WHERE database = 'audit' AND table = 'records' ORDER BY position",
    );
    expect(columns).toEqual([
      ...COLUMNS.map(({ name, type }) => ({ name, type })),
      { name: 'ingested_at', type: "DateTime64(3, 'UTC')" },
    ]);
  });

  test('says of every table and view, and of every column of the tables, what it is', async () => {
    const silent = await store().query(
      `SELECT name FROM system.tables WHERE database = 'audit' AND comment = ''
       UNION ALL
       SELECT name FROM system.columns WHERE database = 'audit' AND comment = ''
         AND table IN ('records', 'segments', 'purges', 'otel_logs', 'otel_traces')`,
    );
    expect(silent).toEqual([]);
    const views = await store().query(
      "SELECT name FROM system.tables WHERE database = 'audit' AND engine = 'View' ORDER BY name",
    );
    expect(views.map(({ name }) => name)).toEqual([
      'activity',
      'actor_activity',
      'background_changes',
      'brute_force',
      'carried_records',
      'chains',
      'changes',
      'ecs',
      'field_history',
      'gaps',
      'impersonations',
      'late_actors',
      'later_copies',
      'logins',
      'losses',
      'named_records',
      'named_writes',
      'new_origins',
      'object_changes',
      'object_fields',
      'object_history',
      'ocsf',
      'process_health',
      'reads',
      'repeated_runs',
      'requests',
      'rollbacks',
      'settling_records',
      'span_actors',
      'trace_actors',
      'transactions',
      'uncertified_segments',
      'unique_records',
    ]);
  });

  test('keeps records by month, syncs them to disk, drops whole parts and takes an insert only once', async () => {
    const [table] = await store().query<Record<string, string>>(
      "SELECT partition_key, sorting_key, engine_full FROM system.tables WHERE database = 'audit' AND name = 'records'",
    );
    expect(table).toMatchObject({
      partition_key: 'toYYYYMM(occurred_at)',
      sorting_key: 'tenant_id, occurred_at',
    });
    for (const part of [
      'TTL toDateTime(occurred_at) + toIntervalDay(400)',
      'ttl_only_drop_parts = 1',
      'fsync_after_insert = 1',
      'fsync_part_directory = 1',
      'non_replicated_deduplication_window = 100000',
    ]) {
      expect(table?.['engine_full']).toContain(part);
    }
  });

  test('finds a record by the index on each identity', async () => {
    const indexes = await store().query(
      "SELECT expr, type FROM system.data_skipping_indices WHERE database = 'audit' AND table = 'records' ORDER BY expr",
    );
    expect(indexes).toEqual([
      { expr: 'actor_id', type: 'bloom_filter' },
      { expr: 'arrayPushBack(target_ids, target_id)', type: 'bloom_filter' },
      { expr: 'category, action, outcome, severity, actor_type, actor_assurance', type: 'set' },
      { expr: 'error_message', type: 'text' },
      { expr: 'ingested_at', type: 'minmax' },
      { expr: 'outcome', type: 'set' },
      { expr: 'record_id', type: 'bloom_filter' },
      { expr: 'request_id', type: 'bloom_filter' },
      { expr: 'session_id', type: 'bloom_filter' },
      { expr: 'target_id', type: 'bloom_filter' },
      { expr: 'trace_id', type: 'bloom_filter' },
      { expr: 'transaction_id', type: 'bloom_filter' },
      { expr: 'transaction_outcome', type: 'set' },
    ]);
  });
});

describe('migrating', () => {
  test('applies each migration once, and then finds them applied', async () => {
    const first = await migrate(store().client, { database: 'once' });
    expect(first).toEqual({ applied: ALL, already: [] });
    const second = await migrate(store().client, { database: 'once' });
    expect(second).toEqual({ applied: [], already: ALL });
  });

  test('may be done by several processes at once, and is noted once', async () => {
    const clients = Array.from({ length: 6 }, () => createStoreClient(store().config()));
    try {
      await Promise.all(clients.map((client) => migrate(client, { database: 'crowd' })));
    } finally {
      await Promise.all(clients.map((client) => client.close()));
    }
    const noted = await store().query('SELECT name FROM crowd.migrations ORDER BY version');
    expect(noted.map(({ name }) => name)).toEqual(ALL);
  });

  test('waits for a view that another process is just making anew', async () => {
    const { client } = store();
    const made = 'CREATE VIEW IF NOT EXISTS anew.read AS SELECT 1 AS a';
    // The other process: it has removed the view, and makes it when somebody has missed it.
    const late: Pick<ClickHouseClient, 'command'> = {
      command: async (asked) => {
        try {
          return await client.command(asked);
        } catch (error) {
          await client.command({ query: made });
          throw error;
        }
      },
    };
    const migrations = [migration(1, 'CREATE VIEW {{database}}.reads AS SELECT a FROM {{database}}.read')];
    const { applied } = await migrate(
      new Proxy(client, {
        get: (target, name) => Reflect.get(name in late ? late : target, name) as unknown,
      }),
      { database: 'anew', migrations },
    );
    expect(applied).toEqual(['0001_test']);
    expect(await store().query('SELECT a FROM anew.reads')).toEqual([{ a: 1 }]);
  });

  test('goes on where it was interrupted', async () => {
    const { client } = store();
    const good = migration(1, 'CREATE TABLE IF NOT EXISTS {{database}}.one (a UInt8) ENGINE = Memory');
    const bad = migration(
      2,
      'CREATE TABLE IF NOT EXISTS {{database}}.two (a UInt8) ENGINE = Memory; SELECT nonsense',
    );
    const failed = migrate(client, { database: 'torn', migrations: [good, bad] });
    await expect(failed).rejects.toThrow(/migration 0002_test of database "torn" failed: .*nonsense/);
    const mended = migration(2, 'CREATE TABLE IF NOT EXISTS {{database}}.two (a UInt8) ENGINE = Memory');
    const result = await migrate(client, { database: 'torn', migrations: [good, mended] });
    expect(result).toEqual({ applied: ['0002_test'], already: ['0001_test'] });
  });

  test('refuses a database that a newer version has made', async () => {
    const { client } = store();
    await migrate(client, {
      database: 'newer',
      migrations: [migration(1, 'SELECT 1'), migration(2, 'SELECT 2')],
    });
    const older = migrate(client, { database: 'newer', migrations: [migration(1, 'SELECT 1')] });
    await expect(older).rejects.toThrow(MigrationError);
    await expect(older).rejects.toThrow(
      /newer than this version of audit-register: it has migration 0002_test/,
    );
  });

  test('refuses a migration that was edited after it was applied', async () => {
    const { client } = store();
    await migrate(client, { database: 'edited', migrations: [migration(1, 'SELECT 1', 'one')] });
    const edited = migrate(client, { database: 'edited', migrations: [migration(1, 'SELECT 2', 'two')] });
    await expect(edited).rejects.toThrow(/0001_test is not the one that was applied to database "edited"/);
  });

  test('takes a database whose name has to be quoted', async () => {
    await migrate(store().client, { database: 'odd `name`-1' });
    const tablesOf = (database: string) =>
      store().query('SELECT name FROM system.tables WHERE database = {database:String} ORDER BY name', {
        database,
      });
    expect(await tablesOf('odd `name`-1')).toEqual(await tablesOf('audit'));
  });

  test('by a user who may not, says so and changes nothing', async () => {
    const client = createStoreClient(store().config('audit_writer'));
    try {
      await expect(migrate(client, { database: 'forbidden' })).rejects.toMatchObject({
        code: 'ERR_AUDIT_MIGRATION',
        cause: { code: '497' },
      });
    } finally {
      await client.close();
    }
    expect(await store().query("SELECT name FROM system.databases WHERE name = 'forbidden'")).toEqual([]);
  });
});

describe('the migration files', () => {
  const directory = mkdtempSync(join(tmpdir(), 'audit-register-migrations-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('are numbered without a hole', () => {
    expect(loadMigrations().map(({ version }) => version)).toEqual(ALL.map((_name, index) => index + 1));
  });

  test('have the same checksum whatever the line ends of the checkout', () => {
    cpSync('src/store/migrations', directory, { recursive: true });
    const path = join(directory, `${ALL[0]}.sql`);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('\n', '\r\n'));
    expect(loadMigrations(directory)[0]?.checksum).toBe(loadMigrations()[0]?.checksum);
    writeFileSync(path, `${readFileSync(path, 'utf8')} `);
    expect(loadMigrations(directory)[0]?.checksum).not.toBe(loadMigrations()[0]?.checksum);
  });

  test('and the grants are SQL that the server can read', async () => {
    const statements = grantStatements('audit');
    expect(statements).toHaveLength(13);
    for (const sql of statements) {
      const [row] = await store().query('SELECT formatQueryOrNull({sql:String}) IS NOT NULL AS readable', {
        sql,
      });
      expect({ sql, row }).toEqual({ sql, row: { readable: 1 } });
    }
  });
});
