import type { ClickHouseClient } from '../store/client.js';
import { StoreError, describeMissingTables, findServerError } from '../store/errors.js';
import { queryRows } from '../store/query-rows.js';
import type { QueryParameters } from '../store/query-rows.js';

/** Asks the store for rows. */
export type Ask = <Row>(query: string, parameters: QueryParameters, signal?: AbortSignal) => Promise<Row[]>;

/** Source: ClickHouse, src/Common/ErrorCodes.cpp: TIMEOUT_EXCEEDED. */
const TOO_LONG = '159';

export function createAsk(client: ClickHouseClient, database: string): Ask {
  return async (query, parameters, signal) => {
    signal?.throwIfAborted();
    try {
      return await queryRows(client, query, parameters, signal);
    } catch (error) {
      // The client's own words for an abort differ with the moment.
      signal?.throwIfAborted();
      throw describeMissingTables(error, database) ?? describeTooLong(error) ?? error;
    }
  };
}

function describeTooLong(error: unknown): StoreError | undefined {
  if (findServerError(error)?.code !== TOO_LONG) return undefined;
  return new StoreError(
    'ERR_AUDIT_STORE_REFUSED',
    'The search took longer than the store allows: narrow the period, or add a field to the search.',
    { cause: error },
  );
}
