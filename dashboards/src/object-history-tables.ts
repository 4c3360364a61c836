import {
  ACTOR_KEY,
  ADDRESS,
  DID,
  ENDING,
  LAST,
  OBJECT_ID,
  REQUEST,
  SERVICE,
  STATEMENT,
  SURE,
  TARGET_KEY,
  TRACE,
  TROUBLE,
  WAY,
  WHAT,
  WHEN,
  WHO,
} from './columns.ts';
import { ALL_FILTERS, chosen, chosenAtAnyTime, keyOf } from './filter.ts';
import { DEEDS, mapping } from './looks.ts';
import { IS_THE_ROW } from './object-history-numbers.ts';
import { table } from './panels.ts';
import {
  didToRows,
  fromWhere,
  throughWhichRoute,
  whetherItLasted,
  whichRequest,
  whichTrace,
  whoIs,
  why,
} from './phrases.ts';
import { CHANGES, OBJECT_CHANGES } from './store.ts';

const LATEST = 500;
const TOP = 100;
const NO_ROW =
  'Choose a table and write the key of a row into the box above, or take a row from the list below.';
const DEED = { ...DID, mappings: mapping(DEEDS) };

export function changesOfRow() {
  return table(
    {
      title: 'Who changed what, from what to what',
      description: `The latest ${LATEST} changed fields of this row; deletions are marked. What was rolled back or failed is there too, and never counts as what was there before. "(not known)" was computed by the database, or the policy keeps no values.`,
      width: 24,
      whenEmpty: NO_ROW,
      sql: `SELECT
  occurred_at AS time,
  ${whoIs()} AS who,
  toString(actor_assurance) AS assurance,
  ${didToRows()} AS did,
  toString(target_type) AS target,
  field,
  multiIf(previous_value IS NOT NULL, previous_value, field = '' OR action = 'create', '', '(not known)') AS before,
  multiIf(value IS NOT NULL, value, field = '' OR action = 'delete', '', '(not known)') AS after,
  ${whetherItLasted()} AS ending,
  ${throughWhichRoute()} AS way,
  ${fromWhere()} AS address,
  service_name AS service,
  ${why()} AS trouble,
  ${whichTrace()} AS trace,
  ${whichRequest()} AS ${REQUEST.name},
  ${keyOf('actor_id')} AS ${ACTOR_KEY.name}
FROM ${OBJECT_CHANGES}
WHERE $__timeFilter(occurred_at)
  AND ${IS_THE_ROW}
  AND ${chosenAtAnyTime('service', 'actor')}
ORDER BY time DESC, field
LIMIT ${LATEST}`,
    },
    [
      WHEN,
      WHO,
      SURE,
      DEED,
      { name: 'target', title: 'Table', widthPixels: 110 },
      { name: 'field', title: 'Field', widthPixels: 130 },
      { name: 'before', title: 'Before' },
      { name: 'after', title: 'After' },
      ENDING,
      WAY,
      ADDRESS,
      SERVICE,
      TROUBLE,
      TRACE,
      REQUEST,
      ACTOR_KEY,
    ],
  ).height(11);
}

export function unnamedRows() {
  return table(
    {
      title: 'Which statements may have touched it without naming it',
      description: `The latest ${LATEST} statements on the table that named no row, such as DELETE … WHERE created < …, and TRUNCATE.`,
      width: 12,
      sql: `SELECT
  occurred_at AS time,
  ${whoIs()} AS who,
  toString(actor_assurance) AS assurance,
  ${didToRows()} AS did,
  toString(target_type) AS target,
  db_rows AS rows,
  ${whetherItLasted()} AS ending,
  db_statement AS statement,
  ${whichTrace()} AS trace,
  ${whichRequest()} AS ${REQUEST.name},
  ${keyOf('actor_id')} AS ${ACTOR_KEY.name}
FROM ${CHANGES}
WHERE ${chosen('environment', 'service', 'actor', 'target')}
  AND target_id = '' AND empty(target_ids) AND action NOT IN ('create', 'copy_in', 'schema', 'grant')
ORDER BY time DESC
LIMIT ${LATEST}`,
    },
    [
      WHEN,
      WHO,
      SURE,
      DEED,
      { name: 'target', title: 'Table' },
      { name: 'rows', title: 'Rows', widthPixels: 80 },
      ENDING,
      STATEMENT,
      TRACE,
      REQUEST,
      ACTOR_KEY,
    ],
  );
}

/** For whoever comes without a row. */
export function rowsToChoose() {
  return table(
    {
      title: 'Which rows were changed last',
      description: `The latest ${TOP} rows that statements of the choices above named; a click shows the history of one.`,
      width: 12,
      sql: `SELECT
  concat(target_type, ' / ', object_id) AS what,
  count() AS writes,
  countIf(final_outcome = 'applied') AS kept,
  uniqExact(actor_type, actor_id) AS people,
  max(occurred_at) AS last,
  object_id,
  ${keyOf('target_type')} AS ${TARGET_KEY.name}
FROM (
  SELECT *, arrayJoin(arrayDistinct(arrayPushFront(target_ids, target_id))) AS object_id
  FROM ${CHANGES}
  WHERE ${chosen(...ALL_FILTERS)}
)
WHERE object_id != ''
GROUP BY target_type, object_id
ORDER BY last DESC
LIMIT ${TOP}`,
    },
    [
      { ...WHAT, title: 'Row' },
      { name: 'writes', title: 'Writes', widthPixels: 90 },
      { name: 'kept', title: 'Kept', widthPixels: 90 },
      { name: 'people', title: 'People', widthPixels: 90 },
      LAST,
      OBJECT_ID,
      TARGET_KEY,
    ],
  );
}

export function rowAtTheEnd() {
  return table(
    {
      title: 'What was in the row at the end of the time range',
      description:
        'Every field that a statement ever set, with what it held at the end of the time range, since when, and by whom. Empty after a deletion.',
      width: 24,
      whenEmpty: NO_ROW,
      sql: `SELECT
  toString(target_type) AS target,
  field,
  ifNull(now.1, '(not known)') AS value,
  now.2 AS who,
  now.3 AS time,
  now.4 AS ${ACTOR_KEY.name}
FROM (
  SELECT
    target_type,
    field,
    argMax((value, ${whoIs()}, occurred_at, ${keyOf('actor_id')}), (occurred_at, record_id)) AS now,
    max(deleted_at) AS gone_at
  FROM (
    SELECT
      *,
      maxIf(occurred_at, action = 'delete') OVER (PARTITION BY environment, target_type) AS deleted_at
    FROM ${OBJECT_CHANGES}
    WHERE ${IS_THE_ROW}
    AND final_outcome = 'applied' AND occurred_at <= $__toTime
  )
  WHERE field != ''
  GROUP BY environment, target_type, field
)
WHERE time > gone_at
ORDER BY target, field`,
    },
    [
      { name: 'target', title: 'Table', widthPixels: 150 },
      { name: 'field', title: 'Field' },
      { name: 'value', title: 'Value' },
      { ...WHO, title: 'By whom' },
      { ...WHEN, title: 'Since' },
      ACTOR_KEY,
    ],
  );
}
