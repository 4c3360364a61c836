import { Buffer } from 'node:buffer';
import type { ClickHouseClient } from '../store/client.js';
import { StoreError, findServerError } from '../store/errors.js';
import { ENTRY_FIELDS, EvidenceQueries, rowBytes } from './clickhouse-queries.js';
import type { Parameters } from './clickhouse-queries.js';
import { MOST_SEQUENCES, NO_ROWS } from './evidence.js';
import type {
  ChainPoint,
  Entry,
  EvidenceSource,
  PointHash,
  PurgeRecord,
  SegmentEvidence,
  StoredRow,
  StoredRows,
  StoredSequence,
  Stray,
} from './evidence.js';
import { PURGE_DIGEST_ATTRIBUTE } from './purge.js';
import type { Amendment } from './purge.js';
import type { Period } from './report.js';
import { RowPages } from './row-pages.js';
import { columnsOf } from './schema-columns.js';
import { keptDaysOf } from './table-retention.js';

/** Entries of one answer. */
const PAGE_ENTRIES = 10_000;
/** Chains of one answer, where they are short. */
const PAGE_CHAINS = 500;
/** What the store hashes in one query: it holds the rows in memory. */
const BATCH_ROWS = 200_000;
const BATCH_SEGMENTS = 256;
/** Rows of one window of time, as far as a part of a day can be told apart. */
const WINDOW_ROWS = 1_000_000;
/** A day is cut into no more parts. */
const MOST_CUTS = 1_440;
/** An entry is as much work as some rows. */
const ENTRY_WEIGHT = 'sum(row_count) + 50 * count()';
/** A row that was delivered twice counts once. */
const UNIQUE_ROWS = 'groupUniqArray((sequence, row))';
const MOST_STRAYS = 10_000;
const SECONDS_PER_DAY = 86_400;

export interface ClickHouseSourceOptions {
  readonly client: ClickHouseClient;
  readonly database: string;
  readonly name: string;
  readonly period: Period;
}

interface ChainBounds {
  readonly chain: string;
  readonly low: string;
  readonly high: string;
  readonly last: string;
  readonly entries: string;
}

type EntryRow = Readonly<
  Record<
    | 'seal'
    | 'shortfall'
    | 'signature'
    | 'key_id'
    | 'chain'
    | 'number_text'
    | 'segment'
    | 'rows'
    | 'occurred_from_nanos'
    | 'occurred_to_nanos'
    | 'opened_at_micros'
    | 'sealed_at_micros'
    | 'service_name'
    | 'ingested_at_millis',
    string
  >
>;

/** Opens what a store holds of a period. Every query is bounded: in rows, in segments, or to sums. */
export async function openClickHouseSource(options: ClickHouseSourceOptions): Promise<EvidenceSource> {
  const { client, database, period } = options;
  const queries = new EvidenceQueries(database, period);
  const rows = async <Row>(query: string, parameters: Parameters = {}): Promise<Row[]> => {
    try {
      return await ask<Row>(query, parameters);
    } catch (error) {
      throw withoutTables(error, database) ?? error;
    }
  };
  const ask = async <Row>(query: string, parameters: Parameters): Promise<Row[]> => {
    const result = await client.query({
      query,
      query_params: { ...queries.parameters, ...parameters },
      format: 'JSONEachRow',
    });
    return await result.json<Row>();
  };
  const [clock] = await rows<{ millis: string }>(
    'SELECT toString(toUnixTimestamp64Milli(now64(3))) AS millis',
  );
  const chains = await rows<ChainBounds>(`
    SELECT
      toString(chain_id) AS chain,
      toString(minIf(number, ${queries.isOfPeriod})) AS low,
      toString(maxIf(number, ${queries.isOfPeriod})) AS high,
      toString(max(number)) AS last,
      toString(count()) AS entries
    FROM ${queries.segments}
    GROUP BY chain_id
    HAVING countIf(${queries.isOfPeriod}) > 0
    ORDER BY chain_id`);
  const [sum] = await rows<{ rows: string }>(
    `SELECT toString(sum(row_count)) AS rows FROM ${queries.segments} WHERE ${queries.hasRecordsOfPeriod}`,
  );
  return new ClickHouseSource(options.name, queries, rows, chains, {
    nowMillis: Number(clock?.millis),
    keptDays: await keptDaysOf(client, database),
    rows: Number(sum?.rows),
  });
}

/** Source: ClickHouse, src/Common/ErrorCodes.cpp: UNKNOWN_TABLE, UNKNOWN_DATABASE. */
const NO_TABLE = new Set(['60', '81']);

