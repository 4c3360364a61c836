import { readClockMillis } from '../store/clock.js';
import { quoteName } from '../store/migrations.js';
import type { Ask } from './ask.js';
import { conditionOf } from './condition.js';
import { MOST_RECORDS } from './page-reader.js';
import type { PageOptions, PageReader } from './page-reader.js';
import { timeSpan } from './quantities.js';
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

/** A place in the order of arrival. A whole insert may arrive in one millisecond: within it by when things occurred, then by the id. */
interface Since {
  readonly millis: number;
  /** Of `occurred_at`, since the epoch. */
  readonly nanos: bigint;
  readonly recordId: string;
}

/** What a reader has been given, or could have seen, of what arrived since a moment; nothing before that is looked at again. */
interface Seen {
  readonly since: Since;
  /** Its place, by its id. */
  readonly arrivals: ReadonlyMap<string, Since>;
}

const ARRIVED_MILLIS = 'toString(toUnixTimestamp64Milli(ingested_at)) AS arrivedMillis';
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
    const shown = page.records.map(({ record_id: recordId, occurred_at: occurredAt, ...record }) => {
      const millis = Date.parse(String(record['ingested_at']));
      return [recordId, { millis, nanos: timeSpan(occurredAt, 0).from, recordId }] as const;
    });
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
    const more = fresh.map((arrival) => [arrival.recordId, placeOf(arrival)] as const);
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
    if (cursor === undefined) return { since: beginningOf(0), arrivals: new Map() };
    const { recordId } = cursor;
    const rows = await this.#ask<{ arrivedMillis: string; nanos: string }>(
      `SELECT ${ARRIVED_MILLIS}, toString(toUnixTimestamp64Nano(occurred_at)) AS nanos
       FROM ${quoteName(this.#database)}.unique_records
       WHERE record_id = {record:UUID} ORDER BY ingested_at LIMIT 1`,
      { record: recordId },
      signal,
    );
    const [row = { arrivedMillis: '0', nanos: '0' }] = rows;
    const place = placeOf({ ...row, recordId });
    return { since: beginningOf(place.millis), arrivals: new Map([[recordId, place]]) };
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
  async #arrivals(search: Search, since: Since, signal?: AbortSignal): Promise<Arrival[]> {
    const { sql, parameters } = conditionOf(search, this.#database);
    const instant = "fromUnixTimestamp64Milli({since:Int64}, 'UTC')";
    const isBehind =
      '(toUnixTimestamp64Nano(occurred_at), record_id) >= ({since_nanos:Int64}, {since_id:UUID})';
    const isSince = `ingested_at >= ${instant} AND (ingested_at > ${instant} OR ${isBehind})`;
    const { millis, nanos, recordId } = since;
    return await this.#loader.places<Arrival>(
      {
        sql: `${isSince} AND ${sql}`,
        parameters: {
          ...parameters,
          since: String(millis),
          since_nanos: String(nanos),
          since_id: recordId,
        },
      },
      `ORDER BY ingested_at, occurred_at, record_id LIMIT ${MOST_REMEMBERED + MOST_RECORDS}`,
      signal,
      `, ${ARRIVED_MILLIS}`,
    );
  }

  /** What may be on a first page already; what arrived before that is never looked at. */
  async #arrivedLately(search: Search, signal?: AbortSignal): Promise<Seen> {
    const { sql, parameters } = conditionOf(search, this.#database);
    const begin = await this.#overlapBegin(signal);
    const rows = await this.#ask<Pick<Arrival, 'recordId' | 'arrivedMillis' | 'nanos'>>(
      `SELECT record_id AS recordId, ${ARRIVED_MILLIS}, toString(toUnixTimestamp64Nano(occurred_at)) AS nanos
       FROM ${quoteName(this.#database)}.unique_records
       WHERE ingested_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND ${sql}
       ORDER BY ingested_at DESC, occurred_at DESC, record_id DESC
       LIMIT ${MOST_REMEMBERED}`,
      { ...parameters, since: String(begin) },
      signal,
    );
    const arrivals = new Map(rows.map((arrival) => [arrival.recordId, placeOf(arrival)]));
    const oldest = rows[MOST_REMEMBERED - 1];
    return { since: oldest === undefined ? beginningOf(begin) : placeOf(oldest), arrivals };
  }

  /** By the clock of the store: what arrived before is all to be seen by now. */
  async #overlapBegin(signal?: AbortSignal): Promise<number> {
    return (await readClockMillis((query) => this.#ask(query, {}, signal))) - OVERLAP_MILLIS;
  }
}

function keyOf(search: Search, recordId: string): string {
  return JSON.stringify([recordId, search.text, search.from, search.to]);
}

function placeOf({
  arrivedMillis,
  nanos,
  recordId,
}: Pick<Arrival, 'recordId' | 'arrivedMillis' | 'nanos'>): Since {
  return { millis: Number(arrivedMillis), nanos: BigInt(nanos), recordId };
}

/** Before all that arrived in this millisecond. */
function beginningOf(millis: number): Since {
  return { millis, nanos: -(2n ** 63n), recordId: '00000000-0000-0000-0000-000000000000' };
}

function later(since: Since, millis: number): Since {
  return millis > since.millis ? beginningOf(millis) : since;
}

/** Forgets what lies before the overlap, and what is too much: then the overlap begins at the oldest that is remembered. */
function shortened({ since, arrivals }: Seen): Seen {
  const within = [...arrivals].filter(([, { millis }]) => millis >= since.millis);
  if (within.length <= MOST_REMEMBERED) return { since, arrivals: new Map(within) };
  const newest = within.sort(([, a], [, b]) => comparePlaces(b, a)).slice(0, MOST_REMEMBERED);
  const [, oldest] = newest.at(-1) as [string, Since];
  return { since: oldest, arrivals: new Map(newest) };
}

function comparePlaces(a: Since, b: Since): number {
  if (a.millis !== b.millis) return a.millis - b.millis;
  if (a.nanos !== b.nanos) return a.nanos < b.nanos ? -1 : 1;
  return compareIds(a.recordId, b.recordId);
}

/** As the store orders them: by the second half first. */
function compareIds(a: string, b: string): number {
  const [first, second] = [a, b].map((id) => id.slice(19) + id.slice(0, 18)) as [string, string];
  return first < second ? -1 : Number(first > second);
}
