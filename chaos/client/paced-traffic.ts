import { Connection } from './connection.ts';
import type { Ledger } from './ledger.ts';

const TICK_MILLIS = 2;
/** Enough that a slow moment does not become a queue. */
const CONNECTIONS = 64;

export interface PacedOptions {
  readonly port: number;
  readonly ledger: Ledger;
  readonly life: number;
  readonly perSecond: number;
}

/**
 * So many requests a second, whether the application keeps up or not. Latency counts from when a request was due, so
 * that one slow response is not hidden by those that were not asked meanwhile.
 */
export class PacedTraffic {
  readonly #options: PacedOptions;
  readonly #idle: Connection[] = [];
  readonly #all: Connection[] = [];
  readonly #dueAt = new Map<Connection, number>();
  /** Due, and without a connection. */
  readonly #late: number[] = [];
  #latencies: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;
  #due = 0;
  #closed = 0;

  constructor(options: PacedOptions) {
    this.#options = options;
    for (let count = 0; count < CONNECTIONS; count++) this.#open();
  }

  /** Resolves when all of them are answered or their connection is closed. */
  async send(requests: number): Promise<void> {
    this.#startedAt = performance.now();
    this.#due = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#timer = setInterval(() => {
      this.#sendDue(requests);
      const isIdle = this.#late.length === 0 && this.#dueAt.size === 0;
      if ((this.#due >= requests && isIdle) || this.#closed === this.#all.length) resolve();
    }, TICK_MILLIS);
    await promise;
    clearInterval(this.#timer);
  }

  /** Milliseconds of each acknowledged request since the last time. */
  takeLatencies(): number[] {
    const taken = this.#latencies;
    this.#latencies = [];
    return taken;
  }

  close(): void {
    clearInterval(this.#timer);
    for (const connection of this.#all) connection.close();
  }

  #open(): void {
    const { port, ledger, life } = this.#options;
    const connection = new Connection({
      port,
      ledger,
      life,
      onDone: (done, isAcknowledged) => this.#settle(done, isAcknowledged),
      onClose: () => {
        this.#closed += 1;
        this.#dueAt.delete(connection);
        const place = this.#idle.indexOf(connection);
        if (place >= 0) this.#idle.splice(place, 1);
      },
    });
    this.#all.push(connection);
    this.#idle.push(connection);
  }

  #sendDue(requests: number): void {
    const millis = performance.now() - this.#startedAt;
    const due = Math.min(requests, Math.floor((millis * this.#options.perSecond) / 1000));
    for (; this.#due < due; this.#due++) {
      const dueAt = this.#startedAt + (this.#due * 1000) / this.#options.perSecond;
      const connection = this.#idle.pop();
      if (connection === undefined) this.#late.push(dueAt);
      else this.#ask(connection, dueAt);
    }
  }

  #ask(connection: Connection, dueAt: number): void {
    this.#dueAt.set(connection, dueAt);
    connection.send();
  }

  #settle(connection: Connection, isAcknowledged: boolean): void {
    const dueAt = this.#dueAt.get(connection) ?? 0;
    this.#dueAt.delete(connection);
    if (isAcknowledged) this.#latencies.push(performance.now() - dueAt);
    const next = this.#late.shift();
    if (next === undefined) this.#idle.push(connection);
    else this.#ask(connection, next);
  }
}
