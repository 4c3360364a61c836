import { COLORS, mapping } from './looks.ts';
import { IS_THE_ROW } from './object-history-numbers.ts';
import { stateTimeline } from './state-timeline.ts';
import { OBJECT_CHANGES } from './store.ts';

const DELETED = '✗ deleted';
/** Longer ones cannot be read in a bar. */
const SHOWN_CHARACTERS = 100;

/**
 * NOTE: one pass over the history, because a row that is named among others is found by no index. What was there at the
 * beginning of the time range is shown from then on.
 */
export function states() {
  return stateTimeline(
    {
      title: 'What was in the row, and when',
      description:
        'A line for each field and one for the row itself. Only what was kept; a deletion ends every field. "(not known)" was computed by the database, or the policy keeps no values.',
      width: 24,
      whenEmpty:
        'Choose a table and write the key of a row into the box above, or take a row from the list below.',
      sql: `WITH
  history AS (
    SELECT
      occurred_at,
      action,
      field,
      left(ifNull(value, '(not known)'), ${SHOWN_CHARACTERS}) AS value,
      if(uniqExact(target_type) OVER () > 1, concat(target_type, ': '), '') AS table_of_it,
      groupUniqArrayIf(field, field != '') OVER (PARTITION BY target_type) AS fields,
      row_number() OVER (PARTITION BY record_id ORDER BY field) = 1 AS is_first
    FROM ${OBJECT_CHANGES}
    WHERE ${IS_THE_ROW}
    AND final_outcome = 'applied' AND occurred_at <= $__toTime
  ),
  states AS (
    SELECT
      occurred_at,
      table_of_it,
      arrayJoin(arrayConcat(
        if(is_first, [('the row', multiIf(action = 'delete', '${DELETED}', action = 'create', 'created', 'changed'))], []),
        multiIf(
          action != 'delete', if(field = '', [], [(field, value)]),
          is_first, arrayMap(name -> (name, '${DELETED}'), fields),
          []))) AS state
    FROM history
  ),
  periods AS (
    SELECT
      occurred_at,
      concat(table_of_it, state.1) AS label,
      state.2 AS value,
      leadInFrame(occurred_at, 1, toDateTime64($__toTime, 9, 'UTC')) OVER
        (PARTITION BY label ORDER BY occurred_at ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS until
    FROM states
  )
SELECT
  greatest(occurred_at, toDateTime64($__fromTime, 9, 'UTC')) AS time,
  label,
  value
FROM periods
WHERE until >= $__fromTime
ORDER BY time, label`,
    },
    mapping({ [DELETED]: { color: COLORS.failure, text: DELETED } }),
  );
}
