import {
  ACTOR_KEY,
  ADDRESS,
  DID,
  ENDING,
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
import { ALL_FILTERS, chosen, keyOf } from './filter.ts';
import { table } from './panels.ts';
import {
  didWhat,
  fromWhere,
  throughWhat,
  toWhat,
  whichKey,
  whichRequest,
  whichTrace,
  whoIs,
  why,
  withWhichOutcome,
} from './phrases.ts';
import { ACTIVITY, NAMED } from './store.ts';
import { IS_OF_REQUEST } from './trace-numbers.ts';

const MAX_STEPS = 1_000;
const LATEST = 100;

export function steps() {
  return table(
    {
      title: 'Step by step: who did what to what',
      description: `The same in words, in order; the first ${MAX_STEPS.toLocaleString('en')} steps. A statement says what became of it when its transaction ended.`,
      width: 24,
      whenEmpty: 'Write a trace id into the box above, or take a request from the list below.',
      sql: `SELECT
  occurred_at AS time,
  duration_us AS took,
  ${whoIs()} AS who,
  toString(actor_assurance) AS assurance,
  ${didWhat()} AS did,
  ${toWhat()} AS what,
  ${withWhichOutcome('transaction_outcome')} AS ending,
  db_rows AS rows,
  arrayStringConcat(arrayMap(field -> concat(field, ' = ', new_values[field]), mapKeys(new_values)), ', ') AS changed,
  db_statement AS statement,
  ${why()} AS trouble,
  service_name AS service,
  ${keyOf('actor_id')} AS ${ACTOR_KEY.name},
  ${keyOf('target_type')} AS ${TARGET_KEY.name},
  ${whichKey()} AS ${OBJECT_ID.name}
FROM ${ACTIVITY}
WHERE ${IS_OF_REQUEST}
ORDER BY time, sequence
LIMIT ${MAX_STEPS}`,
    },
    [
      WHEN,
      { name: 'took', title: 'Took', widthPixels: 90, unit: 'µs' },
      WHO,
      SURE,
      DID,
      WHAT,
      ENDING,
      { name: 'rows', title: 'Rows', widthPixels: 80 },
      { name: 'changed', title: 'Set' },
      STATEMENT,
      TROUBLE,
      SERVICE,
      ACTOR_KEY,
      TARGET_KEY,
      OBJECT_ID,
    ],
  );
}

/** For whoever comes without a request. */
export function requestsToChoose() {
  return table(
    {
      title: 'Which requests there were',
      description: `The latest ${LATEST} requests of the choices above; a click on the trace shows one.`,
      width: 24,
      sql: `SELECT
  occurred_at AS time,
  ${whoIs()} AS who,
  toString(actor_assurance) AS assurance,
  ${throughWhat()} AS way,
  ${withWhichOutcome('transaction_outcome')} AS ending,
  duration_us AS took,
  ${fromWhere()} AS address,
  service_name AS service,
  ${whichTrace()} AS trace,
  ${whichRequest()} AS ${REQUEST.name},
  ${keyOf('actor_id')} AS ${ACTOR_KEY.name}
FROM ${NAMED}
WHERE ${chosen(...ALL_FILTERS)}
  AND category = 'http'
ORDER BY time DESC
LIMIT ${LATEST}`,
    },
    [
      WHEN,
      WHO,
      SURE,
      WAY,
      ENDING,
      { name: 'took', title: 'Took', widthPixels: 90, unit: 'µs' },
      ADDRESS,
      SERVICE,
      { ...TRACE, widthPixels: 290 },
      REQUEST,
      ACTOR_KEY,
    ],
  );
}
