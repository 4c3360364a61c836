import { isoTime } from '../record/json.js';
import { quoteName } from '../store/migrations.js';
import type { Ask } from './ask.js';
import { conditionOf } from './condition.js';
import { readExtent } from './extent.js';
import { selectRecords, toFoundRecord } from './found-record.js';
import type { FoundRow } from './found-record.js';
import { timeSpan } from './quantities.js';
import type { Cursor, FoundRecord, Page, Search } from './search.js';

/** What one page may hold, whatever was asked for. */
export const MOST_RECORDS = 1_000;
const HOUR_NANOS = 3_600_000_000_000n;
/** The first window that is looked into; nearly always the newest records are meant. */
const FIRST_WINDOW_NANOS = HOUR_NANOS;
/** Each window is so many times as long as the one after it: what is rare takes a few queries, and reads hardly more. */
const WINDOW_GROWTH = 16n;

/** A record, and where it stands. */
export interface Place {
  readonly recordId: string;
  /** Since the epoch. */
  readonly nanos: string;
}

/** Pages of what a search finds, the newest first. */
export class PageReader {
  readonly #ask: Ask;
  readonly #database: string;
  readonly #uniqueRecords: string;

  constructor(ask: Ask, database: string) {
    this.#ask = ask;
    this.#database = database;
    this.#uniqueRecords = `${quoteName(database)}.unique_records`;
  }

  async page(
    search: Search,
    { limit, after }: { readonly limit: number; readonly after?: Cursor | undefined },
    signal?: AbortSignal,
  ): Promise<Page> {
    const wanted = Math.max(1, Math.min(limit, MOST_RECORDS));
    const places = await this.#places(search, wanted, after, signal);
    const last = places[wanted - 1];
    if (last === undefined || places.length === wanted) {
      return { records: await this.recordsAt(search, places, signal) };
    }
    // Two records of one id and instant are kept together, or the next page would begin behind both.
    const shown = places.filter((place, index) => index < wanted || isSame(place, last));
    return {
      records: await this.recordsAt(search, shown, signal),
      next:
        shown.length === places.length
          ? undefined
          : { occurredAt: isoTime(BigInt(last.nanos), 9), recordId: last.recordId },
    };
  }

  /** The records at these places, which may be in any order; the newest first. */
  async recordsAt(search: Search, places: readonly Place[], signal?: AbortSignal): Promise<FoundRecord[]> {
    if (places.length === 0) return [];
    const instants = places.map(({ nanos }) => BigInt(nanos));
    const { sql, parameters } = conditionOf(search, this.#database);
    const periodOf = (column: string): string =>
      `${column} BETWEEN fromUnixTimestamp64Nano({oldest:Int64}, 'UTC') AND fromUnixTimestamp64Nano({newest:Int64}, 'UTC')`;
    const isShown = `${periodOf('occurred_at')} AND record_id IN {shown:Array(UUID)} AND ${sql}`;
    const rows = await this.#ask<FoundRow>(
      `${selectRecords(this.#database, isShown, periodOf)}
       ORDER BY settled.occurred_at DESC, settled.record_id DESC`,
      {
        ...parameters,
        oldest: String(instants.reduce(smaller)),
        newest: String(instants.reduce(larger)),
        shown: places.map(({ recordId }) => recordId),
      },
      signal,
    );
    return rows.map(toFoundRecord);
  }

  /** One more than wanted, where there are more. */
  async #places(
    search: Search,
    wanted: number,
    after: Cursor | undefined,
    signal?: AbortSignal,
  ): Promise<Place[]> {
    const places: Place[] = [];
    for await (const window of this.#windows(search, after, signal)) {
      const more = wanted + 1 - places.length;
      places.push(...(await this.#placesWithin({ ...search, ...window }, more, after, signal)));
      if (places.length > wanted) break;
    }
    return places;
  }

  async #placesWithin(
    search: Search,
    limit: number,
    after: Cursor | undefined,
    signal?: AbortSignal,
  ): Promise<Place[]> {
    const { sql, parameters } = conditionOf(search, this.#database);
    const instant = "fromUnixTimestamp64Nano({after_nanos:Int64}, 'UTC')";
    const isBehind = `occurred_at <= ${instant} AND (occurred_at < ${instant} OR record_id < {after_id:UUID})`;
    return await this.#ask<Place>(
      `SELECT record_id AS recordId, toString(toUnixTimestamp64Nano(occurred_at)) AS nanos
       FROM ${this.#uniqueRecords}
       WHERE ${sql} ${after === undefined ? '' : `AND ${isBehind}`}
       ORDER BY occurred_at DESC, record_id DESC
       LIMIT {limit:UInt64} WITH TIES`,
      {
        ...parameters,
        limit,
        ...(after === undefined
          ? {}
          : { after_nanos: String(timeSpan(after.occurredAt, 0).from), after_id: after.recordId }),
      },
      signal,
    );
  }

  /** Periods one before the other, each longer than the last, down to the first record there is. */
  async *#windows(
    search: Search,
    after: Cursor | undefined,
    signal?: AbortSignal,
  ): AsyncGenerator<Pick<Search, 'from' | 'to'>> {
    const extent = await readExtent(this.#ask, this.#database, signal);
    if (extent === undefined) return;
    const from = search.from === '' ? extent.first : larger(timeSpan(search.from, 0).from, extent.first);
    let to = search.to === '' ? extent.last + 1n : smaller(timeSpan(search.to, 0).from, extent.last + 1n);
    if (after !== undefined) to = smaller(to, timeSpan(after.occurredAt, 0).from + 1n);
    for (let length = FIRST_WINDOW_NANOS; to > from; length *= WINDOW_GROWTH) {
      const begin = larger(from, to - length);
      yield { from: isoTime(begin, 9), to: isoTime(to, 9) };
      to = begin;
    }
  }
}

function isSame(a: Place, b: Place): boolean {
  return a.nanos === b.nanos && a.recordId === b.recordId;
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
