import { quoteName } from '../store/migrations.js';
import type { Ask } from './ask.js';
import { conditionOf } from './condition.js';
import { MOST_RECORDS } from './page-reader.js';
import type { PageOptions, PageReader } from './page-reader.js';
import type { Place, RecordLoader } from './record-loader.js';
import type { Cursor, FoundRecord, Page, Search } from './search.js';

/**
 * The store says when it took a record in, not when it could first be read: an insert that began earlier may be seen later.
 * So what arrived up to this long before the cursor is looked at again. Longer than an insert may take.
 */
const OVERLAP_MILLIS = 60_000;
/** Records that are remembered for a cursor. Where more arrive within the overlap, it gets shorter. */
const MOST_REMEMBERED = 10_000;
/** Readers that are remembered; the one that has not asked for longest is forgotten. */
const MOST_CURSORS = 100;

interface Arrival extends Place {
  readonly arrivedMillis: string;
}

/** A place in the order of arrival. By the id too: a whole insert may arrive in one millisecond. */
interface Since {
  readonly millis: number;
  readonly recordId: string;
}

/** What a reader has been given, or could have seen, of what arrived since a moment; nothing before that is looked at again. */
interface Seen {
  readonly since: Since;
  /** When it arrived, by its id. */
  readonly arrivals: ReadonlyMap<string, number>;
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';
/** A reader that has not been given anything yet. */
const NO_RECORD = '';

/** Records in the order of their arrival, for those who watch. */
export class Arrivals {
  readonly #ask: Ask;
  readonly #database: string;
  readonly #loader: RecordLoader;
  readonly #pages: PageReader;
  readonly #seen = new Map<string, Seen>();

  constructor(ask: Ask, database: string, loader: RecordLoader, pages: PageReader) {
    this.#ask = ask;
    this.#database = database;
    this.#loader = loader;
    this.#pages = pages;
  }

