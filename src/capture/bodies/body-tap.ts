import { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Guard } from '../../guard.js';
import { keepOn } from '../keep-on.js';
import { BodyPrefix } from './body-prefix.js';
import { isTextual } from './body-text.js';

const TAP = Symbol('audit-register.body');

/** Where pieces of one body are told. What is no text is only counted. */
export class BodyTap {
  /** Whether the last piece went by. */
  isEnded = false;
  #prefix: BodyPrefix | undefined;
  readonly #maxBytes: number;
  readonly #contentType: () => string;
  readonly #guard: Guard;

  /** @param contentType Asked at the first piece: the headers of a response are known by then. */
  constructor(maxBytes: number, contentType: () => string, guard: Guard) {
    this.#maxBytes = maxBytes;
    this.#contentType = contentType;
    this.#guard = guard;
  }

  get prefix(): BodyPrefix {
    return (this.#prefix ??= new BodyPrefix(isTextual(this.#contentType()) ? this.#maxBytes : 0));
  }

  add(chunk: unknown, encoding: unknown): void {
    this.#guard('a piece of a body', () => this.prefix.add(chunk, encoding));
  }
}

type Tapped = object & { [TAP]?: BodyTap };
type Call = (this: Tapped, ...args: unknown[]) => unknown;

/**
 * Node pushes into a request what it has received: seen there, nobody reads it earlier, later or twice for our sake.
 *
 * NOTE: once for all requests, because a function for each would cost every one.
 */
export function watchRequestBodies(): void {
  wrap(IncomingMessage.prototype, 'push', (tap, message, chunk, encoding) => {
    if (chunk !== null) tap.add(chunk, encoding);
    // NOTE: Node throws away what comes after the response of a handler that did not read.
    else tap.isEnded ||= (message as { readonly _dumped?: boolean })._dumped !== true;
  });
}

/**
 * On the prototype, so beneath what middlewares put on a response: a compressed body is seen compressed, as it leaves.
 *
 * NOTE: Node's `end` does not call `write`.
 */
export function watchResponseBodies(): void {
  for (const name of ['write', 'end'] as const) {
    wrap(ServerResponse.prototype, name, (tap, message, chunk, encoding) => {
      const response = message as ServerResponse;
      // Refused by Node; the application gets its error.
      if (!response.writableEnded && !response.destroyed) tap.add(chunk, encoding);
    });
  }
}

export function tapMessage(message: IncomingMessage | ServerResponse, tap: BodyTap): void {
  keepOn(message, TAP, tap);
}

/** What an HTTP/2 stream receives, in both of Node's APIs. */
export function tapReceived(stream: ServerHttp2Stream, tap: BodyTap): void {
  own(stream, 'push', (chunk, encoding) => {
    if (chunk !== null) tap.add(chunk, encoding);
    // NOTE: a stream that is reset gets an end too.
    else tap.isEnded ||= !stream.closed;
  });
}

/** What an HTTP/2 stream sends, seen where it leaves the stream's buffer. */
export function tapSent(stream: ServerHttp2Stream, tap: BodyTap): void {
  own(stream, '_write', (chunk, encoding) => tap.add(chunk, encoding));
  own(stream, '_writev', (chunks) => {
    for (const { chunk, encoding } of chunks as { chunk: unknown; encoding: unknown }[]) {
      tap.add(chunk, encoding);
    }
  });
}

function wrap(
  prototype: object,
  name: string,
  see: (tap: BodyTap, message: object, chunk: unknown, encoding: unknown) => void,
): void {
  const original = (prototype as Record<string, Call>)[name] as Call;
  const watched = function (this: Tapped, ...args: unknown[]): unknown {
    const tap = this[TAP];
    if (tap !== undefined) see(tap, this, args[0], args[1]);
    return original.apply(this, args);
  };
  put(prototype, name, watched, original);
}

function own(stream: object, name: string, see: (chunk: unknown, encoding: unknown) => void): void {
  const original = (stream as Record<string, Call>)[name] as Call;
  const watched = function (this: Tapped, ...args: unknown[]): unknown {
    see(args[0], args[1]);
    return original.apply(this, args);
  };
  put(stream, name, watched, original);
}

function put(target: object, name: string, watched: Call, original: Call): void {
  Object.defineProperty(watched, 'name', { value: original.name, configurable: true });
  Object.defineProperty(watched, 'length', { value: original.length, configurable: true });
  Object.defineProperty(target, name, { value: watched, configurable: true, writable: true });
}
