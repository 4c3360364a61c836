import type { Socket } from 'node:net';
import { Foreign } from '../keep-on.js';
import { forgetClosing, whenClosed } from './bound-events.js';
import type { Exchange } from './exchange.js';

/** A connection of Node's HTTP server: its response whose turn it is, the same since Node.js 10. */
type Connection = Socket & { readonly _httpMessage?: object | null };

/** The latest request of a connection. */
class Latest extends Foreign {
  #exchange: Exchange | undefined = undefined;

  static of(socket: object): Exchange | undefined {
    return #exchange in socket ? socket.#exchange : undefined;
  }

  static set(socket: object, exchange: Exchange | undefined): void {
    (#exchange in socket ? socket : new Latest(socket)).#exchange = exchange;
  }
}

/** Remembers the latest request of a connection, and tells of its end where Node will not. */
export function noteConnection(exchange: Exchange): void {
  const { socket } = exchange.request;
  Latest.set(socket, exchange);
  // NOTE: a pipelined response that waits for its turn is not closed when the connection is lost before.
  if ((socket as Connection)._httpMessage) whenClosed(socket, exchange);
}

/** NOTE: an idle connection would keep its last request in memory. */
export function forgetRequest(exchange: Exchange): void {
  const { socket } = exchange.request;
  if (Latest.of(socket) === exchange) Latest.set(socket, undefined);
  forgetClosing(socket, exchange);
}

/** The request whose body was being read when the connection went wrong; undefined between requests. */
export function unfinishedRequest(socket: Socket): Exchange | undefined {
  const latest = Latest.of(socket);
  return latest?.request.complete === false ? latest : undefined;
}
