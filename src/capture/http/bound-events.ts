import type { EventEmitter } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { keepOn } from '../keep-on.js';
import { currentScope, runInScope } from '../request-scope.js';
import type { RequestScope } from '../request-scope.js';
import { endFailed } from '../spans/lean-server-span.js';

const SCOPE = Symbol('audit-register.scope');
const CLOSING = Symbol('audit-register.closing');

/** The request that the events of this emitter belong to. */
export function scopeOf(emitter: EventEmitter): RequestScope | undefined {
  return (emitter as Bound)[SCOPE];
}

type Emit = (event: string | symbol, ...args: unknown[]) => boolean;
type Bound = EventEmitter & { [SCOPE]?: RequestScope; [CLOSING]?: Set<() => void> };

/** Streams and sockets of which the events are watched. */
const watched = new WeakSet<EventEmitter>();

/**
 * Node emits the later events of a connection (pieces of a body, its end, a message on a WebSocket) outside of whatever
 * was current when the request began. They are events of the request all the same.
 */
export function bindEvents(emitter: EventEmitter, scope: RequestScope): void {
  keepOn(emitter, SCOPE, scope);
  watch(emitter);
}

/**
 * Tells that an emitter closes, before its listeners hear of it. Gives what takes that back.
 *
 * NOTE: a listener of ours would count: Node warns of the eleventh.
 *
 * @param tell Must not throw.
 */
export function whenClosed(emitter: EventEmitter, tell: () => void): () => void {
  watch(emitter);
  let closing = (emitter as Bound)[CLOSING];
  if (closing === undefined) keepOn(emitter, CLOSING, (closing = new Set()));
  closing.add(tell);
  return () => closing.delete(tell);
}

/** NOTE: once for all messages, because a function for each would cost every request. */
export function watchMessages(): void {
  watchEmit(IncomingMessage.prototype);
  watchEmit(ServerResponse.prototype);
}

function watch(emitter: EventEmitter): void {
  if (emitter instanceof IncomingMessage || emitter instanceof ServerResponse || watched.has(emitter)) return;
  watched.add(emitter);
  watchEmit(emitter);
}

function watchEmit(target: EventEmitter): void {
  const original = target.emit as Emit;
  const emit = function emit(this: Bound, ...args: Parameters<Emit>): boolean {
    if (args[0] === 'close') tellClosed(this);
    const scope = this[SCOPE];
    if (args[0] === 'error' && scope !== undefined && this instanceof ServerResponse)
      endFailed(scope, args[1]);
    if (scope === undefined || currentScope() === scope) return original.apply(this, args);
    return runInScope(scope, () => original.apply(this, args));
  };
  Object.defineProperty(target, 'emit', { value: emit, configurable: true, writable: true });
}

function tellClosed(emitter: Bound): void {
  const closing = emitter[CLOSING];
  if (closing === undefined) return;
  const tells = [...closing];
  closing.clear();
  const scope = emitter[SCOPE];
  for (const tell of tells) {
    if (scope === undefined) tell();
    else runInScope(scope, tell);
  }
}
