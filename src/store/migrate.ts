import type { ClickHouseClient } from '@clickhouse/client';
import { messageOf } from '../errors.js';
import { requireCluster, requireShape, someServerLacksTables } from './cluster.js';
import { turnForCluster, turnMigrationsTable } from './cluster-statements.js';
import { MigrationError, NewerDatabaseError, findServerError } from './errors.js';
import { loadMigrations, quoteName, statementsFor } from './migrations.js';
import type { Migration } from './migrations.js';
import { requireServerVersion } from './server-version.js';
import { splitStatements } from './statements.js';
import { setTimeout } from '../timers.js';

export interface MigrateOptions {
  /** Database that holds the tables; made when it is missing. */
  readonly database: string;
  /** Name of the cluster on whose servers the tables are; empty for one server. */
  readonly cluster?: string;
  /** Looks whether each server of the cluster has all tables, and makes what is missing. */
  readonly isEveryServer?: boolean;
  /** @default The migrations of this package. */
  readonly migrations?: readonly Migration[];
}

/** Names of migrations, in order. */
export interface MigrateResult {
  /** Applied by this call. */
  readonly applied: string[];
  /** Found applied. */
  readonly already: string[];
}

interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

const UNKNOWN_TABLE = '60';
const UNKNOWN_DATABASE = '81';

/** How long a view that is read by another may be away, because somebody else who migrates is just making it anew. */
const MOST_TRIES = 20;
const PAUSE_MILLIS = 100;

const MIGRATIONS_TABLE = `
  CREATE TABLE IF NOT EXISTS {{database}}.migrations
  (
    version UInt16 COMMENT 'Number of the migration.',
    name String COMMENT 'Name of its file.',
    checksum String COMMENT 'SHA-256 of its text.',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was applied.'
  )
  ENGINE = MergeTree
  ORDER BY version
  SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1
  COMMENT 'Which migrations were applied, written by audit-register migrate.'`;

/**
 * Brings the database to the state this version needs. Doing it twice changes nothing, and several processes may
 * do it at once: ClickHouse has no lock to take, so every statement of a migration is one that may be repeated,
 * and the note that it was applied is an insert that is only taken once.
 *
 * @throws MigrationError when an applied migration was edited since, when the database is newer than this
 * version (NewerDatabaseError), when the server is too old, and when a statement fails (with the server's error as `cause`).
 */
export async function migrate(client: ClickHouseClient, options: MigrateOptions): Promise<MigrateResult> {
  const { database, cluster = '', isEveryServer = false } = options;
  const form = cluster === '' ? forOneServer(database) : forCluster(database, cluster);
  const { applied, pending } = await readMigrationState(client, options);
  if (pending.length > 0) await requireServerVersion(client);
  if (pending.length > 0 || isEveryServer) {
    if (cluster !== '') await requireCluster(client, cluster);
    await requireShape(client, database, cluster);
  }
  if (pending.length > 0) await prepare(client, form);
  for (const migration of pending) await apply(client, form, migration);
  if (cluster !== '' && isEveryServer && (await someServerLacksTables(client, { name: cluster, database }))) {
    await prepare(client, form);
    for (const migration of applied) await apply(client, form, migration);
    return { applied: [...applied, ...pending].map(({ name }) => name), already: [] };
  }
  return {
    applied: pending.map(({ name }) => name),
    already: applied.map(({ name }) => name),
  };
}

/** What of the migrations is applied, and what is not; both in order. */
export interface MigrationState {
  readonly applied: readonly Migration[];
  readonly pending: readonly Migration[];
}

/** Reads without changing anything. @throws MigrationError where `migrate` would refuse. */
export async function readMigrationState(
  client: ClickHouseClient,
  { database, migrations = loadMigrations() }: MigrateOptions,
): Promise<MigrationState> {
  const found = await readApplied(client, database);
  refuseConflicts(database, migrations, found);
  const versions = new Set(found.map(({ version }) => version));
  return {
    applied: migrations.filter(({ version }) => versions.has(version)),
    pending: migrations.filter(({ version }) => !versions.has(version)),
  };
}

