import { ALL_FILTERS, chosen, chosenAtAnyTime, keyOf } from './filter.ts';
import { toActor, toTrace } from './links.ts';
import { ASSURANCES, OUTCOMES, mapping } from './looks.ts';
import { table } from './panels.ts';
import type { Column } from './panels.ts';
import { didWhat, fromWhere, throughWhat, toWhat, whoIs, withWhichOutcome } from './phrases.ts';
import { LAST } from './security-logins.ts';
import { IS_UNVOUCHED } from './security-phrases.ts';
import { CHANGES, NEW_ORIGINS, RECORDS } from './store.ts';

const TOP = 50;
const CHOSEN = chosen(...ALL_FILTERS);
const ACTOR_KEY: Column = { name: 'actor_key' };
const WHO: Column = { name: 'who', title: 'Who', link: toActor(ACTOR_KEY.name) };
const SURE: Column = { name: 'assurance', title: 'Sure?', widthPixels: 100, mappings: mapping(ASSURANCES) };
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
      { ...WHO, widthPixels: 130 },
      SURE,
      { name: 'place', title: 'What' },
      { name: 'path', title: 'For example' },
      { name: 'paths', title: 'Paths', widthPixels: 70 },
      { name: 'answer', title: 'Answer', widthPixels: 80 },
      { name: 'address', title: 'From', widthPixels: 130 },
      { name: 'service', title: 'Service', widthPixels: 110 },
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
  ${whoIs()} AS who,
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
      { ...WHO, widthPixels: 150 },
      { name: 'kind', title: 'New', widthPixels: 100 },
      { name: 'origin', title: 'Which' },
      { name: 'first', title: 'First seen', widthPixels: 170, unit: 'dateTimeAsLocal' },
      { name: 'records', title: 'Records since', widthPixels: 110 },
      { name: 'known_since', title: 'Known since', widthPixels: 150, unit: 'dateTimeFromNow' },
      { name: 'service', title: 'Service', widthPixels: 110 },
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
      { ...WHO, widthPixels: 150 },
      SURE,
      { name: 'action', title: 'Did', widthPixels: 100 },
      { name: 'target', title: 'Table' },
      { name: 'writes', title: 'Writes', widthPixels: 80 },
      { name: 'rows_written', title: 'Rows', widthPixels: 80 },
      { name: 'address', title: 'From', widthPixels: 130 },
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
  ${whoIs()} AS who,
  ${didWhat()} AS did,
  ${toWhat()} AS what,
  ${withWhichOutcome('toString(transaction_outcome)')} AS ending,
  ${throughWhat()} AS way,
  ${fromWhere()} AS address,
  trace_id AS trace,
  ${SELECT_KEY},
  ${keyOf('impersonator_id')} AS impersonator_key
FROM ${RECORDS}
WHERE ${CHOSEN}
AND impersonator_id != '' AND category != 'transaction'
ORDER BY time DESC
LIMIT ${TOP}`,
    },
    [
      { name: 'time', title: 'When', widthPixels: 170, unit: 'dateTimeAsLocal' },
      { name: 'really', title: 'Really', widthPixels: 130, link: toActor('impersonator_key') },
      { ...WHO, title: 'As', widthPixels: 130 },
      { name: 'did', title: 'Did', widthPixels: 120 },
      { name: 'what', title: 'To what' },
      { name: 'ending', title: 'Outcome', widthPixels: 120, mappings: mapping(OUTCOMES) },
      { name: 'way', title: 'Through' },
      { name: 'address', title: 'From', widthPixels: 130 },
      { name: 'trace', title: 'Trace', widthPixels: 110, link: toTrace('trace') },
      ACTOR_KEY,
      { name: 'impersonator_key' },
    ],
  );
}
