import type { Http2ServerResponse, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Guard } from '../../guard.js';
import type { UseSafety } from '../../pipeline/delivery-demands.js';
import { keepOn } from '../keep-on.js';
import { REFUSAL, REFUSAL_HEADERS } from './refusals.js';
import type { Refusals } from './refusals.js';
import { waitForSafety } from './safety-wait.js';

const GATE = Symbol('audit-register.gate');

/** Piece of a body that has not passed through its stream yet. */
export type HeldPiece = readonly [chunk: unknown, encoding: unknown];

/** Makes the record of a request whose response waits. */
export type ReportHeldStream = (pieces: readonly HeldPiece[], use: UseSafety) => void;

type Call = (...args: unknown[]) => unknown;
type Captured = 'respond' | 'write' | 'end';

/** Node sends files past the stream, where nothing holds them. */
const FILES = ['respondWithFile', 'respondWithFD'] as const;
type Stream = ServerHttp2Stream & { [GATE]?: StreamGate | undefined };

/** Responses that end with their header. */
const BODILESS = new Set([204, 205, 304]);

/**
 * Keeps the end of an HTTP/2 response back until its records are safe: what the application calls on the stream meanwhile is
 * noted and called later, in its order. What it has sent before has left.
 */
class StreamGate {
  readonly #stream: Stream;
  readonly #isHead: boolean;
  readonly #report: ReportHeldStream;
  readonly #guard: Guard;
  readonly #refusals: Refusals;
  readonly #originals: Readonly<Record<Captured, Call>>;
  readonly #calls: { readonly name: Captured; readonly args: unknown[] }[] = [];
  #state: 'open' | 'held' | 'over' = 'open';
  #isReported = false;
  #stopWaiting: (() => void) | undefined;

  constructor(stream: Stream, isHead: boolean, report: ReportHeldStream, guard: Guard, refusals: Refusals) {
    this.#stream = stream;
    this.#isHead = isHead;
    this.#report = report;
    this.#guard = guard;
    this.#refusals = refusals;
    const { respond, write, end } = stream as unknown as Record<Captured, Call>;
    this.#originals = { respond, write, end };
    this.#put('respond', (...args) => {
      if (this.#state === 'open' && !this.#endsWith(args)) return this.#call('respond', args);
      return this.#end('respond', args);
    });
    this.#put('end', (...args) => {
      // NOTE: Node ends the stream of a HEAD itself before anybody has responded.
      if (this.#state === 'over' || this.#isHead) return this.#call('end', args);
      return this.#end('end', args);
    });
    for (const name of FILES) {
      const send = stream[name] as Call;
      show(stream, name, (...args: unknown[]) => {
        this.#letGo();
        return Reflect.apply(send, stream, args);
      });
    }
  }

  /** The application ends its response in the manner of HTTP/1, which sends its header and its body at that. */
  hold<T>(call: () => T): T {
    if (this.#state !== 'open' || this.#stream.destroyed || this.#stream.closed) return call();
    this.#hold();
    try {
      return call();
    } finally {
      this.#wait();
    }
  }

  closed(): void {
    this.#letGo();
  }

  #end(name: Captured, args: unknown[]): unknown {
    const stream = this.#stream;
    if (this.#state === 'over' || stream.destroyed || stream.closed) return this.#call(name, args);
    const isHere = this.#state === 'open';
    this.#hold();
    this.#note(name, args);
    if (isHere) this.#wait();
    return name === 'end' ? stream : undefined;
  }

  #hold(): void {
    this.#state = 'held';
    this.#put('write', (...args) => this.#note('write', args));
  }

  #note(name: Captured, args: unknown[]): true {
    this.#calls.push({ name, args });
    if (name !== 'respond') return true;
    // NOTE: for the application the header is sent, as it would be.
    show(this.#stream, 'headersSent', true);
    show(this.#stream, 'sentHeaders', headersOf(args[0]));
    return true;
  }

  #wait(): void {
    if (this.#isReported) return;
    this.#isReported = true;
    const { tell, stop } = waitForSafety((isSafe, isProven) => {
      if (isProven === true) this.#refusals.proven();
      this.#settle(isSafe);
    });
    this.#stopWaiting = stop;
    const isReported = this.#guard('the record of a stream that waits', () => {
      this.#report(this.#pieces(), tell);
      return true;
    });
    if (isReported !== true) tell(false);
  }

  #pieces(): HeldPiece[] {
    return this.#calls.filter(({ name }) => name !== 'respond').map(({ args }) => [args[0], args[1]]);
  }

  #settle(isSafe: boolean): void {
    if (this.#state !== 'held') return;
    const calls = this.#calls.splice(0);
    this.#letGo();
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    const isDone = this.#guard('a stream that waits', () => {
      if (isSafe) {
        for (const { name, args } of calls) this.#call(name, args);
      } else this.#refuse();
      return true;
    });
    if (isDone !== true) this.#reset();
  }

  /** NOTE: `close` with a code would end the stream in order first, and the client take what it has for the whole. */
  #reset(): void {
    // NOTE: without any listener the error would end the process.
    this.#stream.on('error', () => {});
    this.#stream.destroy(new Error('the audit record of the response could not be written'));
  }

  /** NOTE: what of a response has come to the client cannot be taken back. */
  #refuse(): void {
    this.#refusals.addResponse();
    if (this.#stream.headersSent) {
      this.#reset();
      return;
    }
    this.#call('respond', [{ ':status': REFUSAL.status, ...REFUSAL_HEADERS }]);
    this.#call('end', this.#isHead ? [] : [REFUSAL.body]);
  }

  #letGo(): void {
    this.#state = 'over';
    this.#stopWaiting?.();
    for (const name of ['respond', 'write', 'end', 'headersSent', 'sentHeaders', ...FILES])
      Reflect.deleteProperty(this.#stream, name);
    this.#stream[GATE] = undefined;
  }

  #call(name: Captured, args: unknown[]): unknown {
    return Reflect.apply(this.#originals[name], this.#stream, args);
  }

  #put(name: Captured, call: Call): void {
    show(this.#stream, name, call);
  }

  #endsWith([headers, options]: unknown[]): boolean {
    const status = Number(headersOf(headers)[':status']);
    const endsStream = (options as { endStream?: boolean } | undefined)?.endStream === true;
    return this.#isHead || endsStream || BODILESS.has(status);
  }
}

