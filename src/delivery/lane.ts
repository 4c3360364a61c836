import { countOf } from '../log.js';
import type { Log } from '../log.js';
import { backoffMillis } from './backoff.js';
import type { Shipment } from './shipment.js';
import { performance } from '../timers.js';

/** However long a server asks us to stay away. */
const MOST_RETRY_AFTER_MILLIS = 5 * 60_000;

export interface LaneOptions {
  /** What goes through it, in messages. */
  readonly what: 'records' | 'certificates';
  readonly sinkName: string;
  readonly log: Log;
  /** Where they wait, such as `in memory`. */
  readonly place: () => string;
  /** Records that wait now. */
  readonly waiting: () => number;
  /** Failures in a row before it is said. */
  readonly failuresBeforeWord: number;
}

/**
 * One of the two roads to the sink, records and certificates: closed for a while after each failure. Says once that it is
 * broken, and once that it is whole again: when all that had failed is through.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #troubled = new Set<Shipment>();
  #failures = 0;
  #attempts = 0;
  #notBefore = 0;
  #brokenAt = 0;
  #isSaid = false;
  #mostWaiting = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** `performance.now()` before which it is closed. */
  get notBefore(): number {
    return this.#notBefore;
  }

  open(): void {
    this.#notBefore = 0;
  }

  /** @returns How long it is closed. */
  failed(shipment: Shipment, reason: string, retryAfterMillis: number | undefined): number {
    if (this.#troubled.size === 0 && this.#failures === 0) this.#brokenAt = performance.now();
    this.#troubled.add(shipment);
    this.#failures += 1;
    this.#attempts += 1;
    this.#mostWaiting = Math.max(this.#mostWaiting, this.#options.waiting());
    this.#say(reason);
    const wait = Math.min(retryAfterMillis ?? backoffMillis(this.#failures), MOST_RETRY_AFTER_MILLIS);
    this.#notBefore = performance.now() + wait;
    return wait;
  }

  /** It needs the sink no more, about which that says nothing. */
  left(shipment: Shipment): void {
    this.#troubled.delete(shipment);
  }

  succeeded(shipment: Shipment): void {
    this.#mostWaiting = Math.max(this.#mostWaiting, this.#attempts > 0 ? this.#options.waiting() : 0);
    this.#failures = 0;
    this.#notBefore = 0;
    this.#troubled.delete(shipment);
    if (this.#troubled.size > 0 || this.#attempts === 0) return;
    this.#sayHealed();
    this.#isSaid = false;
    this.#attempts = 0;
    this.#mostWaiting = 0;
  }

  #say(reason: string): void {
    const { log, what, sinkName, place, failuresBeforeWord } = this.#options;
    const line = `${what} wait ${place()}: ${sinkName} does not take them: ${reason}`;
    if (this.#isSaid || this.#failures < failuresBeforeWord) {
      log.debug(`attempt ${this.#attempts}: ${line}`);
      return;
    }
    this.#isSaid = true;
    log.error(line);
  }

  #sayHealed(): void {
    if (!this.#isSaid) return;
    const { log, what, sinkName } = this.#options;
    const attempts = countOf(this.#attempts, 'failed attempt');
    const seconds = ((performance.now() - this.#brokenAt) / 1_000).toFixed(1);
    const waited = countOf(this.#mostWaiting, 'record');
    log.warn(`${sinkName} takes ${what} again after ${attempts} in ${seconds} s; ${waited} waited`);
  }
}
