import { countOf } from '../log.js';
import type { Log } from '../log.js';

/** Records that were lost between two that were kept: what a gap record says. */
export interface Gap {
  readonly records: number;
  readonly reason: string;
  /** Microseconds since the epoch. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Counts what is lost. Said at the first loss, and in full when records can be kept again. */
export class Losses {
  readonly #log: Log;
  readonly #now: () => number;
  #total = 0;
  #gap: Gap | undefined;

  /** @param now Microseconds since the epoch. */
  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  /** Ever lost, in records. */
  get total(): number {
    return this.#total;
  }

  add(records: number, reason: string): void {
    const now = this.#now();
    if (this.#gap === undefined) this.#log.error(`${countOf(records, 'record')} lost: ${reason}`);
    this.#total += records;
    this.#gap = {
      records: (this.#gap?.records ?? 0) + records,
      reason: this.#gap?.reason ?? reason,
      firstAt: this.#gap?.firstAt ?? now,
      lastAt: now,
    };
  }

  /** What was lost since the last call; undefined where nothing was. Whoever takes it records it. */
  take(): Gap | undefined {
    const gap = this.#gap;
    this.#gap = undefined;
    if (gap !== undefined && gap.records > 1)
      this.#log.error(`${countOf(gap.records, 'record')} lost until then`);
    return gap;
  }

  get hasGap(): boolean {
    return this.#gap !== undefined;
  }
}
