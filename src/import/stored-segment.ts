import { COLUMNS } from '../record/columns.js';
import type { ClickHouseClient } from '../store/client.js';
import { rowsOf } from './retention.js';

/** A segment as the register has it, whoever brought it there. Numbers that may be large are texts. */
export interface StoredSegment {
  readonly id: string;
  readonly first: number;
  readonly last: number;
  /** Rows that differ; a row that came twice counts once. */
  readonly rows: number;
  /** SHA-256 in hex over the rows in RowBinary, in order. */
  readonly digest: string;
  /** Nanoseconds. */
  readonly occurredFrom: string;
  readonly occurredTo: string;
  /** Microseconds: when the register took it in. */
  readonly storedFrom: string;
  readonly storedTo: string;
  readonly schema: number;
  readonly service: string;
  readonly environment: string;
  /** Of the last row: its id in the source, and its own. */
  readonly lastId: string;
  readonly lastRecordId: string;
}

/** Where a segment is looked for: its month keeps ClickHouse from looking through everything. */
export interface SegmentPlace {
  readonly id: string;
  /** As `yyyymm`. */
  readonly month: number;
}

const BYTES = `formatRow('RowBinary', ${COLUMNS.map(({ name }) => name).join(', ')})`;

/** @returns undefined where the register does not have it, or not yet. */
export async function readStoredSegment(
  client: ClickHouseClient,
  table: string,
  { id, month }: SegmentPlace,
): Promise<StoredSegment | undefined> {
  // NOTE: rows that came twice are the same bytes, and `groupUniqArray` leaves one of them.
  const query = `
    SELECT
      id, first, last, toUInt32(length(in_order)) AS rows,
      lower(hex(SHA256(arrayStringConcat(in_order.2)))) AS digest,
      occurredFrom, occurredTo, storedFrom, storedTo, schema, service, environment, lastId, lastRecordId
    FROM
    (
      SELECT
        toString(segment_id) AS id,
        toUInt32(min(sequence)) AS first,
        toUInt32(max(sequence)) AS last,
        arraySort(groupUniqArray((sequence, bytes))) AS in_order,
        toString(toUnixTimestamp64Nano(min(occurred_at))) AS occurredFrom,
        toString(toUnixTimestamp64Nano(max(occurred_at))) AS occurredTo,
        toString(toUnixTimestamp64Milli(min(ingested_at)) * 1000) AS storedFrom,
        toString(toUnixTimestamp64Milli(max(ingested_at)) * 1000) AS storedTo,
        any(schema_version) AS schema,
        any(service_name) AS service,
        any(environment_name) AS environment,
        argMax(source_id, sequence) AS lastId,
        toString(argMax(record_id, sequence)) AS lastRecordId
      FROM
      (
        SELECT
          segment_id, sequence, record_id, occurred_at, ingested_at, schema_version, service_name,
          environment AS environment_name, attributes['audit.import.id'] AS source_id, ${BYTES} AS bytes
        FROM ${table}
        WHERE segment_id = {id: UUID} AND toYYYYMM(occurred_at) = {month: UInt32}
      )
      GROUP BY segment_id
    )`;
  const [segment] = await rowsOf<StoredSegment>(client, query, { id, month });
  return segment;
}

/** The segments of a chain that begin behind a sequence, in order. */
export async function placesBehind(
  client: ClickHouseClient,
  table: string,
  chain: string,
  sequence: number,
): Promise<SegmentPlace[]> {
  const query = `
    SELECT toString(segment_id) AS id, toYYYYMM(min(occurred_at)) AS month
    FROM ${table}
    WHERE chain_id = {chain: UUID} AND sequence > {sequence: UInt64}
    GROUP BY segment_id ORDER BY min(sequence)`;
  return rowsOf<SegmentPlace>(client, query, { chain, sequence });
}
