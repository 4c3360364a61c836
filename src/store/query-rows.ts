import type { ClickHouseClient } from './client.js';

/** Values of a query's parameters. */
export type QueryParameters = Readonly<Record<string, unknown>>;

/** Rows of a query. NOTE: numbers of 64 bits come as text. */
export async function queryRows<Row>(
  client: ClickHouseClient,
  query: string,
  parameters: QueryParameters = {},
  signal?: AbortSignal,
): Promise<Row[]> {
  const result = await client.query({
    query,
    query_params: { ...parameters },
    format: 'JSONEachRow',
    // A list of ids may be longer than the address of a request.
    use_multipart_params_auto: true,
    ...(signal === undefined ? {} : { abort_signal: signal }),
  });
  return await result.json<Row>();
}
