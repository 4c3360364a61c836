import { isoTime } from '../record/json.js';
import { quoteName } from '../store/migrations.js';
import type { QueryParameters } from '../store/query-rows.js';
import type { Ask } from './ask.js';
import { SHOWN_COLUMNS, toFoundRecord, toIsoTimes } from './found-record.js';
import type { FoundRow } from './found-record.js';
import type { FoundRecord, FoundValue } from './search.js';
import { IS_UNNAMED, ORIGIN_CHAIN, selectEnds } from './settled.js';

/** Where a record stands, and what it may belong to that is settled later. */
export interface Place {
  readonly recordId: string;
  /** Since the epoch. */
  readonly nanos: string;
  /** Of one without a name, else empty. */
  readonly unnamedRequest: string;
  /** Where it was made, though it may have been sent again: nobody else settles it. */
  readonly originChain: string;
  /** Of a statement that did not know how it ended, else empty. */
  readonly openTransaction: string;
}

/** SQL for the columns of a {@link Place}. */
export const PLACE_COLUMNS = `
  record_id AS recordId,
  toString(toUnixTimestamp64Nano(occurred_at)) AS nanos,
  if(${IS_UNNAMED}, toString(request_id), '') AS unnamedRequest,
  if(unnamedRequest = '', '', toString(${ORIGIN_CHAIN})) AS originChain,
  if(category = 'db' AND transaction_outcome = 'unknown', transaction_id, '') AS openTransaction`;

/** However often an id was used. */
const MOST_ROWS = 20_000;

/** A condition on `unique_records`, with what it binds. */
export interface BoundCondition {
  readonly sql: string;
  readonly parameters: QueryParameters;
}

/**
 * Reads whole records, in two steps: first which ones, by a few columns; then all columns of only those, and what is settled
 * of only those. So no query reads bodies and values of rows that are not shown.
 */
export class RecordLoader {
  readonly #ask: Ask;
  readonly #database: string;
  readonly #uniqueRecords: string;

  constructor(ask: Ask, database: string) {
    this.#ask = ask;
    this.#database = database;
    this.#uniqueRecords = `${quoteName(database)}.unique_records`;
  }

  /** @param order What follows the condition: ORDER BY and LIMIT. */
  async places<Found extends Place = Place>(
    { sql, parameters }: BoundCondition,
    order: string,
    signal?: AbortSignal,
    more = '',
  ): Promise<Found[]> {
    return await this.#ask<Found>(
      `SELECT ${PLACE_COLUMNS} ${more} FROM ${this.#uniqueRecords} WHERE ${sql} ${order}`,
      parameters,
      signal,
    );
  }

  /** The records at these places, in their order. NOTE: whoever has the id and the time of another is shown beside it. */
  async load(places: readonly Place[], signal?: AbortSignal): Promise<FoundRecord[]> {
    if (places.length === 0) return [];
    const [rows, actors, ends] = await Promise.all([
      this.#ask<FoundRow>(
        `SELECT ${SHOWN_COLUMNS}
         FROM ${this.#uniqueRecords} AS found
         WHERE ${isAmong('found.')}
         LIMIT ${MOST_ROWS}`,
        bounds(places),
        signal,
      ),
      this.#lateActors(places, signal),
      this.#ends(places, signal),
    ]);
    const rowsAt = Map.groupBy(rows.map(toIsoTimes), (row) => `${row.record_id} ${row.occurred_at}`);
    const unique = new Map(places.map((place) => [keyOf(place), place]));
    return [...unique].flatMap(([key, { recordId, unnamedRequest, originChain }]) =>
      (rowsAt.get(key) ?? []).map((row) =>
        toFoundRecord(row, {
          actor: actors.get(`${unnamedRequest} ${originChain}`),
          ended: ends.get(recordId),
        }),
      ),
    );
  }

  async #lateActors(
    places: readonly Place[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, Readonly<Record<string, FoundValue>>>> {
    const requests = distinct(places.map(({ unnamedRequest }) => unnamedRequest));
    if (requests.length === 0) return new Map();
    const actors = await this.#ask<Readonly<Record<string, FoundValue>>>(
      `SELECT * FROM ${quoteName(this.#database)}.late_actors WHERE request_id IN {requests:Array(UUID)}`,
      { requests },
      signal,
    );
    return new Map(
      actors.map(({ origin_chain: chain, ...actor }) => [
        `${String(actor['request_id'])} ${String(chain)}`,
        actor,
      ]),
    );
  }

  async #ends(places: readonly Place[], signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const open = places.filter(({ openTransaction }) => openTransaction !== '');
    if (open.length === 0) return new Map();
    const condition = `${isAmong('statements.')} AND ends.transaction_id IN {transactions:Array(String)}`;
    const ends = await this.#ask<{ record_id: string; ended: string }>(
      selectEnds(this.#database, condition, `ends_of.occurred_at >= ${instant('oldest')}`),
      { ...bounds(open), transactions: distinct(open.map(({ openTransaction }) => openTransaction)) },
      signal,
    );
    return new Map(ends.filter(({ ended }) => ended !== '').map(({ record_id: id, ended }) => [id, ended]));
  }
}

function instant(name: string): string {
  return `fromUnixTimestamp64Nano({${name}:Int64}, 'UTC')`;
}

function isAmong(prefix: string): string {
  return `${prefix}occurred_at BETWEEN ${instant('oldest')} AND ${instant('newest')} AND ${prefix}record_id IN {records:Array(UUID)}`;
}

function bounds(places: readonly Place[]): QueryParameters {
  const instants = places.map(({ nanos }) => BigInt(nanos));
  return {
    oldest: String(instants.reduce((a, b) => (a < b ? a : b))),
    newest: String(instants.reduce((a, b) => (a > b ? a : b))),
    records: places.map(({ recordId }) => recordId),
  };
}

function keyOf({ recordId, nanos }: Place): string {
  return `${recordId} ${isoTime(BigInt(nanos), 9)}`;
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].filter((text) => text !== '');
}
