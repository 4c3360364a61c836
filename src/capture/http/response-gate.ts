import { Buffer } from 'node:buffer';
import { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Guard } from '../../guard.js';
import type { UseSafety } from '../../pipeline/delivery-demands.js';
import { keepOn } from '../keep-on.js';
import { refusalMessage } from './refusals.js';
import type { Refusals } from './refusals.js';
import { waitForSafety } from './safety-wait.js';
import { nextTick } from '../../timers.js';

const GATE = Symbol('audit-register.gate');

/** Makes the record of a request whose response waits. */
export type ReportHeld = (use: UseSafety) => void;

type Callback = ((error?: Error | null) => void) | null | undefined;

/**
 * What Node keeps in a response beside its public face, the same since Node.js 10: `outputData` is what a pipelined
 * response has written before its turn, `_flush` what sends it when the turn has come.
 */
type Internals = ServerResponse & {
  [GATE]?: ResponseGate | undefined;
  outputData: { data: unknown; encoding: unknown; callback: Callback }[];
  outputSize: number;
  readonly _headerSent: boolean;
  readonly _hasBody: boolean;
  readonly _contentLength: number | null;
  readonly _onPendingData: (bytes: number) => void;
  _flush(): void;
};

/** A connection of Node's HTTP server. */
type Connection = Socket & { _httpMessage: unknown };

/** Responses that wait, for those who ask Node which connections are idle. */
const held = new Set<ServerResponse>();

/**
 * Keeps the end of a response back until its records are safe. While it does, Node itself holds the bytes, as it does for
 * a pipelined response whose turn has not come: so the response behaves like any other for the application.
 */
class ResponseGate {
  readonly #response: Internals;
  readonly #report: ReportHeld;
  readonly #guard: Guard;
  readonly #refusals: Refusals;
  #state: 'open' | 'held' | 'over' = 'open';
  #isReported = false;
  #isOnWire = false;
  #bodyBytes = 0;
  #stopWaiting: (() => void) | undefined;

  constructor(response: Internals, report: ReportHeld, guard: Guard, refusals: Refusals) {
    this.#response = response;
    this.#report = report;
    this.#guard = guard;
    this.#refusals = refusals;
  }

  get isHolding(): boolean {
    return this.#state === 'held';
  }

