import http from 'node:http';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Tracer } from '@opentelemetry/api';
import type { Pipeline } from '../pipeline/pipeline.js';
import type { Guard } from './guard.js';
import { rawRequestOf } from './http.js';
import type { ScopeFactory } from './http.js';
import { reportRequest } from './reporter.js';
import { runInScope } from './request-scope.js';
import type { Ending, RawRequest } from './request-scope.js';
import { endServerSpan, runInContext, startServerSpan } from './server-span.js';
import { watchStatusLine } from './status-line.js';

type Emit = (this: http.Server, event: string | symbol, ...args: unknown[]) => boolean;

/** What Node answers to a malformed request by itself, where the application does not listen for `clientError`. */
const OWN_ANSWERS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_INVALID_EOF_STATE: 0,
};

/**
 * Requests that never become a `request` event: upgrades (WebSocket), CONNECT and malformed ones. No diagnostics
 * channel tells of them, so the servers' `emit` is watched.
 */
export function captureServerEvents(
  createScope: ScopeFactory,
  tracer: Tracer,
  pipeline: Pipeline,
  guard: Guard,
): void {
  for (const prototype of [http.Server.prototype, https.Server.prototype]) {
    const original = prototype.emit as Emit;
    const emit: Emit = function emit(event, ...args) {
      if (event === 'upgrade' || event === 'connect') {
        return emitUpgrade(args, () => original.call(this, event, ...args));
      }
      if (event === 'clientError') guard('a malformed request', () => onClientError(this, args));
      return original.call(this, event, ...args);
    };
    prototype.emit = emit as typeof prototype.emit;
  }

  function emitUpgrade(args: readonly unknown[], proceed: () => boolean): boolean {
    const opened = guard('an upgrade', () => openUpgrade(args[0] as IncomingMessage, args[1] as Socket));
    if (opened === undefined) return proceed();
    return runInScope(opened.scope, () => runInContext(opened.context, proceed));
  }

  function openUpgrade(request: IncomingMessage, socket: Socket) {
    const scope = createScope(rawRequestOf(request));
    return runInScope(scope, () => {
      const { span, context } = startServerSpan(tracer, scope);
      watchStatusLine(socket, (status) => {
        guard('the end of an upgrade', () => {
          scope.ending = endingOfUpgrade(status);
          endServerSpan(span, scope);
          reportRequest(pipeline, scope, undefined);
        });
      });
      return { scope, context };
    });
  }

  function onClientError(server: http.Server, args: readonly unknown[]): void {
    const [error, socket] = args as [NodeJS.ErrnoException & { rawPacket?: Buffer }, Socket];
    const code = error.code ?? '';
    if (!code.startsWith('HPE_') && code !== 'ERR_HTTP_REQUEST_TIMEOUT') return;
    const scope = createScope(readRequestLine(error.rawPacket, socket));
    const isAnswered = server.listenerCount('clientError') === 0;
    scope.ending = {
      status: isAnswered ? (OWN_ANSWERS[code] ?? 400) : 0,
      ending: 'failed',
      requestSize: 0,
      responseSize: 0,
      error: { type: code, message: error.message },
      attributes: { 'audit.http.malformed': 'true' },
    };
    reportRequest(pipeline, scope, undefined);
  }
}

function endingOfUpgrade(status: number): Ending {
  const ending = status === 0 ? 'aborted' : 'answered';
  return { status, ending, requestSize: 0, responseSize: 0, attributes: { 'audit.http.upgrade': 'true' } };
}

/** Method and path where the first line can be read; nothing else of a malformed request is kept. */
function readRequestLine(packet: Buffer | undefined, socket: Socket): RawRequest {
  const line = /^([A-Z]{1,32}) (\S{1,2048}) HTTP\//.exec(packet?.toString('latin1', 0, 2_200) ?? '');
  return {
    method: line?.[1] ?? '',
    url: line?.[2] ?? '',
    headers: {},
    protocol: '1.1',
    remoteAddress: socket.remoteAddress,
    remotePort: socket.remotePort,
  };
}
