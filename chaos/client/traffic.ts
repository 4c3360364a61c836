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
  readonly #connections: Connection[] = [];
  /** Resolves when the last connection is closed. */
  readonly ended: Promise<void>;
  #isStopping = false;

  constructor({ port, ledger, life, connections, onAcknowledged = () => {} }: TrafficOptions) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    let open = connections;
    const onClose = (): void => {
      open -= 1;
      if (open === 0) resolve();
    };
    const onDone = (connection: Connection, isAcknowledged: boolean): void => {
      if (isAcknowledged) onAcknowledged();
      if (this.#isStopping) connection.close();
      else connection.send();
    };
    for (let count = 0; count < connections; count++) {
      const connection = new Connection({ port, ledger, life, onDone, onClose });
      this.#connections.push(connection);
      connection.send();
    }
  }

  /** Asks nothing more, and waits for the responses that are on their way. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.ended;
  }

  /** Waits for nothing. */
  close(): void {
    for (const connection of this.#connections) connection.close();
  }
}
