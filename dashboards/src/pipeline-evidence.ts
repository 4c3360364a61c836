import { chosenAtAnyTime } from './filter.ts';
import { COLORS, mapping } from './looks.ts';
import { table } from './panels.ts';
import { SELECT_SERVICE_KEY, SERVICE, SERVICE_KEY } from './pipeline-processes.ts';
import { SEGMENTS } from './store.ts';

const MOST = 100;
const CHOSEN = chosenAtAnyTime('environment', 'service');
const IS_OF_RANGE = 'row_count > 0 AND occurred_to >= $__fromTime AND occurred_from <= $__toTime';

export function byKey() {
  return table(
    {
      title: 'Which key signed',
      description:
        'Entries of the time range by service and key. SQL cannot check signatures: `audit-register verify --public-key …` does.',
      width: 12,
      whenEmpty: 'No entry was made in this time range.',
      sql: `SELECT
  service_name AS service,
  if(key_id = '', 'none', toString(key_id)) AS key,
  count() AS entries,
  sum(row_count) AS records,
  countIf(shortfall != '') AS short,
  max(sealed_at) AS last,
  ${SELECT_SERVICE_KEY}
FROM ${SEGMENTS}
WHERE sealed_at >= $__fromTime AND sealed_at <= $__toTime
  AND ${CHOSEN}
GROUP BY service, key, ${SERVICE_KEY.name}
ORDER BY entries DESC
LIMIT ${MOST}`,
    },
    [
      SERVICE,
      {
        name: 'key',
        title: 'Key',
        mappings: mapping({ none: { color: COLORS.unknown, text: '– not signed' } }),
      },
      { name: 'entries', title: 'Entries', widthPixels: 90 },
      { name: 'records', title: 'Records', widthPixels: 90 },
      { name: 'short', title: 'Incomplete', widthPixels: 100 },
      { name: 'last', title: 'Last', widthPixels: 150, unit: 'dateTimeFromNow' },
      SERVICE_KEY,
    ],
  );
}

/** NOTE: as in docs/integrity.md. The time range stands on both sides of the join, so that only its records are read. */
export function changedSegments() {
  return table(
    {
      title: 'Whose records are not what was sealed',
      description:
        'The engine computes the SHA-256 of every segment again and compares it with its seal. What has expired or was purged is listed, too; `audit-register verify` tells these apart, checks the links of the chains and the signatures.',
      width: 24,
      whenEmpty: 'Every segment of this time range is what was sealed.',
      sql: `WITH promised AS (
  SELECT DISTINCT chain_id, number, segment_id, service_name, row_count, digest, shortfall, occurred_from
  FROM ${SEGMENTS}
  WHERE ${IS_OF_RANGE}
  AND ${CHOSEN}
)
SELECT
  service_name AS service,
  promised.row_count AS promised_rows,
  stored.rows AS stored_rows,
  multiIf(stored_rows < promised_rows, 'removed', stored_rows > promised_rows, 'added', 'changed') AS verdict,
  promised.occurred_from AS began,
  promised.number AS number,
  toString(promised.segment_id) AS segment,
  toString(promised.chain_id) AS chain,
  ${SELECT_SERVICE_KEY}
FROM promised LEFT JOIN (
  SELECT
    segment_id,
    uniqExact(sequence, bytes) AS rows,
    lower(hex(SHA256(arrayStringConcat(arrayMap(pair -> pair.2, arraySort(pair -> pair.1, groupUniqArray((sequence, bytes)))))))) AS digest
  FROM (SELECT segment_id, sequence, formatRow('RowBinary', * EXCEPT ingested_at) AS bytes FROM audit.records)
  WHERE segment_id IN (SELECT segment_id FROM promised)
  GROUP BY segment_id
) AS stored ON stored.segment_id = promised.segment_id
WHERE stored.digest != if(promised.shortfall = '', promised.digest, JSONExtractString(promised.shortfall, 'digest'))
ORDER BY began
LIMIT ${MOST}`,
    },
    [
      SERVICE,
      {
        name: 'verdict',
        title: 'What',
        widthPixels: 150,
        mappings: mapping({
          changed: { color: COLORS.failure, text: '✗ changed' },
          removed: { color: COLORS.failure, text: '✗ records are gone' },
          added: { color: COLORS.failure, text: '✗ records were added' },
        }),
      },
      { name: 'promised_rows', title: 'Sealed', widthPixels: 90 },
      { name: 'stored_rows', title: 'Stored', widthPixels: 90 },
      { name: 'began', title: 'From', widthPixels: 170, unit: 'dateTimeAsLocal' },
      { name: 'number', title: 'Number', widthPixels: 90 },
      { name: 'segment', title: 'Segment' },
      { name: 'chain', title: 'Chain' },
      SERVICE_KEY,
    ],
  );
}

export function copies() {
  return table(
    {
      title: 'Which records are there more than once',
      description:
        'Segments that arrived again, for example with a restored backup. Views and dashboards count every record once, more slowly while there are any.',
      width: 24,
      whenEmpty: 'Every record is there once.',
      sql: `SELECT toString(segment_id) AS segment, toString(chain_id) AS chain, count() AS copies, max(ingested_at) AS last
FROM audit.later_copies
GROUP BY segment_id, chain_id
ORDER BY last DESC
LIMIT ${MOST}`,
    },
    [
      { name: 'segment', title: 'Segment' },
      { name: 'chain', title: 'Chain' },
      { name: 'copies', title: 'Copies', widthPixels: 90 },
      { name: 'last', title: 'Last', widthPixels: 150, unit: 'dateTimeFromNow' },
    ],
  );
}
