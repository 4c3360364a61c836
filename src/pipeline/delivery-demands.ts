import type { Config } from '../config/config.js';
import type { Delivery } from '../delivery/delivery.js';
import { createPossibleDelivery } from '../policy/possible-delivery.js';
import type { PossibleDelivery } from '../policy/possible-delivery.js';

/**
 * Told whether a response may leave. It may be told more than once; the first word counts.
 *
 * @param isProven Whether a record had to be safe, and is.
 */
export type UseSafety = (isSafe: boolean, isProven?: boolean) => void;

/** What delivery asks of requests. */
export class DeliveryDemands {
  readonly #possible: PossibleDelivery;
  readonly #delivery: Delivery;

  constructor({ policy, delivery: settings }: Pick<Config, 'policy' | 'delivery'>, delivery: Delivery) {
    this.#possible = createPossibleDelivery(policy, settings);
    this.#delivery = delivery;
  }

  /** Whether any response may ever have to wait. */
  get holdsResponses(): boolean {
    return this.#possible.mayWait !== undefined;
  }

  /** Whether any request may ever be refused. */
  get refusesRequests(): boolean {
    return this.#possible.needsRecord !== undefined;
  }

  /** Whether the response to a request may have to wait. */
  mayWait(method: string, rawUrl: string): boolean {
    return this.#possible.mayWait?.(method, pathOf(rawUrl)) === true;
  }

  /** Whether a request must not be served, because its record cannot be kept now. */
  refuses(method: string, rawUrl: string): boolean {
    const { mayWait, needsRecord } = this.#possible;
    if (needsRecord === undefined || this.#delivery.canSave()) return false;
    const path = pathOf(rawUrl);
    if (!needsRecord(method, path)) return false;
    return !this.#delivery.canRecord() || mayWait?.(method, path) === true;
  }

  /** Whether records can be kept now. */
  get canRecord(): boolean {
    return this.holdsResponses ? this.#delivery.canSave() : this.#delivery.canRecord();
  }
}

function pathOf(rawUrl: string): string {
  const at = rawUrl.indexOf('?');
  return at === -1 ? rawUrl : rawUrl.slice(0, at);
}