function withoutTables(error: unknown, database: string): StoreError | undefined {
  if (!NO_TABLE.has(findServerError(error)?.code ?? '')) return undefined;
  return new StoreError(
    'ERR_AUDIT_STORE_REFUSED',
    `Database ${database} has no tables of this version: run \`audit-register migrate\`, or set AUDIT_REGISTER_CLICKHOUSE_DATABASE.`,
    { cause: error },
  );
}

type Rows = <Row>(query: string, parameters?: Parameters) => Promise<Row[]>;

class ClickHouseSource implements EvidenceSource {
  readonly name: string;
  readonly isPartial = false;
  readonly keptDays: number;
  readonly size: { readonly entries: number; readonly rows: number };
  readonly #queries: EvidenceQueries;
  readonly #rows: Rows;
  /** By the clock of the store. */
  readonly #openedAtMillis: number;
  readonly #opened = performance.now();
  readonly #chains: readonly ChainBounds[];

  constructor(
    name: string,
    queries: EvidenceQueries,
    rows: Rows,
    chains: readonly ChainBounds[],
    facts: { readonly nowMillis: number; readonly keptDays: number; readonly rows: number },
  ) {
    this.name = name;
    this.#queries = queries;
    this.#rows = rows;
    this.#chains = chains;
    this.#openedAtMillis = facts.nowMillis;
    this.keptDays = facts.keptDays;
    const entries = chains.reduce((sum, chain) => sum + Number(chain.entries), 0);
    this.size = { entries, rows: facts.rows };
  }

  /** NOTE: goes on, for what is verified may go on being written. */
  get nowMillis(): number {
    return this.#openedAtMillis + Math.round(performance.now() - this.#opened);
  }

  async *entries(): AsyncGenerator<Entry> {
    let some: ChainBounds[] = [];
    let entries = 0;
    for (const chain of this.#chains) {
      const more = Number(chain.entries);
      if (some.length > 0 && (some.length >= PAGE_CHAINS || entries + more > PAGE_ENTRIES)) {
        yield* this.#shortChains(some);
        [some, entries] = [[], 0];
      }
      if (more > PAGE_ENTRIES) {
        yield* this.#longChain(chain);
      } else {
        some.push(chain);
        entries += more;
      }
    }
    if (some.length > 0) yield* this.#shortChains(some);
  }

