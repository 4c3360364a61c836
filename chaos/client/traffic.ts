import { Connection } from './connection.ts';
import type { Ledger } from './ledger.ts';

export interface TrafficOptions {
  readonly port: number;
  readonly ledger: Ledger;
  readonly life: number;
  readonly connections: number;
  /** After each acknowledged request. */
  readonly onAcknowledged?: () => void;
}

/** As fast as the application answers: each connection asks again as soon as it has its response. */
export class Traffic {
  readonly #options: TrafficOptions;
  /** Open ones. */
  readonly #connections = new Set<Connection>();
  /** Their last response was a refusal. */
  readonly #refused = new WeakSet<Connection>();
  /** Resolves when the last connection is closed. */
  readonly ended: Promise<void>;
  readonly #end: () => void;
  #isStopping = false;

  constructor(options: TrafficOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
    for (let count = 0; count < options.connections; count++) this.#open();
  }

  #open(): void {
    const { port, ledger, life } = this.#options;
    const connection = new Connection({
      port,
      ledger,
      life,
      onDone: (_connection, isAcknowledged) => this.#settle(connection, isAcknowledged),
      onClose: () => this.#closed(connection),
    });
    this.#connections.add(connection);
    connection.send();
  }

  #settle(connection: Connection, isAcknowledged: boolean): void {
    if (isAcknowledged) {
      this.#refused.delete(connection);
      this.#options.onAcknowledged?.();
    } else this.#refused.add(connection);
    if (this.#isStopping) connection.close();
    else connection.send();
  }

  /** NOTE: who refuses may close the connection; a killed process resets it, and is not asked again. */
  #closed(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#refused.has(connection) && !this.#isStopping) this.#open();
    else if (this.#connections.size === 0) this.#end();
  }

  /** Asks nothing more, and waits for the responses that are on their way. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.ended;
  }

  /** Waits for nothing. */
  close(): void {
    this.#isStopping = true;
    for (const connection of this.#connections) connection.close();
  }
}
