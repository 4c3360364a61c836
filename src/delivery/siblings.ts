import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import type { Shippable } from './shipper.js';
import type { Spool, StoredSegment } from './spool/spool.js';
import { clearTimeout, setInterval, setTimeout } from '../timers.js';

/** Dead siblings are looked for at this distance; the first time soon after the start. */
const LOOK_MILLIS = 10_000;
const FIRST_LOOK_MILLIS = 1_000;

export interface SiblingsOptions {
  readonly spool: Spool;
  readonly log: Log;
  readonly runDetached: <T>(work: () => T) => T;
  readonly bury: Shippable['bury'];
  /** Brings what they left to the sink. */
  readonly ship: (item: Shippable) => void;
}

/** Other processes on the same spool: what the dead ones left is delivered by whoever finds it first. */
export class Siblings {
  readonly #options: SiblingsOptions;
  readonly #timers: NodeJS.Timeout[];
  #looking: Promise<void> | undefined;

  constructor(options: SiblingsOptions) {
    this.#options = options;
    this.#timers = options.runDetached(() => [
      setTimeout(() => void this.look(), FIRST_LOOK_MILLIS).unref(),
      setInterval(() => void this.look(), LOOK_MILLIS).unref(),
    ]);
  }

  /** Takes over what dead ones left; one look at a time. */
  look(): Promise<void> {
    this.#looking ??= this.#options.runDetached(() => this.#look());
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { spool, log, ship } = this.#options;
    try {
      for (const stored of await spool.adopt()) ship(this.#itemOf(stored));
    } catch (error) {
      log.error(`what other processes left in the spool cannot be taken over: ${messageOf(error)}`);
    } finally {
      this.#looking = undefined;
    }
  }

  #itemOf(stored: StoredSegment): Shippable {
    return {
      seal: stored.seal,
      since: Number.NEGATIVE_INFINITY,
      load: () => stored.load(),
      bury: this.#options.bury,
      done: () => stored.done(),
    };
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
