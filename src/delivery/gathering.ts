import { clearTimeout, performance, setImmediate, setTimeout } from '../timers.js';

/**
 * From the beginning of one write of rows to the next, unless somebody waits: a write costs as much as many records, and so
 * long is what a killed process may lose. The first record after a pause is written at once.
 */
const GATHERING_MILLIS = 5;

/** When the next write begins, so that what comes within a few milliseconds goes together. */
export class Gathering {
  readonly #runDetached: <T>(work: () => T) => T;
  readonly #begin: () => void;
  #isScheduled = false;
  /** Set while what comes is gathered. */
  #timer: NodeJS.Timeout | undefined;
  #lastRowsAtMillis = -Infinity;

  constructor(runDetached: <T>(work: () => T) => T, begin: () => void) {
    this.#runDetached = runDetached;
    this.#begin = begin;
  }

  /** A write of rows begins. */
  rowsBegin(): void {
    this.#lastRowsAtMillis = performance.now();
  }

  /** What there is may wait a moment for what comes next. */
  beginSoon(): void {
    if (this.#isScheduled) return;
    const millis = this.#lastRowsAtMillis + GATHERING_MILLIS - performance.now();
    if (millis <= 0) return this.#schedule();
    this.#isScheduled = true;
    this.#timer = this.#runDetached(() => setTimeout(() => this.#beginScheduled(), millis).unref());
  }

  beginNow(): void {
    if (this.#isScheduled && this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#schedule();
  }

  #schedule(): void {
    this.#isScheduled = true;
    this.#runDetached(() => setImmediate(() => this.#beginScheduled()));
  }

  #beginScheduled(): void {
    this.#isScheduled = false;
    this.#timer = undefined;
    this.#begin();
  }
}