  /** The first page, after which {@link newerThan} gives what could not be on it. */
  async firstPage(search: Search, options: PageOptions, signal?: AbortSignal): Promise<Page> {
    // NOTE: before the page, so that nothing which arrives meanwhile counts as seen.
    const before = await this.#arrivedLately(search, signal);
    const page = await this.#pages.page(search, options, signal);
    const newest = page.records[0];
    if (newest === undefined) return page;
    const shown = page.records.map(
      (record) => [record.record_id, Date.parse(String(record['ingested_at']))] as const,
    );
    this.#remember(search, newest.record_id, {
      since: before.since,
      arrivals: new Map([...before.arrivals, ...shown]),
    });
    return page;
  }

  async newerThan(
    search: Search,
    cursor: Cursor | undefined,
    limit: number,
    signal?: AbortSignal,
  ): Promise<readonly FoundRecord[]> {
    const wanted = Math.max(1, Math.min(limit, MOST_RECORDS));
    const seen = await this.#seenBy(search, cursor, signal);
    // NOTE: before the question, so that nothing which arrives meanwhile counts as looked at.
    const settledUntil = await this.#overlapBegin(signal);
    const arrivals = await this.#arrivals(search, seen.since, signal);
    const fresh = arrivals.filter(({ recordId }) => !seen.arrivals.has(recordId)).slice(0, wanted);
    const last = fresh.at(-1);
    if (last === undefined) {
      this.#remember(search, cursor?.recordId ?? NO_RECORD, {
        ...seen,
        since: later(seen.since, settledUntil),
      });
      return [];
    }
    const overlap = Math.min(Number(last.arrivedMillis) - OVERLAP_MILLIS, settledUntil);
    const more = fresh.map(({ recordId, arrivedMillis }) => [recordId, Number(arrivedMillis)] as const);
    this.#remember(search, last.recordId, {
      since: later(seen.since, overlap),
      arrivals: new Map([...seen.arrivals, ...more]),
    });
    return await this.#loader.load(fresh, signal);
  }

  /** Of a cursor that is not remembered only the record itself is known. */
  async #seenBy(search: Search, cursor: Cursor | undefined, signal?: AbortSignal): Promise<Seen> {
    const known = this.#seen.get(keyOf(search, cursor?.recordId ?? NO_RECORD));
    if (known !== undefined) return known;
    if (cursor === undefined) return { since: { millis: 0, recordId: FIRST_ID }, arrivals: new Map() };
    const { recordId } = cursor;
    const rows = await this.#ask<{ millis: string }>(
      `SELECT toString(toUnixTimestamp64Milli(ingested_at)) AS millis
       FROM ${quoteName(this.#database)}.unique_records
       WHERE record_id = {record:UUID} ORDER BY ingested_at LIMIT 1`,
      { record: recordId },
      signal,
    );
    const millis = Number(rows[0]?.millis ?? 0);
    return { since: { millis, recordId: FIRST_ID }, arrivals: new Map([[recordId, millis]]) };
  }

  #remember(search: Search, recordId: string, seen: Seen): void {
    const key = keyOf(search, recordId);
    this.#seen.delete(key);
    this.#seen.set(key, shortened(seen));
    if (this.#seen.size <= MOST_CURSORS) return;
    for (const oldest of this.#seen.keys()) {
      this.#seen.delete(oldest);
      return;
    }
  }

  /** From the place on, in order; so many that a wanted number of them is not remembered, where there are so many. */
  async #arrivals(search: Search, { millis, recordId }: Since, signal?: AbortSignal): Promise<Arrival[]> {
    const { sql, parameters } = conditionOf(search, this.#database);
    const instant = "fromUnixTimestamp64Milli({since:Int64}, 'UTC')";
    const isSince = `ingested_at >= ${instant} AND (ingested_at > ${instant} OR record_id >= {since_id:UUID})`;
    return await this.#loader.places<Arrival>(
      {
        sql: `${isSince} AND ${sql}`,
        parameters: { ...parameters, since: String(millis), since_id: recordId },
      },
      `ORDER BY ingested_at, record_id LIMIT ${MOST_REMEMBERED + MOST_RECORDS}`,
      signal,
      ', toString(toUnixTimestamp64Milli(ingested_at)) AS arrivedMillis',
    );
  }

  /** What may be on a first page already; what arrived before that is never looked at. */
  async #arrivedLately(search: Search, signal?: AbortSignal): Promise<Seen> {
    const { sql, parameters } = conditionOf(search, this.#database);
    const begin = await this.#overlapBegin(signal);
    const rows = await this.#ask<{ recordId: string; millis: string }>(
      `SELECT record_id AS recordId, toString(toUnixTimestamp64Milli(ingested_at)) AS millis
       FROM ${quoteName(this.#database)}.unique_records
       WHERE ingested_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND ${sql}
       ORDER BY ingested_at DESC, record_id DESC
       LIMIT ${MOST_REMEMBERED}`,
      { ...parameters, since: String(begin) },
      signal,
    );
    const arrivals = new Map(rows.map(({ recordId, millis }) => [recordId, Number(millis)]));
    const oldest = rows[MOST_REMEMBERED - 1];
    if (oldest === undefined) return { since: { millis: begin, recordId: FIRST_ID }, arrivals };
    return { since: { millis: Number(oldest.millis), recordId: oldest.recordId }, arrivals };
  }

  /** By the clock of the store: what arrived before is all to be seen by now. */
  async #overlapBegin(signal?: AbortSignal): Promise<number> {
    const rows = await this.#ask<{ millis: string }>(
      'SELECT toString(toUnixTimestamp64Milli(now64(3))) AS millis',
      {},
      signal,
    );
    return Number(rows[0]?.millis ?? 0) - OVERLAP_MILLIS;
  }
}

function keyOf(search: Search, recordId: string): string {
  return JSON.stringify([recordId, search.text, search.from, search.to]);
}

function later(since: Since, millis: number): Since {
  return millis > since.millis ? { millis, recordId: FIRST_ID } : since;
}

/** Forgets what lies before the overlap, and what is too much: then the overlap begins at the oldest that is remembered. */
function shortened({ since, arrivals }: Seen): Seen {
  const within = [...arrivals].filter(([, millis]) => millis >= since.millis);
  if (within.length <= MOST_REMEMBERED) return { since, arrivals: new Map(within) };
  const newest = within.sort(([idA, a], [idB, b]) => b - a || compareIds(idB, idA)).slice(0, MOST_REMEMBERED);
  const [recordId, millis] = newest.at(-1) as [string, number];
  return { since: { millis, recordId }, arrivals: new Map(newest) };
}

/** As the store orders them: by the second half first. */
function compareIds(a: string, b: string): number {
  const [first, second] = [a, b].map((id) => id.slice(19) + id.slice(0, 18)) as [string, string];
  return first < second ? -1 : Number(first > second);
}