  async *#shortChains(chains: readonly ChainBounds[]): AsyncGenerator<Entry> {
    const bounds = new Map(chains.map((chain) => [chain.chain, chain]));
    const found = await this.#rows<EntryRow>(
      `SELECT ${ENTRY_FIELDS} FROM ${this.#queries.segments}
       WHERE chain_id IN {chains:Array(UUID)} ORDER BY chain_id, number, ingested_at`,
      { chains: [...bounds.keys()] },
    );
    for (const row of found) {
      const chain = bounds.get(row.chain) as ChainBounds;
      const number = BigInt(row.number_text);
      if (number + 1n >= BigInt(chain.low) && number <= BigInt(chain.high)) yield toEntry(row, chain);
    }
  }

  /** NOTE: goes from number to number as they are there, for a forger may have put one at the end of all numbers. */
  async *#longChain(chain: ChainBounds): AsyncGenerator<Entry> {
    const low = BigInt(chain.low);
    let after: string | undefined;
    for (;;) {
      const found: EntryRow[] = await this.#rows<EntryRow>(
        `SELECT ${ENTRY_FIELDS} FROM ${this.#queries.segments}
         WHERE chain_id = {chain:UUID} AND number <= {high:UInt64}
           AND ${after === undefined ? 'number >= {low:UInt64}' : 'number > {after:UInt64}'}
         ORDER BY number LIMIT ${PAGE_ENTRIES} WITH TIES`,
        {
          chain: chain.chain,
          low: String(low > 0n ? low - 1n : 0n),
          high: chain.high,
          ...(after !== undefined && { after }),
        },
      );
      for (const row of found) yield toEntry(row, chain);
      after = found.at(-1)?.number_text;
      if (after === undefined || found.length < PAGE_ENTRIES) return;
    }
  }

  async hashesAt(points: readonly ChainPoint[]): Promise<readonly PointHash[]> {
    const found = await this.#rows<{ chain: string; number_text: string; hash: string }>(
      `SELECT toString(chain_id) AS chain, toString(number) AS number_text, lower(hex(SHA256(seal))) AS hash
       FROM ${this.#queries.segments}
       WHERE chain_id IN {chains:Array(UUID)}
         AND (chain, number_text) IN (SELECT arrayJoin(arrayZip({chains:Array(String)}, {numbers:Array(String)})))`,
      {
        chains: points.map(({ chain }) => chain),
        numbers: points.map(({ number }) => String(number)),
      },
    );
    return found.map(({ chain, number_text, hash }) => ({ chain, number: Number(number_text), hash }));
  }

  async *segments(): AsyncGenerator<SegmentEvidence> {
    const { segments, hasRecordsOfPeriod } = this.#queries;
    const windows = this.#windows('occurred_from', ENTRY_WEIGHT, segments, hasRecordsOfPeriod);
    for await (const { from, to } of windows) {
      let batch: Entry[] = [];
      let rows = 0;
      const found = await this.#rows<EntryRow>(
        `SELECT ${ENTRY_FIELDS} FROM ${segments}
         WHERE ${hasRecordsOfPeriod} AND occurred_from >= ${second('low')} AND occurred_from < ${second('high')}
         ORDER BY JSONExtractUInt(seal, 'schema'), occurred_from, chain_id, number, ingested_at`,
        { low: from, high: to },
      );
      for (const row of found) {
        const entry = toEntry(row);
        const before = batch.at(-1);
        const isSame = before?.columns.segment === entry.columns.segment;
        const isFull = batch.length >= BATCH_SEGMENTS || rows + entry.columns.rows > BATCH_ROWS;
        if (before !== undefined && !isSame && (isFull || schemaOf(before) !== schemaOf(entry))) {
          yield* this.#evidence(batch);
          [batch, rows] = [[], 0];
        }
        batch.push(entry);
        if (!isSame) rows += entry.columns.rows;
      }
      if (batch.length > 0) yield* this.#evidence(batch);
    }
  }

  async *#evidence(entries: readonly Entry[]): AsyncGenerator<SegmentEvidence> {
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

  async *strays(): AsyncGenerator<Stray> {
    const { records, segments, isRecordOfPeriod } = this.#queries;
    let left = MOST_STRAYS;
    for await (const { from, to } of this.#windows('occurred_at', 'count()', records, isRecordOfPeriod)) {
      const found = await this.#rows<Record<keyof Stray, string>>(
        `SELECT
           toString(r.chain_id) AS chain,
           toString(r.segment_id) AS segment,
           toString(max(s.is_sealed)) AS isSealed,
           toString(count()) AS rows,
           toString(min(r.sequence)) AS first,
           toString(max(r.sequence)) AS last,
           toString(toUnixTimestamp64Nano(min(r.occurred_at))) AS occurredFrom,
           toString(toUnixTimestamp64Nano(max(r.occurred_at))) AS occurredTo,
           toString(toUnixTimestamp64Milli(max(r.ingested_at))) AS ingestedAtMillis,
           any(r.service_name) AS service,
           any(r.host_name) AS host,
           toString(any(r.process_id)) AS pid
         FROM
         (
           SELECT chain_id, segment_id, sequence, occurred_at, ingested_at, service_name, host_name, process_id
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
         GROUP BY r.chain_id, r.segment_id
         LIMIT ${left}`,
        { low: from, high: to },
      );
      for (const stray of found) yield await this.#toStray(stray);
      left -= found.length;
      if (left <= 0) return;
    }
  }

  /** NOTE: an entry for another time lies outside of the window. */
  async #toStray(row: Record<keyof Stray, string>): Promise<Stray> {
    const [entry] = await this.#rows(
      `SELECT 1 FROM ${this.#queries.segments}
       WHERE chain_id = {chain:UUID} AND segment_id = {segment:UUID} LIMIT 1`,
      { chain: row.chain, segment: row.segment },
    );
    return {
      chain: row.chain,
      segment: row.segment,
      isSealed: row.isSealed === '1' || entry !== undefined,
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

  async amendments(segment: string): Promise<(Amendment & { purge: string })[]> {
    const found = await this.#rows<{ purge: string; rowsLeft: string; digestLeft: string }>(
      `SELECT DISTINCT toString(purge_id) AS purge, toString(rows_left) AS rowsLeft, digest_left AS digestLeft
       FROM ${this.#queries.purges} WHERE segment_id = {segment:UUID}`,
      { segment },
    );
    return found.map((row) => ({ ...row, segment, rowsLeft: Number(row.rowsLeft) }));
  }

  async purgeRecords(purge: string): Promise<PurgeRecord[]> {
    return await this.#rows<PurgeRecord>(
      `SELECT toString(chain_id) AS chain, toString(segment_id) AS segment, attributes[{attribute:String}] AS digest
       FROM ${this.#queries.records}
       WHERE record_id = {purge:UUID} AND category = 'app' AND action = 'purge'`,
      { purge, attribute: PURGE_DIGEST_ATTRIBUTE },
    );
  }

  async *amendmentsOf(purge: string): AsyncGenerator<Amendment> {
    let after = '';
    for (;;) {
      const found: { segment: string; rowsLeft: string; digestLeft: string }[] = await this.#rows(
        `SELECT DISTINCT toString(segment_id) AS segment, toString(rows_left) AS rowsLeft, digest_left AS digestLeft
         FROM ${this.#queries.purges} WHERE purge_id = {purge:UUID} AND segment > {after:String}
         ORDER BY segment LIMIT ${PAGE_ENTRIES} WITH TIES`,
        { purge, after },
      );
      for (const row of found) yield { ...row, rowsLeft: Number(row.rowsLeft) };
      after = found.at(-1)?.segment ?? '';
      if (found.length < PAGE_ENTRIES) return;
    }
  }

  async segmentOf(chain: string, segment: string): Promise<SegmentEvidence | undefined> {
    const found = await this.#rows<EntryRow>(
      `SELECT ${ENTRY_FIELDS} FROM ${this.#queries.segments}
       WHERE chain_id = {chain:UUID} AND segment_id = {segment:UUID}`,
      { chain, segment },
    );
    if (found.length === 0) return undefined;
    for await (const evidence of this.#evidence(found.map((row) => toEntry(row)))) return evidence;
    return undefined;
  }

  /** Parts of time with about as many rows each, in seconds since the epoch. */
  async *#windows(
    column: string,
    weight: string,
    table: string,
    where: string,
  ): AsyncGenerator<{ readonly from: number; readonly to: number }> {
    const days = await this.#rows<{ day: string; rows: string }>(
      `SELECT toString(intDiv(toUnixTimestamp64Second(${column}), ${SECONDS_PER_DAY})) AS day, toString(${weight}) AS rows
       FROM ${table} WHERE ${where} GROUP BY day ORDER BY toInt64(day)`,
    );
    let from: number | undefined;
    let to = 0;
    let sum = 0;
    for (const { day, rows } of days) {
      const start = Number(day) * SECONDS_PER_DAY;
      if (from !== undefined && sum + Number(rows) > WINDOW_ROWS) {
        yield { from, to };
        from = undefined;
      }
      if (Number(rows) > WINDOW_ROWS) {
        const cuts = Math.min(MOST_CUTS, Math.ceil(Number(rows) / WINDOW_ROWS));
        const length = Math.ceil(SECONDS_PER_DAY / cuts);
        for (let at = 0; at < SECONDS_PER_DAY; at += length)
          yield { from: start + at, to: start + Math.min(at + length, SECONDS_PER_DAY) };
        continue;
      }
      if (from === undefined) [from, sum] = [start, 0];
      sum += Number(rows);
      to = start + SECONDS_PER_DAY;
    }
    if (from !== undefined) yield { from, to };
  }
}

