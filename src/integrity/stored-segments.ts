import { Buffer } from 'node:buffer';
import { inRange, rowBytes } from './clickhouse-queries.js';
import type { EvidenceQueries, Rows } from './clickhouse-queries.js';
import { groupByPlace, schemaOf } from './entry-row.js';
import { MOST_SEQUENCES, NO_ROWS } from './evidence.js';
import type { Entry, SegmentEvidence, StoredRow, StoredRows, StoredSequence } from './evidence.js';
import { RowPages } from './row-pages.js';
import { columnsOf } from './schema-columns.js';

/** A row that was delivered twice counts once. */
const UNIQUE_ROWS = 'groupUniqArray((sequence, row))';

/** What ClickHouse holds of sealed segments. */
export class StoredSegments {
  readonly #queries: EvidenceQueries;
  readonly #rows: Rows;

  constructor(queries: EvidenceQueries, rows: Rows) {
    this.#queries = queries;
    this.#rows = rows;
  }

  /** @param entries Of one version of the columns; all their rows are looked at together. */
  async *evidenceOf(entries: readonly Entry[]): AsyncGenerator<SegmentEvidence> {
    const groups = groupByPlace(entries);
    const schema = schemaOf(entries[0] as Entry);
    const times = entries.map(({ columns }) => columns);
    const range = {
      low: times.reduce(
        (least, { occurredFrom }) => smaller(least, occurredFrom),
        times[0]?.occurredFrom ?? '',
      ),
      high: times.reduce((most, { occurredTo }) => larger(most, occurredTo), times[0]?.occurredTo ?? ''),
    };
    const ids = new Set(entries.map(({ columns }) => columns.segment));
    const stored = await this.#stored([...ids], schema, range);
    const pages = new RowPages(
      [...ids].map((segment) => ({ segment, rows: stored.get(segment)?.rows ?? 0 })),
      (some) => this.#storedRows(some, schema, range),
    );
    for (const same of groups) {
      const { segment } = (same[0] as Entry).columns;
      yield {
        entries: same,
        stored: stored.get(segment) ?? NO_ROWS,
        sequences: () => this.#sequences(segment, schema, range),
        rows: () => pages.rowsOf(segment),
      };
    }
  }

  async #stored(
    segments: readonly string[],
    schema: number,
    range: { readonly low: string; readonly high: string },
  ): Promise<Map<string, StoredRows>> {
    if (columnsOf(schema) === undefined) return new Map();
    const found = await this.#rows<Record<keyof StoredRows | 'segment', string>>(
      `SELECT
         toString(segment_id) AS segment,
         toString(count()) AS rows,
         toString(length(${UNIQUE_ROWS})) AS distinct,
         toString(uniqExact(sequence)) AS sequences,
         lower(hex(SHA256(arrayStringConcat(arrayMap(pair -> pair.2, arraySort(pair -> pair.1, ${UNIQUE_ROWS})))))) AS digest,
         toString(min(occurred_nanos)) AS occurredFrom
       FROM
       (
         SELECT segment_id, sequence, ${rowBytes(schema)} AS row, toUnixTimestamp64Nano(occurred_at) AS occurred_nanos
         FROM ${this.#queries.records}
         WHERE segment_id IN {segments:Array(UUID)} AND ${inRange('occurred_at')}
       )
       GROUP BY segment_id`,
      { segments, ...range },
    );
    return new Map(
      found.map((row) => [
        row.segment,
        {
          rows: Number(row.rows),
          distinct: Number(row.distinct),
          sequences: Number(row.sequences),
          digest: row.digest,
          occurredFrom: row.occurredFrom,
        },
      ]),
    );
  }

  async #sequences(
    segment: string,
    schema: number,
    range: { readonly low: string; readonly high: string },
  ): Promise<StoredSequence[]> {
    const found = await this.#rows<Record<keyof StoredSequence, string>>(
      `SELECT
         toString(number) AS sequence,
         toString(uniqExact(row)) AS variants,
         toString(max(ingested_millis)) AS ingestedAtMillis
       FROM
       (
         SELECT sequence AS number, ${rowBytes(schema)} AS row, toUnixTimestamp64Milli(ingested_at) AS ingested_millis
         FROM ${this.#queries.records}
         WHERE segment_id = {segment:UUID} AND ${inRange('occurred_at')}
       )
       GROUP BY number
       ORDER BY number
       LIMIT ${MOST_SEQUENCES}`,
      { segment, ...range },
    );
    return found.map((row) => ({
      sequence: Number(row.sequence),
      variants: Number(row.variants),
      ingestedAtMillis: Number(row.ingestedAtMillis),
    }));
  }

  async #storedRows(
    segments: readonly string[],
    schema: number,
    range: { readonly low: string; readonly high: string },
  ): Promise<Map<string, StoredRow[]>> {
    if (columnsOf(schema) === undefined) return new Map();
    const found = await this.#rows<Record<keyof StoredRow | 'segment', string>>(
      `SELECT
         toString(id) AS segment,
         toString(number) AS sequence,
         toString(toUnixTimestamp64Milli(ingested_at)) AS ingestedAtMillis,
         toString(toUnixTimestamp64Nano(occurred_at)) AS occurredAt,
         base64Encode(row) AS bytes
       FROM
       (
         SELECT segment_id AS id, sequence AS number, ingested_at, occurred_at, ${rowBytes(schema)} AS row
         FROM ${this.#queries.records}
         WHERE segment_id IN {segments:Array(UUID)} AND ${inRange('occurred_at')}
       )
       ORDER BY id, number`,
      { segments, ...range },
    );
    const bySegment = new Map<string, StoredRow[]>();
    for (const row of found) {
      const rows = bySegment.get(row.segment) ?? [];
      rows.push({
        sequence: Number(row.sequence),
        ingestedAtMillis: Number(row.ingestedAtMillis),
        occurredAt: row.occurredAt,
        bytes: Buffer.from(row.bytes, 'base64'),
      });
      bySegment.set(row.segment, rows);
    }
    return bySegment;
  }
}

function smaller(a: string, b: string): string {
  return BigInt(a) < BigInt(b) ? a : b;
}

function larger(a: string, b: string): string {
  return BigInt(a) > BigInt(b) ? a : b;
}
