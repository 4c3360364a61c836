import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionLimits {
  readonly most: number;
  /** Of one address that is not this machine. */
  readonly mostOfAddress: number;
  /** Whoever takes nothing of an answer for so long is cut off. */
  readonly stallMillis: number;
}

interface Connection {
  readonly address: string;
  /** Requests whose answers have not been taken yet. */
  unanswered: number;
  /** The request under way, where it may see the register. */
  admitted: IncomingMessage | undefined;
}

/** No browser and no proxy sends a request before the answer to the last one. */
const MOST_UNANSWERED = 10;
const LOOPBACK = /^(?:::1$|(?:::ffff:)?127\.)/;

/**
 * The connections of a server, of which nobody can hold all: who does not take an answer is cut off, and who has not shown the
 * token gives way to who comes.
 */
export class Connections {
  readonly #limits: ConnectionLimits;
  /** The one first from which nothing was heard for longest. */
  readonly #open = new Map<Socket, Connection>();

  constructor(server: Server, limits: ConnectionLimits) {
    this.#limits = limits;
    server.timeout = limits.stallMillis;
    server.on('connection', (socket) => this.#enter(socket));
    server.on('timeout', (socket) => this.#cutOff(socket));
  }

  /** Has a request answered when all before it on its connection are, and none of too many. */
  take(request: IncomingMessage, response: ServerResponse, answer: () => void): void {
    const { socket } = request;
    const connection = this.#open.get(socket);
    if (connection === undefined) return;
    if (connection.unanswered === MOST_UNANSWERED) {
      socket.destroy();
      return;
    }
    connection.unanswered += 1;
    this.#open.delete(socket);
    this.#open.set(socket, connection);
    response.once('close', () => {
      connection.unanswered -= 1;
      if (connection.admitted === request) connection.admitted = undefined;
    });
    if (response.socket === null) response.once('socket', answer);
    else answer();
  }

  /** For a request that may see the register: nobody who comes takes its place. */
  admit(request: IncomingMessage): void {
    const connection = this.#open.get(request.socket);
    if (connection !== undefined) connection.admitted = request;
  }

  #enter(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    if (this.#isTooMany(address) || !this.#makeRoom()) {
      socket.destroy();
      return;
    }
    this.#open.set(socket, { address, unanswered: 0, admitted: undefined });
    socket.once('close', () => this.#open.delete(socket));
  }

  #isTooMany(address: string): boolean {
    if (LOOPBACK.test(address)) return false;
    const own = [...this.#open.values()].filter((other) => other.address === address);
    return own.length >= this.#limits.mostOfAddress;
  }

  #makeRoom(): boolean {
    if (this.#open.size < this.#limits.most) return true;
    for (const [socket, { admitted }] of this.#open) {
      if (admitted !== undefined) continue;
      this.#open.delete(socket);
      socket.destroy();
      return true;
    }
    return false;
  }

  /** NOTE: Node.js does not call it while any of what was written is taken; but also for a question that takes its time. */
  #cutOff(socket: Socket): void {
    const isThinking = (this.#open.get(socket)?.unanswered ?? 0) > 0 && socket.writableLength === 0;
    if (!isThinking) socket.destroy();
  }
}
