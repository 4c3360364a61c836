import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import http from 'node:http';
import { loadLater } from '../../later.js';

type ChangeServers = (prototype: http.Server) => void;

const HERE = 'net.server.socket';

/** Undefined when `node:https` has been changed as well. */
let waiting: ChangeServers[] | undefined = [];

/**
 * Changes the servers of `node:http` now, and those of `node:https` before one of them can have a request: it brings TLS with
 * it, which takes longer to load than all of the register, and most applications never use it.
 *
 * @param change Given the prototype of a class of servers.
 */
export function changeServers(change: ChangeServers): void {
  change(http.Server.prototype);
  if (waiting === undefined) change(tlsServers());
  else if (waiting.push(change) === 1) {
    subscribe(HERE, onConnection);
    loadLater(changeTlsServers);
  }
}

/** NOTE: another server may hand the connection over to one of `node:https`. */
function onConnection(message: unknown): void {
  const { socket } = message as { readonly socket: { readonly server?: unknown } };
  if (!(socket.server instanceof http.Server)) changeTlsServers();
}

function changeTlsServers(): void {
  const changes = waiting ?? [];
  waiting = undefined;
  unsubscribe(HERE, onConnection);
  for (const change of changes) change(tlsServers());
}

function tlsServers(): http.Server {
  return process.getBuiltinModule('node:https').Server.prototype;
}
