import { ServerResponse } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { Guard } from '../../guard.js';
import type { DeliveryDemands } from '../../pipeline/delivery-demands.js';
import { REFUSAL, REFUSAL_HEADERS, refusalMessage } from './refusals.js';
import type { Refusals } from './refusals.js';
import { releaseResponse, withHeldUnfinished } from './response-gate.js';
import { changeServers } from './servers.js';
import { releaseStream } from './stream-gate.js';

type Emit = (this: object, event: string | symbol, ...args: unknown[]) => boolean;
type Refuse = (args: readonly unknown[]) => void;

interface Refusable {
  /** Method and path. */
  readonly asks: (args: readonly unknown[]) => readonly [string | undefined, string | undefined];
  readonly refuse: Refuse;
}

/**
 * Events that hand a request to the application.
 * NOTE: a listener for `checkExpectation` answers in the place of Node, and may do anything, too.
 */
const REQUESTS: Readonly<Record<string, Refusable>> = {
  request: { asks: requestLine, refuse: refuseRequest },
  checkContinue: { asks: requestLine, refuse: refuseRequest },
  checkExpectation: { asks: requestLine, refuse: refuseRequest },
  upgrade: { asks: requestLine, refuse: refuseConnection },
  connect: { asks: requestLine, refuse: refuseConnection },
};
const STREAMS: Readonly<Record<string, Refusable>> = { stream: { asks: streamLine, refuse: refuseStream } };

/**
 * Answers for the application where the record of a request could not be kept, before any of its code runs, and keeps
 * servers that close from taking a connection for idle whose response waits. Touches nothing where neither can happen.
 */
export function guardServers(demands: DeliveryDemands, guard: Guard, refusals: Refusals): void {
  if (demands.holdsResponses) changeServers(keepHeldConnections);
  if (!demands.refusesRequests) return;
  changeServers((prototype) => watch(prototype, REQUESTS));
  const { Http2ServerResponse } = process.getBuiltinModule('node:http2');
  for (const prototype of http2Servers()) watch(prototype, { ...REQUESTS, ...STREAMS });

  function watch(prototype: object, events: Readonly<Record<string, Refusable>>): void {
    const original = (prototype as { emit: Emit }).emit;
    const emit: Emit = function emit(event, ...args) {
      const refusable = typeof event === 'string' ? events[event] : undefined;
      if (refusable !== undefined && isFresh(args[1]) && isRefused(refusable, args)) return true;
      return original.call(this, event, ...args);
    };
    Object.defineProperty(prototype, 'emit', { value: emit, configurable: true, writable: true });
  }

  /**
   * Whether nobody has answered yet.
   * NOTE: a response in Node's HTTP/2 is of a stream that was let pass before; and an application may emit a request again.
   */
  function isFresh(answer: unknown): boolean {
    if (answer instanceof Http2ServerResponse) return false;
    return !(answer instanceof ServerResponse) || !answer.headersSent;
  }

  function isRefused({ asks, refuse }: Refusable, args: readonly unknown[]): boolean {
    const isRefused = guard('whether a request is refused', () => {
      const [method = '', url = ''] = asks(args);
      return demands.refuses(method, url);
    });
    if (isRefused !== true) {
      refusals.served();
      return false;
    }
    refusals.add();
    guard('a request that is refused', () => refuse(args));
    return true;
  }
}

/** NOTE: Node does not give their classes away. */
function http2Servers(): object[] {
  const http2 = process.getBuiltinModule('node:http2');
  return [http2.createServer(), http2.createSecureServer()].map(
    (server) => Object.getPrototypeOf(server) as object,
  );
}

function keepHeldConnections(prototype: Server): void {
  const original = prototype.closeIdleConnections;
  const closeIdleConnections = function (this: Server): void {
    withHeldUnfinished(() => original.call(this));
  };
  Object.defineProperty(prototype, 'closeIdleConnections', {
    value: closeIdleConnections,
    configurable: true,
    writable: true,
  });
}

function requestLine([request]: readonly unknown[]): [string | undefined, string | undefined] {
  const { method, url } = request as IncomingMessage;
  return [method, url];
}

function streamLine([, headers]: readonly unknown[]): [string | undefined, string | undefined] {
  const { ':method': method, ':path': path } = headers as IncomingHttpHeaders;
  return [method, path];
}

function refuseRequest([request, given]: readonly unknown[]): void {
  const response = given as ServerResponse;
  releaseResponse(response);
  // NOTE: a client that waits to be told to go on may send its body or not: nobody could say where the next request begins.
  const isExpecting = (request as IncomingMessage).headers.expect !== undefined;
  response.writeHead(REFUSAL.status, { ...REFUSAL_HEADERS, ...(isExpecting ? { connection: 'close' } : {}) });
  response.end(REFUSAL.body);
}

function refuseConnection([, given]: readonly unknown[]): void {
  const socket = given as Socket;
  // NOTE: nobody else listens any more, and an error without a listener would end the process.
  socket.on('error', () => {});
  socket.write(refusalMessage(true), 'latin1');
  socket.destroySoon();
}

function refuseStream([given]: readonly unknown[]): void {
  const stream = given as ServerHttp2Stream;
  releaseStream(stream);
  stream.on('error', () => {});
  stream.respond({ ':status': REFUSAL.status, ...REFUSAL_HEADERS });
  stream.end(REFUSAL.body);
}
