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

/** What a reader has been given, or could have seen, of what arrived since a moment; nothing before that is looked at again. */
interface Seen {
  readonly sinceMillis: number;
  /** When it arrived, by its id. */
  readonly arrivals: ReadonlyMap<string, number>;
}

const NOTHING_SEEN: Seen = { sinceMillis: 0, arrivals: new Map() };

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
    const sinceMillis = await this.#overlapMillis(signal);
    const before = await this.#arrivedLately(search, signal);
    const page = await this.#pages.page(search, options, signal);
    const newest = page.records[0];
    if (newest === undefined) return page;
    const shown = page.records.map(
      (record) => [record.record_id, Date.parse(String(record['ingested_at']))] as const,
    );
    this.#remember(search, newest.record_id, { sinceMillis, arrivals: new Map([...before, ...shown]) });
    return page;
  }

  async newerThan(
    search: Search,
    cursor: Cursor | undefined,
    limit: number,
    signal?: AbortSignal,
  ): Promise<readonly FoundRecord[]> {
    const wanted = Math.max(1, Math.min(limit, MOST_RECORDS));
    const seen = cursor === undefined ? NOTHING_SEEN : await this.#seenBy(search, cursor, signal);
    const arrivals = await this.#arrivals(search, seen.sinceMillis, signal);
    const fresh = arrivals.filter(({ recordId }) => !seen.arrivals.has(recordId)).slice(0, wanted);
    const last = fresh.at(-1);
    if (last === undefined) return [];
    const more = fresh.map(({ recordId, arrivedMillis }) => [recordId, Number(arrivedMillis)] as const);
    this.#remember(search, last.recordId, { ...seen, arrivals: new Map([...seen.arrivals, ...more]) });
    return await this.#loader.load(fresh, signal);
  }

  /** Of a cursor that is not remembered only the record itself is known. */
  async #seenBy(search: Search, { recordId }: Cursor, signal?: AbortSignal): Promise<Seen> {
    const known = this.#seen.get(keyOf(search, recordId));
    if (known !== undefined) return known;
    const rows = await this.#ask<{ millis: string }>(
      `SELECT toString(toUnixTimestamp64Milli(ingested_at)) AS millis
       FROM ${quoteName(this.#database)}.unique_records
       WHERE record_id = {record:UUID} ORDER BY ingested_at LIMIT 1`,
      { record: recordId },
      signal,
    );
    const millis = Number(rows[0]?.millis ?? 0);
    return { sinceMillis: millis, arrivals: new Map([[recordId, millis]]) };
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

  async #arrivals(search: Search, sinceMillis: number, signal?: AbortSignal): Promise<Arrival[]> {
    const { sql, parameters } = conditionOf(search, this.#database);
    return await this.#loader.places<Arrival>(
      {
        sql: `ingested_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC') AND ${sql}`,
        parameters: { ...parameters, since: String(sinceMillis) },
      },
      `ORDER BY ingested_at, occurred_at, record_id LIMIT ${MOST_REMEMBERED + MOST_RECORDS}`,
      signal,
      ', toString(toUnixTimestamp64Milli(ingested_at)) AS arrivedMillis',
    );
  }

  /** When what is looked at again begins, by the clock of the store: what came before it could be on the page, or on one after it. */
  async #overlapMillis(signal?: AbortSignal): Promise<number> {
    const rows = await this.#ask<{ millis: string }>(
      `SELECT toString(toUnixTimestamp64Milli(now64(3)) - ${OVERLAP_MILLIS}) AS millis`,
      {},
      signal,
    );
    return Number(rows[0]?.millis ?? 0);
  }

  /** By the clock of the store, up to its newest record. */
  async #arrivedLately(search: Search, signal?: AbortSignal): Promise<[string, number][]> {
    const { sql, parameters } = conditionOf(search, this.#database);
    const rows = await this.#ask<{ recordId: string; millis: string }>(
      `SELECT record_id AS recordId, toString(toUnixTimestamp64Milli(ingested_at)) AS millis
       FROM ${quoteName(this.#database)}.unique_records
       WHERE ingested_at >= now64(3) - toIntervalMillisecond(${OVERLAP_MILLIS}) AND ${sql}
       ORDER BY ingested_at DESC
       LIMIT ${MOST_REMEMBERED}`,
      parameters,
      signal,
    );
    return rows.map(({ recordId, millis }) => [recordId, Number(millis)]);
  }
}

function keyOf(search: Search, recordId: string): string {
  return JSON.stringify([recordId, search.text, search.from, search.to]);
}

/** Forgets what lies before the overlap, and what is too much. */
function shortened({ sinceMillis, arrivals }: Seen): Seen {
  const times = [...arrivals.values()].sort((a, b) => b - a);
  const overlap = Math.max(sinceMillis, (times[0] ?? 0) - OVERLAP_MILLIS);
  // NOTE: of one moment all or none are remembered.
  const tooMuch = times[MOST_REMEMBERED];
  const since = tooMuch === undefined ? overlap : Math.max(overlap, tooMuch + 1);
  return {
    sinceMillis: since,
    arrivals: new Map([...arrivals].filter(([, millis]) => millis >= since)),
  };
}
