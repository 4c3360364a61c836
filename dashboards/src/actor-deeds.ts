import {
  ACTOR_KEY,
  ADDRESS,
  DID,
  ENDING,
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
import { ALL_FILTERS, chosen, chosenIn, keyOf } from './filter.ts';
import type { Filter } from './filter.ts';
import { toActor } from './links.ts';
import { table } from './panels.ts';
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
const ACTED: readonly Filter[] = ['environment', 'service', 'target', 'search'];

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
