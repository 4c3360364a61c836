import { countOf } from '../../log.js';
import type { Log } from '../../log.js';
import { epochMillis } from '../../timers.js';

/** What a client is told instead of a response, in every protocol. */
export const REFUSAL = {
  status: 503,
  reason: 'Service Unavailable',
  body: 'audit record could not be written\n',
  retryAfterSeconds: 1,
} as const;

/** Header fields of a refusal, but for those that are of the connection. */
export const REFUSAL_HEADERS = Object.freeze({
  'content-type': 'text/plain; charset=utf-8',
  'content-length': String(REFUSAL.body.length),
  'retry-after': String(REFUSAL.retryAfterSeconds),
});

/** A refusal as it is written straight to a socket, which is then closed. */
export function refusalMessage(hasBody: boolean): string {
  const fields = Object.entries({
    ...REFUSAL_HEADERS,
    date: new Date(epochMillis()).toUTCString(),
    connection: 'close',
  });
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 ${REFUSAL.status} ${REFUSAL.reason}\r\n${lines}\r\n${hasBody ? REFUSAL.body : ''}`;
}

/** Counts requests that were refused, and says so at the first one and when records can be kept again. */
export class Refusals {
  readonly #log: Log;
  readonly #canRecord: () => boolean;
  #count = 0;
  #needsProof = false;

  constructor(log: Log, canRecord: () => boolean) {
    this.#log = log;
    this.#canRecord = canRecord;
  }

  /** A request was refused before the application saw it. */
  add(): void {
    this.#count += 1;
    if (this.#count === 1) this.#log.error('requests are refused with 503: their records cannot be kept');
  }

  /** A response was refused although its record seemed possible. */
  addResponse(): void {
    this.#needsProof = true;
    this.add();
  }

  /** A request is served. */
  served(): void {
    if (this.#count > 0 && !this.#needsProof && this.#canRecord()) this.#end();
  }

  /** A record is safe. */
  proven(): void {
    if (this.#count > 0 && this.#canRecord()) this.#end();
  }

  #end(): void {
    this.#log.warn(`records can be kept again: ${countOf(this.#count, 'request')} refused until then`);
    this.#count = 0;
    this.#needsProof = false;
  }
}
