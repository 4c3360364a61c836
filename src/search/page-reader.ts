import { isoTime } from '../record/json.js';
import type { Ask } from './ask.js';
import { behindCursor } from './behind.js';
import { loadWithin } from './bounded-load.js';
import { conditionOf } from './condition.js';
import { readExtent } from './extent.js';
import { timeSpan } from './quantities.js';
import type { Place, RecordLoader } from './record-loader.js';
import type { Cursor, Page, Search } from './search.js';

/** What one page may hold, whatever was asked for. */
export const MOST_RECORDS = 1_000;
/** How much the first window may hold, were records even over time; nearly always the newest are meant. */
const FIRST_WINDOW_ROWS = 50_000n;
/** Each window is so many times as long as the one after it: what is rare takes a few queries, and reads hardly more. */
const WINDOW_GROWTH = 32n;

export interface PageOptions {
  readonly limit: number;
  readonly after?: Cursor | undefined;
  /** A page of large records has fewer. @default no bound */
  readonly mostBytes?: number | undefined;
}

/** Pages of what a search finds, the newest first. */
export class PageReader {
  readonly #ask: Ask;
  readonly #database: string;
  readonly #loader: RecordLoader;

  constructor(ask: Ask, database: string, loader: RecordLoader) {
    this.#ask = ask;
    this.#database = database;
    this.#loader = loader;
  }

  async page(search: Search, { limit, after, mostBytes }: PageOptions, signal?: AbortSignal): Promise<Page> {
    const wanted = Math.max(1, Math.min(limit, MOST_RECORDS));
    const places = await this.#places(search, wanted, after, signal);
    const last = places[wanted - 1];
    if (last === undefined || places.length === wanted) {
      return await this.#pageOf(places, undefined, mostBytes, signal);
    }
    // Two records of one id and instant are kept together, or the next page would begin behind both.
    const shown = places.filter((place, index) => index < wanted || isSame(place, last));
    const next = { occurredAt: isoTime(BigInt(last.nanos), 9), recordId: last.recordId };
    const hasMore = shown.length < places.length || (await this.#places(search, 1, next, signal)).length > 0;
    return await this.#pageOf(shown, hasMore ? next : undefined, mostBytes, signal);
  }

  /** @param next What follows, where all of them are on the page. */
  async #pageOf(
    places: readonly Place[],
    next: Cursor | undefined,
    mostBytes: number | undefined,
    signal?: AbortSignal,
  ): Promise<Page> {
    if (mostBytes === undefined) return { records: await this.#loader.load(places, signal), next };
    const { records, isCut } = await loadWithin(this.#loader, places, mostBytes, signal);
    const last = records.at(-1);
    if (!isCut || last === undefined) return { records, next };
    return { records, next: { occurredAt: last.occurred_at, recordId: last.record_id } };
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
    const behind = behindCursor(after);
    return await this.#loader.places(
      { sql: `${sql} AND ${behind.sql}`, parameters: { ...parameters, ...behind.parameters, limit } },
      'ORDER BY occurred_at DESC, record_id DESC LIMIT {limit:UInt64} WITH TIES',
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
    const perRow = (extent.last - extent.first) / extent.rows + 1n;
    for (let length = perRow * FIRST_WINDOW_ROWS; to > from; length *= WINDOW_GROWTH) {
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
