import { chosenAtAnyTime, keyOf } from './filter.ts';
import { linkTo } from './links.ts';
import { COLORS, mapping } from './looks.ts';
import { table } from './panels.ts';
import type { Column } from './panels.ts';
import { PIPELINE_UID, PROCESSES } from './store.ts';

const MOST = 200;
const CHOSEN = chosenAtAnyTime('environment', 'service');

/** States of `audit.process_health`. */
const STATES = {
  alive: { color: COLORS.neutral, text: '✓ alive' },
  silent: { color: COLORS.failure, text: '✗ silent' },
  died: { color: COLORS.denied, text: '† died, closed by another' },
  closed: { color: COLORS.unknown, text: '■ ended' },
  history: { color: COLORS.unknown, text: '↺ imported' },
};

const STATE: Column = { name: 'state', title: 'State', widthPixels: 180, mappings: mapping(STATES) };
export const SERVICE_KEY: Column = { name: 'service_key' };
export const SELECT_SERVICE_KEY = `${keyOf('service_name')} AS ${SERVICE_KEY.name}`;
export const SERVICE: Column = {
  name: 'service',
  title: 'Service',
  widthPixels: 120,
  link: linkTo(PIPELINE_UID, 'Only ${__value.text}', { service: SERVICE_KEY.name }, ['environment']),
};
export const HOST: Column = { name: 'host', title: 'Host', widthPixels: 140 };
export const PROCESS: Column = { name: 'process', title: 'Process', widthPixels: 80, unit: 'none' };

/** NOTE: what has ended is listed while it lies in the time range, what is silent for as long as it was heard of in it. */
export function processes() {
  return table(
    {
      title: 'Which processes are audited, and is one silent',
      description: `One row a start of a process, the silent ones first. Each says something every minute, also when it has nothing to record. “Waiting” is how many entries of its chain are not there: on their way, or removed. “Unsealed” is how many of its stored records no entry speaks of.`,
      width: 24,
      whenEmpty:
        'No process was heard of in this time range. Start one with `node --require audit-register app.js`.',
      sql: `SELECT
  state,
  service_name AS service,
  host_name AS host,
  process_id AS process,
  environment,
  started_at AS started,
  last_heard_at AS heard,
  last_record_at AS last_record,
  last_entry_at AS last_entry,
  records,
  greatest(toInt64(stored_records) - toInt64(records), 0) AS unsealed,
  missing_segments AS waiting,
  dropped,
  dead,
  faults,
  last_delay AS delay,
  ${SELECT_SERVICE_KEY}
FROM ${PROCESSES}
WHERE last_heard_at >= $__fromTime AND started_at <= $__toTime
  AND ${CHOSEN}
ORDER BY state = 'silent' DESC, state = 'alive' DESC, heard DESC
LIMIT ${MOST}`,
    },
    [
      STATE,
      SERVICE,
      HOST,
      PROCESS,
      { name: 'environment', title: 'Environment', widthPixels: 110 },
      { name: 'started', title: 'Started', widthPixels: 150, unit: 'dateTimeFromNow' },
      { name: 'heard', title: 'Heard of', widthPixels: 150, unit: 'dateTimeFromNow' },
      { name: 'last_record', title: 'Last record', widthPixels: 150, unit: 'dateTimeFromNow' },
      { name: 'last_entry', title: 'Last entry', widthPixels: 150, unit: 'dateTimeFromNow' },
      { name: 'records', title: 'Records' },
      { name: 'unsealed', title: 'Unsealed' },
      { name: 'waiting', title: 'Waiting' },
      { name: 'dropped', title: 'Dropped' },
      { name: 'dead', title: 'Dead letters' },
      { name: 'faults', title: 'Faults' },
      { name: 'delay', title: 'Last delay', unit: 's' },
      SERVICE_KEY,
    ],
  ).height(10);
}

export function unclosed() {
  return table(
    {
      title: 'Whose chain was never closed',
      description: `Processes that are silent, whenever that was, the latest first. Each may have died with records in a spool that nobody has found: bring it to a machine with the same settings and run \`audit-register spool flush\`. Imported history is not among them.`,
      width: 12,
      whenEmpty: 'Every process that is not alive has closed its chain, or its heir has.',
      sql: `SELECT
  service_name AS service,
  host_name AS host,
  process_id AS process,
  last_heard_at AS heard,
  records,
  toString(chain_id) AS chain,
  ${SELECT_SERVICE_KEY}
FROM ${PROCESSES}
WHERE state = 'silent' AND started_at <= $__toTime
  AND ${CHOSEN}
ORDER BY heard DESC
LIMIT ${MOST}`,
    },
    [
      SERVICE,
      HOST,
      PROCESS,
      { name: 'heard', title: 'Heard of', widthPixels: 150, unit: 'dateTimeFromNow' },
      { name: 'records', title: 'Records', widthPixels: 90 },
      { name: 'chain', title: 'Chain' },
      SERVICE_KEY,
    ],
  );
}