  /** The application ends its response. */
  end<T>(call: () => T): T {
    const response = this.#response;
    if (this.#state === 'over' || response.writableEnded || isGone(response)) return call();
    const wasHeld = this.isHolding;
    this.#hold();
    // NOTE: with nothing left to send Node would be finished at once; something that is pending makes it queue that, too.
    response.outputSize += 1;
    try {
      return call();
    } catch (error) {
      if (!wasHeld) this.#letGo('open');
      throw error;
    } finally {
      response.outputSize -= 1;
      if (response.writableEnded) this.#wait();
    }
  }

  /** Part of the response is about to be sent: what completes it is its end, whether or not `end` was called. */
  beforeSend(data: unknown, encoding: unknown): void {
    if (this.#state !== 'open' || isGone(this.#response)) return;
    const {
      _headerSent: isStarted,
      _hasBody: hasBody,
      _contentLength: length,
      chunkedEncoding,
    } = this.#response;
    if (hasBody) {
      if (chunkedEncoding || length === null) return;
      this.#bodyBytes += sizeOf(data, encoding);
      if (!(this.#bodyBytes >= length)) return;
    } else if (isStarted) return;
    this.#hold();
    // NOTE: the application is in the middle of a write, and learns its outcome first.
    nextTick(() => this.#wait());
  }

  /** The connection is gone, or the application destroyed its response. */
  closed(): void {
    if (this.#state !== 'held') {
      this.#state = 'over';
      return;
    }
    this.#guard('a response that waits', () => this.#fail());
  }

  #hold(): void {
    if (this.#state !== 'open') return;
    this.#state = 'held';
    this.#isOnWire = this.#response.socket !== null && this.#response._headerSent;
    held.add(this.#response);
  }

  #letGo(state: 'open' | 'over'): void {
    this.#state = state;
    this.#stopWaiting?.();
    held.delete(this.#response);
  }

  #wait(): void {
    if (this.#state !== 'held' || this.#isReported) return;
    this.#isReported = true;
    const { tell, stop } = waitForSafety((isSafe, isProven) => {
      if (isProven === true) this.#refusals.proven();
      this.#settle(isSafe);
    });
    this.#stopWaiting = stop;
    const isReported = this.#guard('the record of a response that waits', () => (this.#report(tell), true));
    if (isReported !== true) tell(false);
  }

  #settle(isSafe: boolean): void {
    if (this.#state !== 'held') return;
    const isDone = this.#guard('a response that waits', () => {
      if (isSafe) this.#release();
      else this.#refuse();
      return true;
    });
    if (isDone !== true) this.#response.destroy();
  }

  #release(): void {
    this.#letGo('over');
    // NOTE: one whose turn has not come is sent by Node then.
    if (connectionOf(this.#response) !== undefined) this.#response._flush();
  }

  #refuse(): void {
    this.#refusals.addResponse();
    const response = this.#response;
    const connection = connectionOf(response);
    // NOTE: what of a response has come to the client cannot be taken back.
    if (this.#isOnWire) {
      this.#fail();
      cutOff(response);
    } else if (connection === undefined && !response.destroyed) {
      this.#stopWaiting?.();
      response.once('socket', () => nextTick(() => this.#refuseOn(connectionOf(response))));
    } else this.#refuseOn(connection);
  }

  #refuseOn(connection: Connection | undefined): void {
    this.#guard('a response that is refused', () => {
      this.#fail();
      if (connection === undefined) return;
      if (connection.writable) connection.write(refusalMessage(this.#response._hasBody), 'latin1');
      connection.destroySoon();
    });
  }

  /** What was to be sent never will be. */
  #fail(): void {
    this.#letGo('over');
    const response = this.#response;
    const { outputData, outputSize } = response;
    response.outputData = [];
    // NOTE: its size stays, or Node.js 22 would take the response for finished.
    response._onPendingData(-outputSize);
    const error = Object.assign(new Error('the response was not sent'), { code: 'ERR_STREAM_DESTROYED' });
    for (const { callback } of outputData) {
      if (typeof callback === 'function' && !isBlindFinish(callback)) nextTick(callback, error);
    }
  }
}

/** NOTE: a connection that ends in order is the end of a response without a length. */
function cutOff(response: Internals): void {
  try {
    response.socket?.resetAndDestroy();
  } catch {
    // Only TCP can be reset; TLS tells its client of an end without a farewell.
  }
  response.destroy();
}

/** Until Node.js 24 a response takes any end of its last write for success. */
function isBlindFinish({ name, length }: NonNullable<Callback>): boolean {
  return name === 'bound onFinish' && length === 0;
}

/** Nobody gets it any more. */
function isGone({ destroyed, socket }: Internals): boolean {
  return destroyed || socket?.destroyed === true;
}

/** The connection that a response has, where it is its turn. */
function connectionOf(response: Internals): Connection | undefined {
  const connection = response.socket as Connection | null;
  return connection !== null && connection._httpMessage === response ? connection : undefined;
}

function sizeOf(data: unknown, encoding: unknown): number {
  if (typeof data === 'string') return Buffer.byteLength(data, encoding as BufferEncoding);
  return data instanceof Uint8Array ? data.byteLength : 0;
}

type Method = (this: Internals, ...args: unknown[]) => unknown;

/** Lets gates be set. NOTE: before the application loads, so that whatever it puts on a response stands above. */
export function watchResponses(): void {
  wrap('end', (gate, proceed) => gate.end(proceed));
  wrap('_send', (gate, proceed, _response, [data, encoding]) => {
    gate.beforeSend(data, encoding);
    return proceed();
  });
  wrap('_flush', (gate, proceed) => (gate.isHolding ? undefined : proceed()));
  wrap('_writeRaw', (gate, proceed, response, [data, encoding]) => {
    const connection = connectionOf(response);
    if (!gate.isHolding || connection === undefined) return proceed();
    refuseEncoding(data, encoding);
    connection._httpMessage = null;
    try {
      return proceed();
    } finally {
      connection._httpMessage = response;
    }
  });
}

/** As a socket does, which sees it too late here. @throws TypeError */
function refuseEncoding(data: unknown, encoding: unknown): void {
  if (typeof data === 'string' && typeof encoding === 'string' && encoding !== 'buffer' && encoding !== '')
    Buffer.from('', encoding as BufferEncoding);
}

function wrap(
  name: 'end' | '_send' | '_flush' | '_writeRaw',
  see: (gate: ResponseGate, proceed: () => unknown, response: Internals, args: unknown[]) => unknown,
): void {
  const prototype = ServerResponse.prototype as unknown as Record<string, Method>;
  const original = prototype[name] as Method;
  const watched: Method = function (...args) {
    const gate = this[GATE];
    if (gate === undefined) return original.apply(this, args);
    return see(gate, () => original.apply(this, args), this, args);
  };
  Object.defineProperty(watched, 'name', { value: original.name, configurable: true });
  Object.defineProperty(watched, 'length', { value: original.length, configurable: true });
  Object.defineProperty(prototype, name, { value: watched, configurable: true, writable: true });
}

/**
 * Keeps the end of this response back.
 *
 * @returns What is to be called when the response closes.
 */
export function holdResponse(
  response: ServerResponse,
  report: ReportHeld,
  guard: Guard,
  refusals: Refusals,
): () => void {
  const gate = new ResponseGate(response as Internals, report, guard, refusals);
  keepOn(response, GATE, gate);
  return () => gate.closed();
}

/** Takes the gate away: a response of our own waits for nothing. */
export function releaseResponse(response: ServerResponse): void {
  (response as Internals)[GATE] = undefined;
}

/** Runs work that closes idle connections: one is not idle while its response waits, although it has ended. */
export function withHeldUnfinished<T>(work: () => T): T {
  const waiting = ([...held] as { finished: boolean }[]).filter(({ finished }) => finished);
  for (const response of waiting) response.finished = false;
  try {
    return work();
  } finally {
    for (const response of waiting) response.finished = true;
  }
}
