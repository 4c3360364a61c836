import { ACTOR_KEY, FIRST, LAST, SURE, WHO } from './columns.ts';
import { ALL_FILTERS, chosen, chosenAtAnyTime, keyOf } from './filter.ts';
import { NOVELTIES, mapping } from './looks.ts';
import { table } from './panels.ts';
import type { Column, PanelText } from './panels.ts';
import { bySurest, fromWhere, whoIs, whoTheyAre } from './phrases.ts';
import { NAMED } from './store.ts';

const CHOSEN = chosen(...ALL_FILTERS);
const LATEST = 200;
const TOP = 20;

/** How long somebody is looked back for: the whole register, but only for those who are shown. */
const SHOWN_ACTORS = `SELECT actor_id FROM ${NAMED}
    WHERE ${CHOSEN}
    AND actor_id != ''
    GROUP BY actor_id
    ORDER BY count() DESC
    LIMIT ${TOP}`;
const OF_SHOWN_ACTORS = `actor_id IN (
    ${SHOWN_ACTORS}
  )
  AND occurred_at <= $__toTime
  AND ${chosenAtAnyTime('environment', 'service')}`;

const NEW: Column = { name: 'is_new', title: 'New?', widthPixels: 90, mappings: mapping(NOVELTIES) };

export function identities() {
  return table(
    {
      title: 'Who this is',
      description: `The ${TOP} actors with the most records here. First and last time are of the whole register, not of the time range. A name that was forged or only claimed stands on a line of its own.`,
      width: 24,
      sql: `SELECT
  ${bySurest(whoIs())} AS who,
  toString(actor_assurance) AS assurance,
  actor_id AS id,
  toString(actor_type) AS type,
  arrayStringConcat(arraySort(groupUniqArrayArray(20)(actor_roles)), ', ') AS roles,
  arrayStringConcat(arrayFilter(name -> name != '', groupUniqArray(20)(tenant_id)), ', ') AS tenants,
  arrayStringConcat(arrayFilter(name -> name != '', groupUniqArray(20)(auth_method)), ', ') AS methods,
  min(occurred_at) AS first,
  max(occurred_at) AS last,
  countIf(category = 'http') AS requests,
  countIf(outcome = 'denied') AS denied,
  countIf(outcome = 'failure') AS failed,
  ${keyOf('actor_id')} AS ${ACTOR_KEY.name}
FROM ${NAMED}
WHERE ${OF_SHOWN_ACTORS}
GROUP BY actor_type, actor_id, actor_assurance
ORDER BY last DESC`,
    },
    [
      WHO,
      SURE,
      { name: 'id', title: 'Identifier' },
      { name: 'type', title: 'Type', widthPixels: 90 },
      { name: 'roles', title: 'Roles' },
      { name: 'tenants', title: 'Tenant' },
      { name: 'methods', title: 'Named by' },
      { ...FIRST, title: 'First seen' },
      { ...LAST, title: 'Last seen' },
      { name: 'requests', title: 'Requests' },
      { name: 'denied', title: 'Denied' },
      { name: 'failed', title: 'Failed' },
      ACTOR_KEY,
    ],
  ).height(6);
}

export function addresses() {
  return origins(
    {
      title: 'From which addresses',
      description:
        'Where these actors came from in the time range, the new ones first. New is what the whole register did not know of this actor before the time range.',
    },
    `${fromWhere()}`,
    'Address',
  );
}

export function agents() {
  return origins(
    {
      title: 'With which programs',
      description:
        'The user agents these actors named in the time range, the new ones first. New is what the whole register did not know of this actor before the time range.',
    },
    `toString(user_agent)`,
    'Program',
  );
}

/** @param origin What is told apart, in SQL. */
function origins(text: Pick<PanelText, 'title' | 'description'>, origin: string, heading: string) {
  return table(
    {
      ...text,
      width: 12,
      sql: `SELECT
  ${whoTheyAre()} AS who,
  toString(actor_assurance) AS assurance,
  ${origin} AS origin,
  if(min(occurred_at) >= $__fromTime, 'new', 'known') AS is_new,
  min(occurred_at) AS first,
  max(occurred_at) AS last,
  countIf(occurred_at >= $__fromTime) AS records,
  countIf(outcome = 'denied' AND occurred_at >= $__fromTime) AS denied,
  uniqExactIf(session_id, session_id != '' AND occurred_at >= $__fromTime) AS sessions,
  ${keyOf('actor_id')} AS ${ACTOR_KEY.name}
FROM ${NAMED}
WHERE ${OF_SHOWN_ACTORS}
GROUP BY actor_type, actor_id, actor_assurance, origin
HAVING origin != '' AND last >= $__fromTime
ORDER BY is_new = 'new' DESC, last DESC
LIMIT ${LATEST}`,
    },
    [
      WHO,
      SURE,
      { name: 'origin', title: heading },
      NEW,
      { ...FIRST, title: 'First seen' },
      LAST,
      { name: 'records', title: 'Records' },
      { name: 'denied', title: 'Denied' },
      { name: 'sessions', title: 'Sessions' },
      ACTOR_KEY,
    ],
  );
}

export function sessions() {
  return table(
    {
      title: 'In which sessions',
      description: `The latest ${LATEST} sessions with how long they were used. Several addresses or programs in one session can mean that it was stolen.`,
      width: 12,
      sql: `SELECT
  ${whoTheyAre()} AS who,
  toString(actor_assurance) AS assurance,
  session_id AS session,
  arrayStringConcat(arrayFilter(name -> name != '', groupUniqArray(5)(toString(auth_method))), ', ') AS method,
  min(occurred_at) AS first,
  max(occurred_at) AS last,
  uniqExactIf(source_address, source_address != toIPv6('::')) AS addresses,
  uniqExactIf(user_agent, user_agent != '') AS programs,
  countIf(category = 'http') AS requests,
  ${keyOf('actor_id')} AS ${ACTOR_KEY.name}
FROM ${NAMED}
WHERE ${CHOSEN}
  AND session_id != ''
GROUP BY actor_type, actor_id, actor_assurance, session_id
ORDER BY last DESC
LIMIT ${LATEST}`,
    },
    [
      WHO,
      SURE,
      { name: 'session', title: 'Session' },
      { name: 'method', title: 'Named by', widthPixels: 90 },
      FIRST,
      LAST,
      { name: 'addresses', title: 'Addresses' },
      { name: 'programs', title: 'Programs' },
      { name: 'requests', title: 'Requests' },
      ACTOR_KEY,
    ],
  );
}
