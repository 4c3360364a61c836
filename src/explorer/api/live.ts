import type { RegisterReader } from '../../search/register-reader.js';
import type { Cursor, FoundRecord, Search } from '../../search/search.js';
import { performance } from '../../timers.js';
import { described } from './described.js';
import type { DeliveryWatch } from './delivery-state.js';
import type { EventStream } from './event-stream.js';
import type { Failure } from './failure.js';
import { cursorOf } from './live-places.js';
import type { LivePlace, LivePlaces } from './live-places.js';
import { formatCursor } from './parameters.js';
import { pause } from './pause.js';
import type { Turnstile } from './turnstile.js';

const MOST_RECORDS = 500;
const POLL_MILLIS = 1_000;
/** How often the state is told, which also keeps the connection from being silent. */
const STATE_MILLIS = 5_000;
const MOST_PAUSE_MILLIS = 15_000;
const EVERYTHING: Search = { text: '', from: '', to: '' };

export interface LiveOptions {
  readonly reader: RegisterReader;
  readonly watch: DeliveryWatch;
  readonly queries: Turnstile;
  readonly places: LivePlaces;
  readonly search: Search;
  /** Where the browser stood; undefined for one that begins. */
  readonly place: LivePlace | undefined;
  readonly stream: EventStream;
  /** Aborted when the browser is gone or the explorer ends. */
  readonly signal: AbortSignal;
  readonly describe: (error: unknown) => Failure;
}

/** Sends what arrives until `signal` is aborted, with whose reason it rejects. */
export async function streamLive(options: LiveOptions): Promise<never> {
  const { signal, stream } = options;
  const follower = new Follower(options);
  for (let failures = 0; ;) {
    try {
      await follower.tellState();
      const isMore = await follower.sendNewer();
      failures = 0;
      if (!isMore) await pause(POLL_MILLIS, signal);
    } catch (error) {
      signal.throwIfAborted();
      // Ending the answer would not do: a browser does not come back after an answer that says why.
      await stream.send({ name: 'failure', data: { error: options.describe(error).error } });
      failures += 1;
      await pause(Math.min(POLL_MILLIS * 2 ** failures, MOST_PAUSE_MILLIS), signal);
    }
  }
}

/** One browser's way through what arrives. */
class Follower {
  readonly #options: LiveOptions;
  #place: LivePlace | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#place = options.place;
  }

  /** Its id lets a browser come back that was cut off before the first record. */
  async tellState(): Promise<void> {
    const { stream, watch } = this.#options;
    if (performance.now() - this.#toldAt < STATE_MILLIS) return;
    const { after, seen } = (this.#place ??= await this.#begin());
    const { delaySeconds } = await watch.read();
    const id = after === undefined || seen.size > 0 ? undefined : formatCursor(after);
    await stream.send({ name: 'state', id, data: { delaySeconds } });
    this.#toldAt = performance.now();
  }

  /** @returns Whether there is more at once. */
  async sendNewer(): Promise<boolean> {
    const { places, stream } = this.#options;
    const { after, seen } = (this.#place ??= await this.#begin());
    const arrived = await this.#newer(after);
    const records = arrived.filter(({ record_id: id }) => !seen.has(id));
    const ids = places.name(after, arrived);
    for (const record of records) {
      const id = ids[arrived.indexOf(record)];
      await stream.send({ name: 'record', id, data: described(record) });
    }
    const last = arrived.at(-1);
    if (last !== undefined) this.#place = { after: cursorOf(last), seen: new Set() };
    return arrived.length >= MOST_RECORDS;
  }

  #newer(after: Cursor | undefined): Promise<readonly FoundRecord[]> {
    const { queries, reader, search, signal } = this.#options;
    return queries.pass(signal, () => reader.newerThan(search, after, MOST_RECORDS, signal));
  }

  /** Behind all that is there by now. Where the search finds nothing, behind the newest of all: what is old is not looked at again. */
  async #begin(): Promise<LivePlace> {
    const newest = (await this.#newestOf(this.#options.search)) ?? (await this.#newestOf(EVERYTHING));
    return { after: newest && cursorOf(newest), seen: new Set() };
  }

  async #newestOf(search: Search): Promise<FoundRecord | undefined> {
    const { queries, reader, signal } = this.#options;
    const { records } = await queries.pass(signal, () => reader.page(search, { limit: 1 }, signal));
    return records[0];
  }
}
