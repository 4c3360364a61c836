import { ALL_FILTERS, chosen, chosenAtAnyTime, keyOf } from './filter.ts';
import {
  ACTOR_KEY,
  ADDRESS,
  DID,
  ENDING,
  LAST,
  REQUEST,
  SERVICE,
  SURE,
  TRACE,
  WAY,
  WHEN,
  WHO,
} from './columns.ts';
import { toActor } from './links.ts';
import { table } from './panels.ts';
import {
  didWhat,
  fromWhere,
  throughWhat,
  toWhat,
  whichRequest,
  whoIs,
  whoIsNamed,
  withWhichOutcome,
} from './phrases.ts';
import { IS_UNVOUCHED } from './security-phrases.ts';
import { CHANGES, IMPERSONATIONS, NEW_ORIGINS, RECORDS } from './store.ts';

const TOP = 50;
const CHOSEN = chosen(...ALL_FILTERS);
const SELECT_KEY = `${keyOf('actor_id')} AS ${ACTOR_KEY.name}`;

export function denied() {
  return table(
    {
      title: 'Who was denied, on what',
      description: `The ${TOP} most frequent. One actor on many paths looks for a way in; many actors on one path more likely lack a right.`,
      width: 24,
      whenEmpty: 'Nobody was denied anything in this time range.',
      sql: `SELECT
  anyLast(${whoIs()}) AS who,
  toString(actor_assurance) AS assurance,
  multiIf(category = 'db', concat(toString(action), ' ', target_type), http_route != '', concat(http_method, ' ', http_route), concat(http_method, ' (no route)')) AS place,
  anyLast(url_path) AS path,
  uniqExact(url_path) AS paths,
  toString(if(category = 'db', error_type, toString(http_status))) AS answer,
  ${fromWhere()} AS address,
  service_name AS service,
  count() AS times,
  max(occurred_at) AS last,
  ${SELECT_KEY}
FROM ${RECORDS}
WHERE ${CHOSEN}
AND outcome = 'denied' AND category IN ('http', 'db')
GROUP BY actor_type, actor_id, actor_assurance, place, answer, source_address, service
ORDER BY times DESC
LIMIT ${TOP}`,
    },
    [
      WHO,
      SURE,
      { name: 'place', title: 'What' },
      { name: 'path', title: 'For example' },
      { name: 'paths', title: 'Paths', widthPixels: 70 },
      { name: 'answer', title: 'Answer', widthPixels: 80 },
      ADDRESS,
      SERVICE,
      { name: 'times', title: 'Times', widthPixels: 80 },
      LAST,
      ACTOR_KEY,
    ],
  );
}

/** NOTE: the first time anybody is seen there is nothing to compare with; so only those count who were known for a day. */
export function newOrigins() {
  return table(
    {
      title: 'Who came from a new address, or with a new user agent',
      description:
        'Actors with a name that is vouched for, who had been known for a day, and were never seen with this before. Environment, service and actor narrow it down.',
      width: 24,
      whenEmpty: 'Everybody came from where they always come from.',
      sql: `SELECT
  ${whoIsNamed()} AS who,
  kind,
  origin,
  first_at AS first,
  records,
  known_since,
  service_name AS service,
  ${SELECT_KEY}
FROM ${NEW_ORIGINS}
WHERE first_at >= $__fromTime AND first_at <= $__toTime AND known_since < first_at - INTERVAL 1 DAY
  AND ${chosenAtAnyTime('environment', 'service', 'actor')}
ORDER BY first DESC
LIMIT ${TOP}`,
    },
    [
      WHO,
      { name: 'kind', title: 'New', widthPixels: 100 },
      { name: 'origin', title: 'Which' },
      { name: 'first', title: 'First seen', widthPixels: 170, unit: 'dateTimeAsLocal' },
      { name: 'records', title: 'Records since', widthPixels: 110 },
      { name: 'known_since', title: 'Known since', widthPixels: 150, unit: 'dateTimeFromNow' },
      SERVICE,
      ACTOR_KEY,
    ],
  );
}

export function unvouchedWrites() {
  return table(
    {
      title: 'What was written under a name that nobody vouches for',
      description:
        'Writes that lasted, by actors whose name was only claimed, expired, forged or not given. What a service does by itself is not among them.',
      width: 24,
      whenEmpty: 'Every write was done under a name that is vouched for.',
      sql: `SELECT
  anyLast(${whoIs()}) AS who,
  toString(actor_assurance) AS assurance,
  action,
  target_type AS target,
  count() AS writes,
  sum(db_rows) AS rows_written,
  anyLast(${fromWhere()}) AS address,
  anyLast(http_route) AS route,
  max(occurred_at) AS last,
  ${SELECT_KEY}
FROM ${CHANGES}
WHERE ${CHOSEN}
AND ${IS_UNVOUCHED}
GROUP BY actor_type, actor_id, actor_assurance, action, target
ORDER BY writes DESC
LIMIT ${TOP}`,
    },
    [
      WHO,
      SURE,
      { name: 'action', title: 'Did', widthPixels: 100 },
      { name: 'target', title: 'Table' },
      { name: 'writes', title: 'Writes', widthPixels: 80 },
      { name: 'rows_written', title: 'Rows', widthPixels: 80 },
      ADDRESS,
      { name: 'route', title: 'Through' },
      LAST,
      ACTOR_KEY,
    ],
  );
}

export function impersonated() {
  return table(
    {
      title: 'Who acted as somebody else, and did what',
      description: `The latest ${TOP} records in which somebody acted under another’s name; “really” is who it was.`,
      width: 24,
      whenEmpty: 'Nobody acted as somebody else in this time range.',
      sql: `SELECT
  occurred_at AS time,
  impersonator_id AS really,
  ${whoIsNamed()} AS who,
  ${didWhat()} AS did,
  ${toWhat()} AS what,
  ${withWhichOutcome('toString(transaction_outcome)')} AS ending,
  ${throughWhat()} AS way,
  ${fromWhere()} AS address,
  trace_id AS trace,
  ${whichRequest()} AS ${REQUEST.name},
  ${SELECT_KEY},
  ${keyOf('impersonator_id')} AS impersonator_key
FROM ${IMPERSONATIONS}
WHERE ${CHOSEN}
AND category != 'transaction'
ORDER BY time DESC
LIMIT ${TOP}`,
    },
    [
      WHEN,
      { name: 'really', title: 'Really', widthPixels: 130, link: toActor('impersonator_key') },
      { ...WHO, title: 'As' },
      DID,
      { name: 'what', title: 'To what' },
      ENDING,
      WAY,
      ADDRESS,
      TRACE,
      REQUEST,
      ACTOR_KEY,
      { name: 'impersonator_key' },
    ],
  );
}
