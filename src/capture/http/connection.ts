import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { keepOn } from '../keep-on.js';
import { whenClosed } from './bound-events.js';
import type { RequestScope } from '../request-scope.js';

const LATEST = Symbol('audit-register.latest');
const QUEUED = Symbol('audit-register.queued');

interface Latest {
  readonly scope: RequestScope;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

type Connection = Socket & { [LATEST]?: Latest | undefined; [QUEUED]?: Set<() => void> };

/** Remembers the latest request of a connection, and tells of its end where Node will not. */
export function noteConnection(
  request: IncomingMessage,
  response: ServerResponse,
  scope: RequestScope,
  close: () => void,
): void {
  const socket: Connection = request.socket;
  keepOn(socket, LATEST, { scope, request, response } satisfies Latest);
  if (response.socket === null) closeWithSocket(socket, response, close);
}

/** NOTE: an idle connection would keep its last request in memory. */
export function forgetRequest(socket: Socket, scope: RequestScope): void {
  if ((socket as Connection)[LATEST]?.scope === scope) (socket as Connection)[LATEST] = undefined;
}

/** The request whose body was being read when the connection went wrong; undefined between requests. */
export function unfinishedRequest(socket: Socket): Latest | undefined {
  const latest = (socket as Connection)[LATEST];
  return latest?.request.complete === false ? latest : undefined;
}

/** A pipelined response that waits for its turn is not closed when the connection is lost before. */
function closeWithSocket(socket: Connection, response: ServerResponse, close: () => void): void {
  let queued = socket[QUEUED];
  if (queued === undefined) {
    const created = (queued = new Set<() => void>());
    keepOn(socket, QUEUED, created);
    whenClosed(socket, () => created.forEach((closeQueued) => closeQueued()));
  }
  queued.add(close);
  whenClosed(response, () => queued.delete(close));
}
