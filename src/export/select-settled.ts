import { SHOWN_COLUMNS } from '../search/found-record.js';
import { settledRecords } from '../search/settled.js';
import { BOUND_SPAN } from './selection.js';

/**
 * SQL for records as readers see them, settled by what later records tell; the query binds the span that they are in. It calls
 * them `found`.
 *
 * @param condition Which rows of `unique_records`.
 */
export function selectSettled(database: string, condition: string): string {
  return `
    SELECT ${SHOWN_COLUMNS}, toBool(found.actor_late) AS actor_late, found.final_outcome AS final_outcome
    FROM
    (
      SELECT * REPLACE (settled_transaction AS transaction_outcome)
      FROM (${settledRecords(database, condition, BOUND_SPAN)})
    ) AS found`;
}
