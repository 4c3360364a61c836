import type { ClickHouseClient } from './client.js';
import type { StoreCluster } from './cluster-statements.js';
import { MigrationError } from './errors.js';
import { queryRows } from './query-rows.js';

/** @throws MigrationError where the server knows no cluster of this name, or has no place of its own in Keeper */
export async function requireCluster(client: ClickHouseClient, name: string): Promise<void> {
  const clusters = await queryRows<{ cluster: string }>(
    client,
    'SELECT DISTINCT cluster FROM system.clusters ORDER BY cluster',
  );
  if (!clusters.some(({ cluster }) => cluster === name)) {
    const known = clusters.map(({ cluster }) => cluster).join(', ') || 'none';
    throw new MigrationError(
      `The server knows no cluster "${name}" (it knows: ${known}): set AUDIT_REGISTER_CLICKHOUSE_CLUSTER to a name from its remote_servers.`,
    );
  }
  const macros = await queryRows<{ macro: string }>(client, 'SELECT macro FROM system.macros');
  const missing = ['shard', 'replica'].filter((name) => !macros.some(({ macro }) => macro === name));
  if (missing.length === 0) return;
  throw new MigrationError(
    `The server has no macro ${missing.join(' and no macro ')}, by which tables know their place in Keeper: add it to <macros> of each server, as docs/clusters.md shows, or leave AUDIT_REGISTER_CLICKHOUSE_CLUSTER empty for one server.`,
  );
}

/** @throws MigrationError where the database was made for one server and is to be of a cluster, or the other way round */
export async function requireShape(
  client: ClickHouseClient,
  database: string,
  cluster: string,
): Promise<void> {
  const found = await clusterOf(client, database);
  if (found === undefined || found === cluster) return;
  throw new MigrationError(
    found === ''
      ? `Database "${database}" was made for one server: set AUDIT_REGISTER_CLICKHOUSE_DATABASE to another database for the cluster, and move the records as docs/clusters.md says.`
      : `Database "${database}" was made on cluster "${found}": set AUDIT_REGISTER_CLICKHOUSE_CLUSTER=${found}.`,
  );
}

/** On which cluster the tables are: empty for one server, undefined where there are none. */
export async function clusterOf(client: ClickHouseClient, database: string): Promise<string | undefined> {
  const [table] = await queryRows<{ engine_full: string }>(
    client,
    "SELECT engine_full FROM system.tables WHERE database = {database: String} AND name = 'records'",
    { database },
  );
  return table === undefined ? undefined : (/^Distributed\('([^']*)'/.exec(table.engine_full)?.[1] ?? '');
}

/** A server that was added, or lost its disk, has none of the tables, or not all. */
export async function someServerLacksTables(
  client: ClickHouseClient,
  { name, database }: StoreCluster,
): Promise<boolean> {
  const [row] = await queryRows<{ lacks: number }>(
    client,
    `SELECT count() < (SELECT count() FROM system.clusters WHERE cluster = {name: String})
       * (SELECT count() FROM system.tables WHERE database = {database: String}) AS lacks
     FROM clusterAllReplicas({name: String}, system.tables) WHERE database = {database: String}`,
    { name, database },
  );
  return Boolean(row?.lacks);
}
