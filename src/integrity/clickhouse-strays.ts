import { second } from './clickhouse-queries.js';
import type { EvidenceQueries, Rows } from './clickhouse-queries.js';
import type { Stray } from './evidence.js';
import { timeWindows } from './time-windows.js';

/** More segments that nobody has certified are not named. */
const MOST_STRAYS = 10_000;

type StrayRow = Readonly<Record<keyof Stray, string>>;

/**
 * What the views behind a collector's tables make. NOTE: no more than that: whoever inserts a row that is vouched for, or of another
 * kind, and leaves its chain out, has added it.
 */
const IS_OF_NO_CHAIN = `(
  chain_id = toUUID('00000000-0000-0000-0000-000000000000') AND segment_id = toUUID('00000000-0000-0000-0000-000000000000')
  AND sequence = 0 AND policy_rule IN ('logs/audit', 'traces/audit') AND actor_assurance NOT IN ('verified', 'trusted')
  AND category IN ('http', 'db', 'auth', 'app'))`;

/** Rows that no entry speaks of, window by window. */
export async function* readStrays(queries: EvidenceQueries, rows: Rows): AsyncGenerator<Stray> {
  const { records, segments, isRecordOfPeriod } = queries;
  let left = MOST_STRAYS;
  for await (const { from, to } of timeWindows(rows, 'occurred_at', 'count()', records, isRecordOfPeriod)) {
    const found = await rows<StrayRow>(
      `SELECT
         toString(r.chain_id) AS chain,
         toString(r.segment_id) AS segment,
         toString(max(s.is_sealed)) AS isSealed,
         toString(r.is_of_no_chain) AS isOfNoChain,
         toString(count()) AS rows,
         toString(min(r.sequence)) AS first,
         toString(max(r.sequence)) AS last,
         toString(toUnixTimestamp64Nano(min(r.occurred_at))) AS occurredFrom,
         toString(toUnixTimestamp64Nano(max(r.occurred_at))) AS occurredTo,
         toString(toUnixTimestamp64Milli(min(r.ingested_at))) AS ingestedAtMillis,
         any(r.service_name) AS service,
         any(r.host_name) AS host,
         toString(any(r.process_id)) AS pid
       FROM
       (
         SELECT chain_id, segment_id, sequence, occurred_at, ingested_at, service_name, host_name, process_id,
           ${IS_OF_NO_CHAIN} AS is_of_no_chain
         FROM ${records}
         WHERE ${isRecordOfPeriod} AND occurred_at >= ${second('low')} AND occurred_at < ${second('high')}
       ) AS r
       LEFT JOIN
       (
         SELECT chain_id, segment_id, 1 AS is_sealed, min(occurred_from) AS sealed_from, max(occurred_to) AS sealed_to
         FROM ${segments}
         WHERE row_count > 0 AND occurred_to >= ${second('low')} AND occurred_from < ${second('high')}
         GROUP BY chain_id, segment_id
       ) AS s ON r.chain_id = s.chain_id AND r.segment_id = s.segment_id
       WHERE s.is_sealed = 0 OR r.occurred_at < s.sealed_from OR r.occurred_at > s.sealed_to
       GROUP BY r.chain_id, r.segment_id, r.is_of_no_chain, if(r.is_of_no_chain, r.service_name, '')
       LIMIT ${left}`,
      { low: from, high: to },
    );
    for (const stray of found) yield await toStray(queries, rows, stray);
    left -= found.length;
    if (left <= 0) return;
  }
}

/** NOTE: an entry for another time lies outside of the window. */
async function toStray(queries: EvidenceQueries, rows: Rows, row: StrayRow): Promise<Stray> {
  const [entry] = await rows(
    `SELECT 1 FROM ${queries.segments}
     WHERE chain_id = {chain:UUID} AND segment_id = {segment:UUID} LIMIT 1`,
    { chain: row.chain, segment: row.segment },
  );
  return {
    chain: row.chain,
    segment: row.segment,
    isSealed: row.isSealed === '1' || entry !== undefined,
    ...(row.isOfNoChain === '1' && { isOfNoChain: true }),
    rows: Number(row.rows),
    first: Number(row.first),
    last: Number(row.last),
    occurredFrom: row.occurredFrom,
    occurredTo: row.occurredTo,
    ingestedAtMillis: Number(row.ingestedAtMillis),
    service: row.service,
    host: row.host,
    pid: Number(row.pid),
  };
}
