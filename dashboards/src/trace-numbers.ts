import { textOf } from './filter.ts';
import { COLORS } from './looks.ts';
import { single } from './panels.ts';
import { ACTIVITY, RECORDS } from './store.ts';

const WIDTH = 4;
const WANTED = textOf('trace');

/**
 * All records of the requests that the box names, and work of no request that bears the trace id.
 *
 * NOTE: a client chooses its trace id and correlation id, so that several requests can answer to one.
 */
export const IS_OF_REQUEST = `$__timeFilter(occurred_at)
  AND ${WANTED} != ''
  AND (trace_id = ${WANTED} OR request_id IN (
    SELECT request_id FROM ${RECORDS}
    WHERE $__timeFilter(occurred_at)
      AND ${WANTED} != '' AND request_id != toUUID('00000000-0000-0000-0000-000000000000')
      AND (trace_id = ${WANTED} OR correlation_id = ${WANTED} OR request_id = toUUIDOrNull(${WANTED}))
  ))`;

/** The top row: six numbers of this request. */
export function numbers() {
  return [
    single({
      title: 'Requests',
      description: 'How many requests answer to what stands in the box: clients choose their trace ids.',
      width: WIDTH,
      sql: numberSql(`countIf(category = 'http')`),
    }),
    single({
      title: 'Duration',
      description: 'From the beginning of the first action to the end of the last.',
      width: WIDTH,
      sql: numberSql(
        `if(count() = 0, 0, max(toUnixTimestamp64Micro(occurred_at) + duration_us) - min(toUnixTimestamp64Micro(occurred_at)))`,
      ),
    }).unit('µs'),
    single({
      title: 'Statements',
      description: 'Statements of the database that were recorded.',
      width: WIDTH,
      sql: numberSql(`countIf(category = 'db')`),
    }),
    single({
      title: 'Rows written',
      description: 'Rows that were written and stayed so.',
      width: WIDTH,
      sql: numberSql(`sumIf(db_rows, final_outcome = 'applied')`),
    }),
    single(
      {
        title: 'Rolled back',
        description: 'Statements that wrote, and whose transaction took it back.',
        width: WIDTH,
        sql: numberSql(`countIf(final_outcome = 'rolled_back')`),
      },
      COLORS.rolledBack,
    ),
    single(
      {
        title: 'Failed or denied',
        description: 'Steps that did not work or were not allowed, the request itself included.',
        width: WIDTH,
        sql: numberSql(`countIf(outcome IN ('failure', 'denied'))`),
      },
      COLORS.failure,
    ),
  ];
}

/** In the columns of a number with its change; a request has nothing before it. */
function numberSql(measure: string): string {
  return `SELECT period.1 AS time, period.2 AS value
FROM (
  SELECT [
    ($__fromTime, CAST(NULL, 'Nullable(UInt64)')),
    ($__toTime, toNullable(toUInt64(${measure})))
  ] AS periods
  FROM ${ACTIVITY}
  WHERE ${IS_OF_REQUEST}
)
ARRAY JOIN periods AS period
ORDER BY time`;
}