/** NOTE: newer versions of Node take a list of names and values in turn, too. */
function headersOf(given: unknown): OutgoingHttpHeaders {
  if (!Array.isArray(given)) return { ':status': 200, ...(given as OutgoingHttpHeaders | undefined) };
  const pairs = given.flatMap((name, at) => (at % 2 === 0 ? [[String(name), given[at + 1]]] : []));
  return { ':status': 200, ...(Object.fromEntries(pairs) as OutgoingHttpHeaders) };
}

function show(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
}

type End = (this: Http2ServerResponse, ...args: unknown[]) => unknown;

/** NOTE: before the application loads, so that whatever it puts on a response stands above. */
export function watchStreamResponses(): void {
  const { Http2ServerResponse } = process.getBuiltinModule('node:http2');
  const prototype = Http2ServerResponse.prototype as unknown as { end: End };
  const original = prototype.end;
  const end: End = function end(...args) {
    const gate = (this.stream as Stream | undefined)?.[GATE];
    if (gate === undefined) return original.apply(this, args);
    return gate.hold(() => original.apply(this, args));
  };
  Object.defineProperty(end, 'length', { value: original.length, configurable: true });
  Object.defineProperty(prototype, 'end', { value: end, configurable: true, writable: true });
}

/**
 * Keeps the end of this response back.
 *
 * @returns What is to be called when the stream closes.
 */
export function holdStream(
  stream: ServerHttp2Stream,
  isHead: boolean,
  report: ReportHeldStream,
  guard: Guard,
  refusals: Refusals,
): () => void {
  const gate = new StreamGate(stream, isHead, report, guard, refusals);
  keepOn(stream, GATE, gate);
  return () => gate.closed();
}

/** Takes the gate away: a response of our own waits for nothing. */
export function releaseStream(stream: ServerHttp2Stream): void {
  (stream as Stream)[GATE]?.closed();
}