async function readApplied(client: ClickHouseClient, database: string): Promise<AppliedMigration[]> {
  try {
    const result = await client.query({
      query: `SELECT DISTINCT version, name, checksum FROM ${quoteName(database)}.migrations ORDER BY version`,
      format: 'JSONEachRow',
    });
    return await result.json<AppliedMigration>();
  } catch (error) {
    const code = findServerError(error)?.code;
    if (code === UNKNOWN_TABLE || code === UNKNOWN_DATABASE) return [];
    throw new MigrationError(
      `which migrations database "${database}" has cannot be read: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

function refuseConflicts(
  database: string,
  migrations: readonly Migration[],
  found: readonly AppliedMigration[],
): void {
  const known = new Map(migrations.map((migration) => [migration.version, migration]));
  for (const applied of found) {
    const own = known.get(applied.version);
    if (own === undefined) {
      throw new NewerDatabaseError(
        `Database "${database}" is newer than this version of audit-register: it has migration ${applied.name}, which is unknown here. Install the version of audit-register that made it, or a newer one, or set AUDIT_REGISTER_CLICKHOUSE_DATABASE to another database.`,
      );
    }
    if (own.checksum !== applied.checksum) {
      throw new MigrationError(
        `Migration ${own.name} is not the one that was applied to database "${database}" (SHA-256 ${own.checksum.slice(0, 12)}… here, ${applied.checksum.slice(0, 12)}… there). An applied migration must not be edited: install audit-register again, or set AUDIT_REGISTER_CLICKHOUSE_DATABASE to another database.`,
      );
    }
  }
}

/** How migrations are written for where they are applied. */
interface Form {
  readonly database: string;
  /** Of a cluster a server that has the database says nothing about the others. */
  readonly isAlwaysMade: boolean;
  readonly createDatabase: string;
  readonly createMigrations: readonly string[];
  readonly statements: (text: string) => string[];
}

const COMMENT = "COMMENT 'The audit register.'";

function forOneServer(database: string): Form {
  return {
    database,
    isAlwaysMade: false,
    createDatabase: `CREATE DATABASE IF NOT EXISTS ${quoteName(database)} ${COMMENT}`,
    createMigrations: statementsFor(database, MIGRATIONS_TABLE),
    statements: (text) => statementsFor(database, text),
  };
}

function forCluster(database: string, name: string): Form {
  const cluster = { name, database };
  return {
    database,
    isAlwaysMade: true,
    createDatabase: `CREATE DATABASE IF NOT EXISTS ${quoteName(database)} ON CLUSTER ${quoteName(name)} ${COMMENT}`,
    createMigrations: statementsFor(database, turnMigrationsTable(MIGRATIONS_TABLE, cluster)),
    statements: (text) =>
      splitStatements(text).flatMap((statement) =>
        turnForCluster(statement, cluster).flatMap((turned) => statementsFor(database, turned)),
      ),
  };
}

async function prepare(client: ClickHouseClient, form: Form): Promise<void> {
  const { database } = form;
  try {
    // Asked first, for a user who owns the database need not be allowed to make one.
    if (form.isAlwaysMade || !(await exists(client, database))) {
      await client.command({ query: form.createDatabase });
    }
    for (const query of form.createMigrations) await client.command({ query });
  } catch (error) {
    throw new MigrationError(`database "${database}" cannot be made: ${messageOf(error)}`, { cause: error });
  }
}

async function exists(client: ClickHouseClient, database: string): Promise<boolean> {
  const result = await client.query({
    query: 'SELECT name FROM system.databases WHERE name = {database:String}',
    query_params: { database },
    format: 'JSONEachRow',
  });
  return (await result.json()).length > 0;
}

async function apply(
  client: ClickHouseClient,
  { database, statements }: Form,
  migration: Migration,
): Promise<void> {
  const { version, name, checksum } = migration;
  try {
    for (const query of statements(migration.text)) await execute(client, query);
    await client.insert({
      table: `${quoteName(database)}.migrations`,
      values: [{ version, name, checksum }],
      columns: ['version', 'name', 'checksum'],
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0, insert_deduplication_token: `${version}:${checksum}` },
    });
  } catch (error) {
    throw new MigrationError(`migration ${name} of database "${database}" failed: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function execute(client: ClickHouseClient, query: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await client.command({ query });
      return;
    } catch (error) {
      if (tries === MOST_TRIES || findServerError(error)?.code !== UNKNOWN_TABLE) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLIS));
    }
  }
}
