import type http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Pipeline } from '../../pipeline/pipeline.js';
import { bindEvents, scopeOf } from './bound-events.js';
import { unfinishedRequest } from './connection.js';
import type { Guard } from '../../guard.js';
import { rawRequestOf } from './http.js';
import type { ScopeFactory } from './http.js';
import { openRequest } from '../open-requests.js';
import { reportRequest } from '../reporter.js';
import { ABORTED, runInScope } from '../request-scope.js';
import type { Ending, RawRequest, RequestScope, Trouble } from '../request-scope.js';
import { endFailed } from '../spans/lean-server-span.js';
import type { ServerSpans } from './server-span.js';
import { changeServers } from './servers.js';
import { watchStatusLine } from './status-line.js';

interface ClientError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer;
  /** Up to where the parser came in the packet. */
  readonly bytesParsed?: number;
}

const REQUEST_LINE = /^([A-Z]{1,32}) (\S{1,2048}) HTTP\//;

type Emit = (this: http.Server, event: string | symbol, ...args: unknown[]) => boolean;

/** What Node answers to a malformed request by itself, where the application does not listen for `clientError`. */
const OWN_ANSWERS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/**
 * Requests that never become a `request` event: upgrades (WebSocket), CONNECT and malformed ones. No diagnostics
 * channel tells of them, so the servers' `emit` is watched.
 */
export function captureServerEvents(
  createScope: ScopeFactory,
  spans: ServerSpans,
  pipeline: Pipeline,
  guard: Guard,
): void {
  changeServers((prototype) => {
    const original = prototype.emit as Emit;
    const emit: Emit = function emit(event, ...args) {
      if (event === 'request') return emitRequest(original, this, event, args);
      if (event === 'checkContinue' || event === 'checkExpectation')
        return emitExpecting(original, this, event, args);
      if (event === 'upgrade' || event === 'connect') return emitUpgrade(original, this, event, args);
      if (event === 'clientError') clientError(this, args);
      return original.call(this, event, ...args);
    };
    prototype.emit = emit as typeof prototype.emit;
  });

  // NOTE: what these need would be kept by the function above at every event, if it stood there.
  function clientError(server: http.Server, [error, socket]: readonly unknown[]): void {
    guard('a malformed request', () => onClientError(server, error as ClientError, socket as Socket));
  }

  /** NOTE: the application may answer here, or emit `request` itself. */
  function emitExpecting(
    original: Emit,
    server: http.Server,
    event: string,
    args: readonly unknown[],
  ): boolean {
    const proceed = (): boolean => original.call(server, event, ...args);
    const scope = scopeOf(args[0]);
    if (scope === undefined || spans.areLean) return proceed();
    guard('a request that expects something', () => spans.startMissing(scope));
    return runInScope(scope, proceed);
  }

  function emitUpgrade(
    original: Emit,
    server: http.Server,
    event: string,
    args: readonly unknown[],
  ): boolean {
    const proceed = (): boolean => original.call(server, event, ...args);
    const scope = guard('an upgrade', () => openUpgrade(args[0] as IncomingMessage, args[1] as Socket));
    return scope === undefined ? proceed() : runInScope(scope, proceed);
  }

  function openUpgrade(request: IncomingMessage, socket: Socket): RequestScope {
    const scope = createScope(rawRequestOf(request));
    runInScope(scope, () => spans.startUnseen(scope));
    bindEvents(request, scope);
    bindEvents(socket, scope);
    const close = (status: number): void => {
      guard('the end of an upgrade', () => {
        scope.ending ??= endingOfUpgrade(scope, status);
        spans.end(scope);
        reportRequest(pipeline, scope);
      });
    };
    openRequest(scope, { report: () => close(0) });
    watchStatusLine(socket, close);
    return scope;
  }

  function onClientError(server: http.Server, error: ClientError, socket: Socket): void {
    const code = error.code ?? '';
    if (!code.startsWith('HPE_') && code !== 'ERR_HTTP_REQUEST_TIMEOUT') return;
    const trouble = (status: number) =>
      ({ ending: 'failed', error: { type: code, message: error.message }, status }) as const;
    const unfinished = unfinishedRequest(socket);
    const scope = unfinished?.scope ?? createScope(readRequestLine(error, socket));
    const report = (status: number): void => {
      if (unfinished === undefined) reportMalformed(scope, trouble(status));
      else scope.trouble = trouble(status);
    };
    if (server.listenerCount('clientError') === 0) {
      report(statusOfNode(code, socket, unfinished?.response));
      return;
    }
    // NOTE: the response of an unfinished request may be closed before its socket is.
    scope.trouble = trouble(0);
    if (unfinished?.response.headersSent !== true) {
      watchStatusLine(socket, (status) => guard('the answer to a malformed request', () => report(status)));
    }
  }

  function reportMalformed(scope: RequestScope, { ending, error, status }: Required<Trouble>): void {
    const attributes = { 'audit.http.malformed': 'true' };
    scope.ending = { ending, error, status, requestSize: 0, responseSize: 0, attributes };
    reportRequest(pipeline, scope);
  }
}

/** NOTE: where a handler throws, OpenTelemetry ends the span of its request then. */
function emitRequest(original: Emit, server: http.Server, event: string, args: readonly unknown[]): boolean {
  try {
    return original.call(server, event, ...args);
  } catch (error) {
    const scope = scopeOf(args[0]);
    if (scope !== undefined) endFailed(scope, error);
    throw error;
  }
}

/** Node answers by itself where the application does not listen, the socket still takes it and nothing was sent before. */
function statusOfNode(code: string, socket: Socket, response: ServerResponse | undefined): number {
  return socket.writable && response?.headersSent !== true ? (OWN_ANSWERS[code] ?? 400) : 0;
}

function endingOfUpgrade({ trouble }: RequestScope, status: number): Ending {
  return {
    status,
    ...(status === 0 ? (trouble ?? ABORTED) : { ending: 'answered' }),
    requestSize: 0,
    responseSize: 0,
    attributes: { 'audit.http.upgrade': 'true' },
  };
}

/** Method and path where the line of the request can be read; nothing else of a malformed request is kept. */
function readRequestLine({ rawPacket, bytesParsed }: ClientError, socket: Socket): RawRequest {
  const packet = rawPacket?.toString('latin1') ?? '';
  // NOTE: a packet may begin with requests that were well formed.
  const start = packet.lastIndexOf('\r\n\r\n', Math.max(0, (bytesParsed ?? 0) - 4));
  const line = REQUEST_LINE.exec(start === -1 ? packet : packet.slice(start + 4));
  return {
    method: line?.[1] ?? '',
    url: line?.[2] ?? '',
    headers: {},
    protocol: '1.1',
    remoteAddress: socket.remoteAddress,
    remotePort: socket.remotePort,
  };
}
