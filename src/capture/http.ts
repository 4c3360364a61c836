import diagnostics from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Pipeline } from '../pipeline/pipeline.js';
import type { Guard } from './guard.js';
import { reportRequest } from './reporter.js';
import { enterScope } from './request-scope.js';
import type { Ending, RawRequest, RequestScope } from './request-scope.js';

export type ScopeFactory = (raw: RawRequest) => RequestScope;

interface RequestStarted {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

const ABORTED = { type: 'aborted', message: 'the connection closed before the response was complete' };

/** Makes a scope for every HTTP/1 request, right before the application (and instrumentation-http) sees it. */
export function captureHttp(createScope: ScopeFactory, pipeline: Pipeline, guard: Guard): void {
  diagnostics.subscribe('http.server.request.start', (message) => {
    guard('the start of a request', () => {
      const { request, response } = message as RequestStarted;
      const scope = createScope(rawRequestOf(request));
      enterScope(scope);
      // NOTE: instrumentation-http adds its own listener later, so the ending is known when it ends the span.
      response.on('close', () =>
        guard('the end of a request', () => onClose(scope, request, response, pipeline)),
      );
    });
  });
}

export function rawRequestOf(request: IncomingMessage): RawRequest {
  return {
    method: request.method ?? '',
    url: request.url ?? '',
    headers: request.headers,
    protocol: request.httpVersion,
    remoteAddress: request.socket.remoteAddress,
    remotePort: request.socket.remotePort,
  };
}

function onClose(
  scope: RequestScope,
  request: IncomingMessage,
  response: ServerResponse,
  pipeline: Pipeline,
): void {
  scope.ending = endingOf(request, response);
  readExpressRoute(scope, request);
  if (scope.span === undefined) reportRequest(pipeline, scope, undefined);
}

/** `writableFinished` tells a response that left from one whose client had gone. */
function endingOf(request: IncomingMessage, response: ServerResponse): Ending {
  const isAnswered = response.writableFinished;
  return {
    status: response.headersSent ? response.statusCode : 0,
    ending: isAnswered ? 'answered' : 'aborted',
    requestSize: sizeOf(request.headers['content-length']),
    responseSize: sizeOf(response.getHeader('content-length')),
    ...(isAnswered ? {} : { error: ABORTED }),
  };
}

/** Frameworks in Express' manner leave the route on the request; the hook on their router knew it better. */
function readExpressRoute(
  scope: RequestScope,
  request: IncomingMessage & { route?: unknown; baseUrl?: unknown },
): void {
  const path = (request.route as { path?: unknown } | undefined)?.path;
  if (scope.route !== '' || typeof path !== 'string') return;
  scope.route = `${typeof request.baseUrl === 'string' ? request.baseUrl : ''}${path}`;
}

export function sizeOf(header: unknown): number {
  const size = Number(header);
  return Number.isSafeInteger(size) && size > 0 ? size : 0;
}
