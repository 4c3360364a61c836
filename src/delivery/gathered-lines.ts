import { clearTimeout, setTimeout } from '../timers.js';

/** What comes within this time of a line that was said is said in one more. */
const GATHER_MILLIS = 10_000;

/** Says of many events of one kind the first at once, and the others together. */
export class GatheredLines {
  readonly #say: (records: number, segments: number, reason: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #records = 0;
  #segments = 0;
  #reason = '';

  constructor(say: (records: number, segments: number, reason: string) => void) {
    this.#say = say;
  }

  add(records: number, reason: string): void {
    this.#records += records;
    this.#segments += 1;
    this.#reason = reason;
    if (this.#timer !== undefined) return;
    this.flush();
    this.#timer = setTimeout(() => this.flush(), GATHER_MILLIS).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#segments === 0) return;
    this.#say(this.#records, this.#segments, this.#reason);
    this.#records = 0;
    this.#segments = 0;
  }
}
