import type { ClickHouseClient } from '../store/client.js';
import { readClockMillis } from '../store/clock.js';
import { describeMissingTables } from '../store/errors.js';
import { queryRows } from '../store/query-rows.js';
import { ENTRY_FIELDS, EvidenceQueries, second } from './clickhouse-queries.js';
import type { Parameters, Rows } from './clickhouse-queries.js';
import { readStrays } from './clickhouse-strays.js';
import { schemaOf, toEntry } from './entry-row.js';
import type { ChainBounds, EntryRow } from './entry-row.js';
import type {
  ChainPoint,
  Entry,
  EvidenceSource,
  PointHash,
  PurgeRecord,
  SegmentEvidence,
  Stray,
} from './evidence.js';
import { PURGE_DIGEST_ATTRIBUTE } from './purge.js';
import type { Amendment } from './purge.js';
import type { Period } from './report.js';
import { StoredSegments } from './stored-segments.js';
import { keptDaysOf } from './table-retention.js';
import { timeWindows } from './time-windows.js';
import { performance } from '../timers.js';

/** Entries of one answer. */
const PAGE_ENTRIES = 10_000;
/** Chains of one answer, where they are short. */
const PAGE_CHAINS = 500;
/** What the store hashes in one query: it holds the rows in memory. */
const BATCH_ROWS = 200_000;
const BATCH_SEGMENTS = 256;
/** An entry is as much work as some rows. */
const ENTRY_WEIGHT = 'sum(row_count) + 50 * count()';

export interface ClickHouseSourceOptions {
  readonly client: ClickHouseClient;
  readonly database: string;
  readonly name: string;
  readonly period: Period;
}

/** Opens what a store holds of a period. Every query is bounded: in rows, in segments, or to sums. */
export async function openClickHouseSource(options: ClickHouseSourceOptions): Promise<EvidenceSource> {
  const { client, database, period } = options;
  const queries = new EvidenceQueries(database, period);
  const rows = async <Row>(query: string, parameters: Parameters = {}): Promise<Row[]> => {
    try {
      return await queryRows<Row>(client, query, { ...queries.parameters, ...parameters });
    } catch (error) {
      throw describeMissingTables(error, database) ?? error;
    }
  };
  const clockMillis = await readClockMillis((query) => rows(query));
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
    nowMillis: clockMillis,
    keptDays: await keptDaysOf(client, database),
    rows: Number(sum?.rows),
  });
}

class ClickHouseSource implements EvidenceSource {
  readonly name: string;
  readonly isPartial = false;
  readonly keptDays: number;
  readonly size: { readonly entries: number; readonly rows: number };
  readonly #queries: EvidenceQueries;
  readonly #rows: Rows;
  readonly #stored: StoredSegments;
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
    this.#stored = new StoredSegments(queries, rows);
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
    const windows = timeWindows(this.#rows, 'occurred_from', ENTRY_WEIGHT, segments, hasRecordsOfPeriod);
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
          yield* this.#stored.evidenceOf(batch);
          [batch, rows] = [[], 0];
        }
        batch.push(entry);
        if (!isSame) rows += entry.columns.rows;
      }
      if (batch.length > 0) yield* this.#stored.evidenceOf(batch);
    }
  }

  strays(): AsyncGenerator<Stray> {
    return readStrays(this.#queries, this.#rows);
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
    for await (const evidence of this.#stored.evidenceOf(found.map((row) => toEntry(row)))) return evidence;
    return undefined;
  }
}
