import type { EventEmitter } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { currentScope, runInScope } from '../request-scope.js';
import type { RequestScope } from '../request-scope.js';

const SCOPE = Symbol('audit-register.scope');

type Emit = (event: string | symbol, ...args: unknown[]) => boolean;
type Bound = EventEmitter & { [SCOPE]?: RequestScope };

/**
 * Node emits the later events of a connection (pieces of a body, its end, a message on a WebSocket) outside of whatever
 * was current when the request began. They are events of the request all the same.
 */
export function bindEvents(emitter: EventEmitter, scope: RequestScope): void {
  (emitter as Bound)[SCOPE] = scope;
  if (emitter instanceof IncomingMessage || emitter instanceof ServerResponse) return;
  if (!Object.hasOwn(emitter, 'emit')) watchEmit(emitter);
}

/** NOTE: once for all messages, because a function for each would cost every request. */
export function watchMessages(): void {
  watchEmit(IncomingMessage.prototype);
  watchEmit(ServerResponse.prototype);
}

function watchEmit(target: EventEmitter): void {
  const original = target.emit as Emit;
  const emit = function emit(this: Bound, ...args: Parameters<Emit>): boolean {
    const scope = this[SCOPE];
    if (scope === undefined || currentScope() === scope) return original.apply(this, args);
    return runInScope(scope, () => original.apply(this, args));
  };
  Object.defineProperty(target, 'emit', { value: emit, configurable: true, writable: true });
}
