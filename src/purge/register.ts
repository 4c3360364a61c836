import type { ClickHouseClient } from '../store/client.js';
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
