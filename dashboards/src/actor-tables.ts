import {
  ACTOR_KEY,
  ADDRESS,
  DID,
  ENDING,
  FIRST,
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
import { ALL_FILTERS, chosen, chosenAtAnyTime, chosenIn, keyOf } from './filter.ts';
import type { Filter } from './filter.ts';
import { toActor } from './links.ts';
import { NOVELTIES, mapping } from './looks.ts';
import { table } from './panels.ts';
import type { Column, PanelText } from './panels.ts';
import {
  didWhat,
  fromWhere,
  inOrder,
  throughWhat,
  toWhat,
  whichKey,
  whichRequest,
  whichTrace,
  whoIs,
  whoIsNamed,
  why,
  withWhichOutcome,
} from './phrases.ts';
import { ACTIVITY, IMPERSONATIONS, NAMED } from './store.ts';

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
  argMax(${whoIs()}, occurred_at) AS who,
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

export function requests() {
  return table(
    {
      title: 'What they did, request by request',
      description: `The latest ${LATEST} requests with what was done in each, in its order and with what became of it. Work of no request has a line for each record.`,
      width: 24,
      sql: `WITH records AS (
  SELECT
    occurred_at,
    category != 'http' AS is_step,
    ${withWhichOutcome('transaction_outcome')} AS ending,
    concat(${didWhat()}, ' ', ${toWhat()}, if(ending IN ('ok', 'committed'), '', concat(' – ', ending))) AS step,
    ${why()} AS trouble,
    if(request_id = toUUID('00000000-0000-0000-0000-000000000000'), record_id, request_id) AS together,
    (
      ${whoIs()}, toString(actor_assurance), ${throughWhat()}, ending, ${fromWhere()}, toString(service_name),
      ${whichTrace()}, ${whichRequest()}, ${keyOf('actor_id')}
    ) AS said
  FROM ${ACTIVITY}
  WHERE ${CHOSEN}
  AND category != 'transaction'
),
requests AS (
  SELECT
    min(occurred_at) AS time,
    -- Of the request itself where it is recorded, else of the first of its statements.
    argMin(said, (is_step, occurred_at)) AS first_said,
    groupArrayIf(10000)((occurred_at, step), is_step) AS steps,
    argMinIf(trouble, (is_step, occurred_at), trouble != '') AS first_trouble
  FROM records
  GROUP BY together
  ORDER BY time DESC
  LIMIT ${LATEST}
)
SELECT
  time,
  first_said.1 AS who,
  first_said.2 AS assurance,
  first_said.3 AS way,
  ${inOrder('steps')} AS did,
  first_said.4 AS ending,
  first_said.5 AS address,
  first_said.6 AS service,
  first_trouble AS trouble,
  first_said.7 AS trace,
  first_said.8 AS ${REQUEST.name},
  first_said.9 AS ${ACTOR_KEY.name}
FROM requests
ORDER BY time DESC`,
    },
    [
      WHEN,
      WHO,
      SURE,
      { ...WAY, widthPixels: 220 },
      { name: 'did', title: 'Did' },
      ENDING,
      ADDRESS,
      SERVICE,
      TROUBLE,
      TRACE,
      REQUEST,
      ACTOR_KEY,
    ],
  ).height(12);
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
  argMax(${whoIs()}, occurred_at) AS who,
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

const ACTED: readonly Filter[] = ['environment', 'service', 'target', 'search'];

export function impersonations() {
  return table(
    {
      title: 'Who acted as somebody else',
      description: `The latest ${LATEST} records of somebody who acted under another name: by the chosen actor, or in the name of the chosen actor.`,
      width: 24,
      sql: `SELECT
  occurred_at AS time,
  impersonator_id AS impersonator,
  ${whoIsNamed()} AS who,
  toString(actor_assurance) AS assurance,
  ${didWhat()} AS did,
  ${toWhat()} AS what,
  ${withWhichOutcome('transaction_outcome')} AS ending,
  ${throughWhat()} AS way,
  ${fromWhere()} AS address,
  ${whichTrace()} AS trace,
  ${whichRequest()} AS ${REQUEST.name},
  ${keyOf('impersonator_id')} AS impersonator_key,
  ${keyOf('actor_id')} AS ${ACTOR_KEY.name},
  ${keyOf('target_type')} AS ${TARGET_KEY.name},
  ${whichKey()} AS ${OBJECT_ID.name}
FROM ${IMPERSONATIONS}
WHERE ${chosen(...ACTED)}
  AND ${chosenIn(
    'actor',
    (isChosen) => `actor_id ${isChosen}`,
    (isChosen) => `impersonator_id ${isChosen}`,
  )}
  AND category != 'transaction'
ORDER BY time DESC
LIMIT ${LATEST}`,
    },
    [
      WHEN,
      {
        name: 'impersonator',
        title: 'Who really acted',
        widthPixels: 150,
        link: toActor('impersonator_key'),
      },
      { ...WHO, title: 'As whom' },
      SURE,
      DID,
      WHAT,
      ENDING,
      WAY,
      ADDRESS,
      TRACE,
      REQUEST,
      { name: 'impersonator_key' },
      ACTOR_KEY,
      TARGET_KEY,
      OBJECT_ID,
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
  argMax(${whoIs()}, occurred_at) AS who,
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

export function troubles() {
  return table(
    {
      title: 'What failed or was denied',
      description: `The latest ${LATEST} records of what did not work or was not allowed.`,
      width: 12,
      sql: `SELECT
  occurred_at AS time,
  ${whoIs()} AS who,
  toString(actor_assurance) AS assurance,
  ${didWhat()} AS did,
  ${toWhat()} AS what,
  ${withWhichOutcome('transaction_outcome')} AS ending,
  ${why()} AS trouble,
  ${whichTrace()} AS trace,
  ${whichRequest()} AS ${REQUEST.name},
  ${keyOf('actor_id')} AS ${ACTOR_KEY.name},
  ${keyOf('target_type')} AS ${TARGET_KEY.name},
  ${whichKey()} AS ${OBJECT_ID.name}
FROM ${NAMED}
WHERE ${CHOSEN}
  AND outcome IN ('failure', 'denied')
ORDER BY time DESC
LIMIT ${LATEST}`,
    },
    [WHEN, WHO, SURE, DID, WHAT, ENDING, TROUBLE, TRACE, REQUEST, ACTOR_KEY, TARGET_KEY, OBJECT_ID],
  );
}
