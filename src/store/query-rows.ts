import type { ClickHouseClient } from './client.js';

/** Values of a query's parameters. */
export type QueryParameters = Readonly<Record<string, unknown>>;

/** Rows of a query. NOTE: numbers of 64 bits come as text. */
export async function queryRows<Row>(
  client: ClickHouseClient,
  query: string,
  parameters: QueryParameters = {},
): Promise<Row[]> {
  const result = await client.query({ query, query_params: { ...parameters }, format: 'JSONEachRow' });
  return await result.json<Row>();
}