function toEntry(row: EntryRow, chain?: ChainBounds): Entry {
  return {
    certificate: {
      seal: row.seal,
      shortfall: row.shortfall,
      signature: row.signature,
      keyId: row.key_id,
    },
    columns: {
      chain: row.chain,
      number: Number(row.number_text),
      segment: row.segment,
      rows: Number(row.rows),
      occurredFrom: row.occurred_from_nanos,
      occurredTo: row.occurred_to_nanos,
      openedAt: row.opened_at_micros,
      sealedAt: row.sealed_at_micros,
      service: row.service_name,
    },
    ingestedAtMillis: Number(row.ingested_at_millis),
    isOutside: chain !== undefined && BigInt(row.number_text) < BigInt(chain.low),
    lastNumber: Number(chain?.last ?? row.number_text),
  };
}

/** NOTE: of a seal that is none it does not matter: it is told as forged. */
function schemaOf({ certificate }: Entry): number {
  const match = /"schema":(\d{1,9})/.exec(certificate.seal);
  return Number(match?.[1] ?? 0);
}

/** NOTE: an entry of another chain may name the same segment, and must not stand in for the one whose it is. */
function groupByPlace(entries: readonly Entry[]): Entry[][] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const { chain, number, segment } = entry.columns;
    const place = `${chain}/${number}/${segment}`;
    const same = groups.get(place);
    if (same === undefined) groups.set(place, [entry]);
    else same.push(entry);
  }
  return [...groups.values()];
}

function smaller(a: string, b: string): string {
  return BigInt(a) < BigInt(b) ? a : b;
}

function larger(a: string, b: string): string {
  return BigInt(a) > BigInt(b) ? a : b;
}

function inRange(column: string): string {
  return `${column} BETWEEN fromUnixTimestamp64Nano({low:Int64}, 'UTC') AND fromUnixTimestamp64Nano({high:Int64}, 'UTC')`;
}

function second(name: string): string {
  return `fromUnixTimestamp64Second({${name}:Int64}, 'UTC')`;
}
