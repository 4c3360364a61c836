import {
  ACTOR_KEY,
  ADDRESS,
  DID,
  ENDING,
  LAST,
  OBJECT_ID,
  REQUEST,
  SERVICE,
  SURE,
  TARGET_KEY,
  TRACE,
  TROUBLE,
  WAY,
  WHAT,
  WHEN,
  WHO,
} from './columns.ts';
import { ALL_FILTERS, chosen, keyOf } from './filter.ts';
import { toChanges } from './links.ts';
import { table } from './panels.ts';
import {
  didWhat,
  fromWhere,
  throughWhat,
  toWhat,
  whichChain,
  whichKey,
  whichRequest,
  whichTrace,
  whoIs,
  whoTheyAre,
  why,
  withWhichOutcome,
} from './phrases.ts';
import { CHANGES, NAMED, RECORDS, TRANSACTIONS } from './store.ts';

const CHOSEN = chosen(...ALL_FILTERS);
const LATEST = 200;
const TOP = 20;

/** NOTE: only what is shown is joined, so that the size of the history does not matter. */
export function latest() {
  const sql = `WITH
  latest AS (
    SELECT * FROM ${NAMED}
    WHERE ${CHOSEN}
    AND category != 'transaction'
    ORDER BY occurred_at DESC
    LIMIT ${LATEST}
  ),
  settled AS (
    SELECT transaction_id AS settled_id, origin_chain AS settled_chain, final_outcome, undone FROM ${TRANSACTIONS}
    WHERE transaction_id IN (SELECT transaction_id FROM latest WHERE transaction_outcome = 'unknown')
  ),
  -- As in the view \`activity\`: what a savepoint undid stays undone when the rest commits.
  multiIf(
    transaction_outcome != 'unknown', toString(transaction_outcome),
    arrayExists(part -> toUInt32OrZero(attributes['audit.transaction.position']) BETWEEN part[1] AND part[2], undone), 'rolled_back',
    final_outcome) AS settled_outcome
SELECT
  occurred_at AS time,
  ${whoIs()} AS who,
  toString(actor_assurance) AS assurance,
  ${didWhat()} AS did,
  ${toWhat()} AS what,
  ${withWhichOutcome('settled_outcome')} AS ending,
  ${throughWhat()} AS way,
  ${fromWhere()} AS address,
  service_name AS service,
  ${why()} AS trouble,
  ${whichTrace()} AS trace,
  ${whichRequest()} AS request,
  ${keyOf('actor_id')} AS ${ACTOR_KEY.name},
  ${keyOf('target_type')} AS ${TARGET_KEY.name},
  ${whichKey()} AS ${OBJECT_ID.name}
FROM latest LEFT ANY JOIN settled ON transaction_id = settled_id AND ${whichChain()} = settled_chain
ORDER BY time DESC`;
  return table(
    {
      title: 'What happened last',
      description: `The latest ${LATEST} records: who did what to what, with which outcome, through which request, from where. Ends of transactions are left out, their outcome stands with the statements.`,
      width: 24,
      sql,
    },
    [
      WHEN,
      WHO,
      SURE,
      DID,
      WHAT,
      ENDING,
      WAY,
      ADDRESS,
      SERVICE,
      TROUBLE,
      TRACE,
      REQUEST,
      ACTOR_KEY,
      TARGET_KEY,
      OBJECT_ID,
    ],
  ).height(12);
}

/** NOTE: a forged token claims somebody's name; grouped with that person it would be counted as theirs. */
export function actors() {
  return table(
    {
      title: 'Who was most active',
      description: `The ${TOP} actors with the most records. What was done under a forged name stands on a line of its own. Several addresses or sessions at once can mean that an account is shared.`,
      width: 12,
      sql: `SELECT
  ${whoTheyAre()} AS who,
  toString(actor_assurance) AS assurance,
  countIf(category = 'http') AS requests,
  countIf(category = 'db') AS statements,
  countIf(outcome = 'denied') AS denied,
  countIf(outcome = 'failure') AS failed,
  uniqExactIf(source_address, source_address != toIPv6('::')) AS addresses,
  uniqExactIf(session_id, session_id != '') AS sessions,
  max(occurred_at) AS last,
  ${keyOf('actor_id')} AS ${ACTOR_KEY.name}
FROM ${RECORDS}
WHERE ${CHOSEN}
GROUP BY actor_type, actor_id, actor_assurance
ORDER BY count() DESC
LIMIT ${TOP}`,
    },
    [
      WHO,
      SURE,
      { name: 'requests', title: 'Requests' },
      { name: 'statements', title: 'Statements' },
      { name: 'denied', title: 'Denied' },
      { name: 'failed', title: 'Failed' },
      { name: 'addresses', title: 'Addresses' },
      { name: 'sessions', title: 'Sessions' },
      LAST,
      ACTOR_KEY,
    ],
  );
}

