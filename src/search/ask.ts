import type { ClickHouseClient } from '../store/client.js';
import { StoreError, findServerError } from '../store/errors.js';
import { queryRows } from '../store/query-rows.js';
import type { QueryParameters } from '../store/query-rows.js';

/** Asks the store for rows. */
export type Ask = <Row>(query: string, parameters: QueryParameters, signal?: AbortSignal) => Promise<Row[]>;

/** Source: ClickHouse, src/Common/ErrorCodes.cpp: UNKNOWN_TABLE, UNKNOWN_DATABASE, TIMEOUT_EXCEEDED. */
const NO_TABLE = new Set(['60', '81']);
const TOO_LONG = '159';

export function createAsk(client: ClickHouseClient, database: string): Ask {
  return async (query, parameters, signal) => {
    signal?.throwIfAborted();
    try {
      return await queryRows(client, query, parameters, signal);
    } catch (error) {
      // The client's own words for an abort differ with the moment.
      signal?.throwIfAborted();
      throw mended(error, database) ?? error;
    }
  };
}

function mended(error: unknown, database: string): StoreError | undefined {
  const code = findServerError(error)?.code ?? '';
  if (NO_TABLE.has(code)) {
    return new StoreError(
      'ERR_AUDIT_STORE_REFUSED',
      `Database ${database} has no tables of this version: run \`audit-register migrate\`, or set AUDIT_REGISTER_CLICKHOUSE_DATABASE.`,
      { cause: error },
    );
  }
  if (code !== TOO_LONG) return undefined;
  return new StoreError(
    'ERR_AUDIT_STORE_REFUSED',
    'The search took longer than the store allows: narrow the period, or add a field to the search.',
    { cause: error },
  );
}
