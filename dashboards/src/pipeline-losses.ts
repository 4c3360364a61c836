import { chosenAtAnyTime } from './filter.ts';
import { COLORS, mapping } from './looks.ts';
import { table } from './panels.ts';
import { HOST, PROCESS, SELECT_SERVICE_KEY, SERVICE, SERVICE_KEY } from './pipeline-processes.ts';
import { CHAINS, GAPS, LOSSES, UNCERTIFIED } from './store.ts';

const MOST = 100;
const CHOSEN = chosenAtAnyTime('environment', 'service');

const KINDS = {
  records: { color: COLORS.failure, text: '✗ records' },
  entries: { color: COLORS.denied, text: '? entries' },
};

/** Neighbours of one chain may overtake each other: for so long nothing is said of a hole. Verification waits as long. */
const GRACE = 'INTERVAL 10 MINUTE';

export function missing() {
  return table(
    {
      title: 'What is missing',
      description: `Holes between the records of a chain, and entries that are not there, both where nothing has come for ten minutes. A hole is a loss, or a segment that waits in a spool. At the start of a chain that is older than the retention it is what has expired.`,
      width: 12,
      whenEmpty: 'Nothing is missing.',
      sql: `SELECT what, how_many, first_missing, service, host, process, noticed, ${SERVICE_KEY.name}
FROM (
  SELECT
    'records' AS what,
    missing AS how_many,
    toUInt64(first_missing) AS first_missing,
    service_name AS service,
    host_name AS host,
    process_id AS process,
    before AS noticed,
    ${SELECT_SERVICE_KEY}
  FROM ${GAPS}
  WHERE before >= $__fromTime AND before <= $__toTime AND before < now64(9) - ${GRACE}
    AND ${CHOSEN}
  UNION ALL
  SELECT
    'entries' AS what,
    missing_segments AS how_many,
    toUInt64(0) AS first_missing,
    service_name AS service,
    host_name AS host,
    process_id AS process,
    last_delivered_at AS noticed,
    ${SELECT_SERVICE_KEY}
  FROM ${CHAINS}
  WHERE missing_segments > 0 AND last_delivered_at >= $__fromTime AND started_at <= $__toTime
    AND last_delivered_at < now64(9) - ${GRACE}
    AND ${CHOSEN}
)
ORDER BY noticed DESC
LIMIT ${MOST}`,
    },
    [
      { name: 'what', title: 'What', widthPixels: 100, mappings: mapping(KINDS) },
      { name: 'how_many', title: 'How many', widthPixels: 90 },
      { name: 'first_missing', title: 'From record', widthPixels: 100 },
      SERVICE,
      HOST,
      PROCESS,
      { name: 'noticed', title: 'When', widthPixels: 150, unit: 'dateTimeFromNow' },
      SERVICE_KEY,
    ],
  );
}

export function givenUp() {
  return table(
    {
      title: 'What was dropped or refused',
      description:
        'By the account of the processes themselves: records that could be kept nowhere, records that the store refused (dead letters), and faults of audit-register that were kept from the application.',
      width: 12,
      whenEmpty: 'Nothing was dropped or refused in this time range.',
      sql: `SELECT
  sealed_at AS noticed,
  service_name AS service,
  host_name AS host,
  process_id AS process,
  dropped,
  dead,
  faults,
  ${SELECT_SERVICE_KEY}
FROM ${LOSSES}
WHERE sealed_at >= $__fromTime AND sealed_at <= $__toTime
  AND ${CHOSEN}
ORDER BY noticed DESC
LIMIT ${MOST}`,
    },
    [
      { name: 'noticed', title: 'When', widthPixels: 150, unit: 'dateTimeFromNow' },
      SERVICE,
      HOST,
      PROCESS,
      { name: 'dropped', title: 'Dropped' },
      { name: 'dead', title: 'Dead letters' },
      { name: 'faults', title: 'Faults' },
      SERVICE_KEY,
    ],
  );
}

export function uncertified() {
  return table(
    {
      title: 'Which records nobody vouches for',
      description:
        'Segments of records without an entry in audit.segments. An entry follows within seconds; what has none after ten minutes waits in a spool, or was added by somebody else. Of no chain is what came through a collector from services without the preload: all of it in one row.',
      width: 24,
      whenEmpty: 'An entry vouches for every record.',
      sql: `SELECT
  multiIf(
    chain_id = toUUID('00000000-0000-0000-0000-000000000000') AND segment_id = chain_id, 'of no chain',
    arrived_at < now64(3) - ${GRACE}, 'overdue',
    'underway') AS state,
  service_name AS service,
  host_name AS host,
  process_id AS process,
  records,
  first_at AS began,
  arrived_at AS arrived,
  toString(segment_id) AS segment,
  toString(chain_id) AS chain,
  ${SELECT_SERVICE_KEY}
FROM ${UNCERTIFIED}
WHERE last_at >= $__fromTime AND first_at <= $__toTime
  AND ${CHOSEN}
ORDER BY arrived
LIMIT ${MOST}`,
    },
    [
      {
        name: 'state',
        title: 'State',
        widthPixels: 120,
        mappings: mapping({
          underway: { color: COLORS.unknown, text: '… underway' },
          overdue: { color: COLORS.failure, text: '✗ overdue' },
          'of no chain': { color: COLORS.unknown, text: '? of no chain' },
        }),
      },
      SERVICE,
      HOST,
      PROCESS,
      { name: 'records', title: 'Records', widthPixels: 90 },
      { name: 'began', title: 'From', widthPixels: 170, unit: 'dateTimeAsLocal' },
      { name: 'arrived', title: 'Arrived', widthPixels: 150, unit: 'dateTimeFromNow' },
      { name: 'segment', title: 'Segment' },
      { name: 'chain', title: 'Chain' },
      SERVICE_KEY,
    ],
  );
}