export function targets() {
  return table(
    {
      title: 'What was changed most',
      description: `The ${TOP} tables with the most writing statements, and how many rows lasted. Rows of a transaction that was rolled back are not among them.`,
      width: 12,
      sql: `SELECT
  target_type AS target,
  count() AS writes,
  sumIf(db_rows, final_outcome = 'applied') AS rows_changed,
  countIf(final_outcome = 'rolled_back') AS rolled_back,
  countIf(final_outcome = 'failed') AS failed,
  uniqExact(actor_id) AS actors,
  max(occurred_at) AS last,
  ${keyOf('target_type')} AS ${TARGET_KEY.name}
FROM ${CHANGES}
WHERE ${CHOSEN}
GROUP BY target_type
ORDER BY writes DESC
LIMIT ${TOP}`,
    },
    [
      { name: 'target', title: 'Table', link: toChanges(TARGET_KEY.name) },
      { name: 'writes', title: 'Writes' },
      { name: 'rows_changed', title: 'Rows' },
      { name: 'rolled_back', title: 'Rolled back' },
      { name: 'failed', title: 'Failed' },
      { name: 'actors', title: 'Actors' },
      LAST,
      TARGET_KEY,
    ],
  );
}

export function routes() {
  return table(
    {
      title: 'Which routes are used most',
      description: `The ${TOP} routes with the most requests. Where the framework names no route, its path stands for it. 95 of 100 requests were answered within the time given.`,
      width: 24,
      sql: `SELECT
  concat(http_method, ' ', if(http_route = '', url_path, toString(http_route))) AS way,
  service_name AS service,
  count() AS requests,
  countIf(outcome = 'denied') AS denied,
  countIf(outcome = 'failure') AS failed,
  uniqExact(actor_type, actor_id) AS actors,
  toUInt64(quantile(0.95)(duration_us)) AS took,
  max(occurred_at) AS last
FROM ${RECORDS}
WHERE ${CHOSEN}
AND category = 'http'
GROUP BY way, service
ORDER BY requests DESC
LIMIT ${TOP}`,
    },
    [
      { ...WAY, title: 'Route' },
      SERVICE,
      { name: 'requests', title: 'Requests' },
      { name: 'denied', title: 'Denied' },
      { name: 'failed', title: 'Failed' },
      { name: 'actors', title: 'Actors' },
      { name: 'took', title: 'Took (95 %)', unit: 'µs' },
      LAST,
    ],
  );
}

export function deletions() {
  return table(
    {
      title: 'Who deleted most rows',
      description:
        'Rows that were deleted and stayed so. A TRUNCATE counts as a statement, the server does not say of how many rows.',
      width: 12,
      sql: `SELECT
  ${whoTheyAre()} AS who,
  toString(actor_assurance) AS assurance,
  target_type AS target,
  sum(db_rows) AS rows_deleted,
  count() AS statements,
  max(occurred_at) AS last,
  ${keyOf('actor_id')} AS ${ACTOR_KEY.name},
  ${keyOf('target_type')} AS ${TARGET_KEY.name}
FROM ${CHANGES}
WHERE ${CHOSEN}
AND action IN ('delete', 'truncate') AND final_outcome = 'applied'
GROUP BY actor_type, actor_id, actor_assurance, target_type
ORDER BY rows_deleted DESC, statements DESC
LIMIT ${TOP}`,
    },
    [
      WHO,
      SURE,
      { name: 'target', title: 'From', link: toChanges(TARGET_KEY.name) },
      { name: 'rows_deleted', title: 'Rows' },
      { name: 'statements', title: 'Statements' },
      LAST,
      ACTOR_KEY,
      TARGET_KEY,
    ],
  );
}

export function errors() {
  return table(
    {
      title: 'What goes wrong',
      description: 'Failures by their kind and place, the most frequent first, with the last message.',
      width: 12,
      sql: `SELECT
  multiIf(error_type != '', toString(error_type), http_status != 0, concat('HTTP ', toString(http_status)), 'unknown') AS error,
  if(category = 'http', if(http_route = '', url_path, toString(http_route)), toString(target_type)) AS place,
  service_name AS service,
  count() AS times,
  uniqExact(actor_id) AS actors,
  argMax(error_message, occurred_at) AS message,
  max(occurred_at) AS last
FROM ${RECORDS}
WHERE ${CHOSEN}
AND outcome = 'failure'
GROUP BY error, place, service
ORDER BY times DESC
LIMIT ${TOP}`,
    },
    [
      { name: 'error', title: 'Error' },
      { name: 'place', title: 'Where' },
      SERVICE,
      { name: 'times', title: 'Times' },
      { name: 'actors', title: 'Actors' },
      { name: 'message', title: 'Last message' },
      LAST,
    ],
  );
}
