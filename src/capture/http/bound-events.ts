import { EventEmitter } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Foreign } from '../keep-on.js';
import { currentScope, isAtScope, runAtScope, runInScope } from '../request-scope.js';
import type { RequestScope } from '../request-scope.js';
import { endFailed } from '../spans/lean-server-span.js';

/** What is told that an emitter closes. */
export interface Closing {
  /** Must not throw. */
  closed(): void;
}

/** As Node keeps listeners in all its versions: one, or a list of them. Where it would not, `listenerCount` tells. */
interface Listening extends EventEmitter {
  readonly _events?: Readonly<Record<string | symbol, unknown>>;
}

type Emit = (this: EventEmitter, event: string | symbol, ...args: unknown[]) => boolean;

/** What an emitter belongs to. */
class Bond extends Foreign {
  #scope: RequestScope | undefined = undefined;
  /** NOTE: a response has one, a connection with pipelined requests any number. */
  #closing: Closing | Set<Closing> | undefined = undefined;

  /** NOTE: an application may emit the events of a server itself, with whatever it has. */
  static scopeOf(emitter: unknown): RequestScope | undefined {
    return typeof emitter === 'object' && emitter !== null && #scope in emitter ? emitter.#scope : undefined;
  }

  /** NOTE: a socket may be handed from one server to another. */
  static setScope(emitter: object, scope: RequestScope): void {
    Bond.#of(emitter).#scope = scope;
  }

  static addClosing(emitter: object, closing: Closing): void {
    const bond = Bond.#of(emitter);
    const earlier = bond.#closing;
    if (earlier === undefined) bond.#closing = closing;
    else if (earlier instanceof Set) earlier.add(closing);
    else bond.#closing = new Set([earlier, closing]);
  }

  static removeClosing(emitter: object, closing: Closing): void {
    if (!(#closing in emitter)) return;
    if (emitter.#closing === closing) emitter.#closing = undefined;
    else if (emitter.#closing instanceof Set) emitter.#closing.delete(closing);
  }

  /** What is to be told, once. */
  static takeClosing(emitter: object): Closing | ReadonlySet<Closing> | undefined {
    if (!(#closing in emitter)) return undefined;
    const closing = emitter.#closing;
    emitter.#closing = undefined;
    return closing;
  }

  static #of(emitter: object): Bond {
    return #scope in emitter ? emitter : new Bond(emitter);
  }
}

/** Streams and sockets of which the events are watched. */
const watched = new WeakSet<EventEmitter>();
const { listenerCount } = EventEmitter.prototype;

/**
 * Node emits the later events of a connection (pieces of a body, its end, a message on a WebSocket) outside of whatever
 * was current when the request began. They are events of the request all the same.
 */
export function bindEvents(emitter: EventEmitter, scope: RequestScope): void {
  Bond.setScope(emitter, scope);
  watch(emitter);
}

/** The request that the events of this emitter belong to; undefined for what is none. */
export function scopeOf(emitter: unknown): RequestScope | undefined {
  return Bond.scopeOf(emitter);
}

/**
 * Tells that an emitter closes, once, before its listeners hear of it.
 *
 * NOTE: a listener of ours would count: Node warns of the eleventh.
 */
export function whenClosed(emitter: EventEmitter, closing: Closing): void {
  watch(emitter);
  Bond.addClosing(emitter, closing);
}

/** Takes {@link whenClosed} back. */
export function forgetClosing(emitter: EventEmitter, closing: Closing): void {
  Bond.removeClosing(emitter, closing);
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
  const emit: Emit = function emit(event, ...args) {
    if (event === 'close') tellClosed(this);
    // NOTE: asked first, because to look for its bond takes longer.
    const scope = isHeard(this, event) ? Bond.scopeOf(this) : undefined;
    if (scope === undefined) return original.call(this, event, ...args);
    if (event === 'error' && this instanceof ServerResponse) endFailed(scope, args[0]);
    if (isAtScope(scope)) return original.call(this, event, ...args);
    return emitIn(scope, original, this, event, ...args);
  };
  Object.defineProperty(target, 'emit', { value: emit, configurable: true, writable: true });
}

/** NOTE: of most events nobody hears but Node itself, and an error of which nobody does is thrown. */
function isHeard(emitter: Listening, event: string | symbol): boolean {
  const { _events: listeners } = emitter;
  if (listeners === undefined) return event === 'error' || listenerCount.call(emitter, event) > 0;
  const listener = listeners[event];
  if (listener === undefined) return event === 'error';
  return event !== 'end' || !isOfNode(listener);
}

/** What Node's server does with the end of every request: it belongs to the connection. */
let ofNode: unknown;

function isOfNode(listener: unknown): boolean {
  if (listener === ofNode) return true;
  if (ofNode !== undefined || typeof listener !== 'function' || listener.name !== 'clearIncoming')
    return false;
  ofNode = listener;
  return true;
}

/** NOTE: arguments that are only spread are never made an array of, and most events come no further than to `watchEmit`. */
function emitIn(
  scope: RequestScope,
  original: Emit,
  emitter: EventEmitter,
  event: string | symbol,
  ...args: readonly unknown[]
): boolean {
  return runAtScope(scope, () => original.call(emitter, event, ...args));
}

function tellClosed(emitter: EventEmitter): void {
  const closing = Bond.takeClosing(emitter);
  if (closing === undefined) return;
  const scope = Bond.scopeOf(emitter);
  if (scope === undefined || currentScope() === scope) tell(closing);
  else runInScope(scope, () => tell(closing));
}

function tell(closing: Closing | ReadonlySet<Closing>): void {
  if (!(closing instanceof Set)) (closing as Closing).closed();
  else for (const each of closing as ReadonlySet<Closing>) each.closed();
}
