import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Ledger } from './ledger.ts';
import { pathOf } from './ledger.ts';
import { ResponseReader } from './response.ts';
import type { WholeResponse } from './response.ts';

export interface ConnectionOptions {
  readonly port: number;
  readonly ledger: Ledger;
  /** Which life of a process it leads to. */
  readonly life: number;
  /** After each whole response; a request that ends with its connection is never heard of again. */
  readonly onDone: (connection: Connection, isAcknowledged: boolean) => void;
  readonly onClose: () => void;
}

const OK = 200;

/** One connection that is kept alive, with one request under way at a time. */
export class Connection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #reader = new ResponseReader();
  #number = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#socket = connect({ port: options.port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk) => this.#take(chunk));
    // NOTE: a killed process resets its connections; `close` follows.
    this.#socket.on('error', () => {});
    this.#socket.once('close', options.onClose);
  }

  /** Sends the next numbered request. */
  send(): void {
    this.#number = this.#options.ledger.begin(this.#options.life);
    this.#socket.write(`GET ${pathOf(this.#number)} HTTP/1.1\r\nhost: chaos\r\n\r\n`);
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    try {
      const response = this.#reader.push(chunk);
      if (response !== undefined) this.#settle(response);
    } catch {
      this.#socket.destroy();
    }
  }

  #settle({ status, body }: WholeResponse): void {
    const isAcknowledged = status === OK && body === String(this.#number);
    if (isAcknowledged) this.#options.ledger.acknowledge(this.#number);
    else this.#options.ledger.refuse();
    this.#options.onDone(this, isAcknowledged);
  }
}
