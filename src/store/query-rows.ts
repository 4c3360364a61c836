import type { ClickHouseClient } from './client.js';

/** Values of a query's parameters. */
export type QueryParameters = Readonly<Record<string, unknown>>;

/** Rows of a query that only reads. NOTE: numbers of 64 bits come as text. */
export async function queryRows<Row>(
  client: ClickHouseClient,
  query: string,
  parameters: QueryParameters = {},
  signal?: AbortSignal,
): Promise<Row[]> {
  try {
    return await readOnce<Row>(client, query, parameters, signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (!isCutOff(error)) throw error;
    return await readOnce<Row>(client, query, parameters, signal);
  }
}

/** A kept connection may be closed by the server just when it is used again. To read twice does no harm. */
function isCutOff(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ECONNRESET') return true;
  }
  return false;
}

async function readOnce<Row>(
  client: ClickHouseClient,
  query: string,
  parameters: QueryParameters,
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
