import type { ClickHouseClient } from '../store/client.js';
import { LOCAL } from '../store/cluster-statements.js';
import { clusterOf } from '../store/cluster.js';
import { readClockMillis } from '../store/clock.js';
import { queryRows } from '../store/query-rows.js';
import { quoteName } from '../store/migrations.js';

/** The tables that a purge works on. */
export interface Register {
  readonly client: ClickHouseClient;
  readonly database: string;
  readonly records: string;
  readonly segments: string;
  readonly purges: string;
}

/** Where the rows of `records` lie. */
export interface Rows {
  readonly table: string;
  /** For statements that change rows: empty on one server. */
  readonly onCluster: string;
  /** `system.mutations` of all servers that have rows. */
  readonly mutations: string;
}

export async function rowsPlaceOf({ client, database }: Register): Promise<Rows> {
  const cluster = await clusterOf(client, database);
  if (cluster === undefined || cluster === '')
    return { table: 'records', onCluster: '', mutations: 'system.mutations' };
  return {
    table: `records${LOCAL}`,
    onCluster: ` ON CLUSTER ${quoteName(cluster)}`,
    mutations: `clusterAllReplicas('${cluster}', system.mutations)`,
  };
}

export function registerOf(client: ClickHouseClient, database: string): Register {
  const table = (name: string): string => `${quoteName(database)}.${name}`;
  return {
    client,
    database,
    records: table('records'),
    segments: table('segments'),
    purges: table('purges'),
  };
}

/** Rows of a query. NOTE: numbers of 64 bits come as text. */
export async function rowsOf<Row>(
  { client }: Register,
  query: string,
  parameters: Readonly<Record<string, unknown>> = {},
): Promise<Row[]> {
  return await queryRows<Row>(client, query, parameters);
}

/** The store's clock, in ISO 8601: `ingested_at` is of it. */
export async function storeNow(register: Register): Promise<string> {
  return new Date(await readClockMillis((query) => rowsOf(register, query))).toISOString();
}
