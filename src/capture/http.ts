import diagnostics from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnswerHeaders, BodyFacts } from '../pipeline/facts.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import { activeUnsampledSpan } from './active-span.js';
import { bindEvents, watchMessages } from './bound-events.js';
import { forgetRequest, noteConnection } from './connection.js';
import type { Guard } from '../guard.js';
import { watchLoginBody } from './login-body.js';
import { openRequest, reportRequest } from './reporter.js';
import { ABORTED, enterScope } from './request-scope.js';
import type { Ending, RawRequest, RequestScope } from './request-scope.js';

export type ScopeFactory = (raw: RawRequest) => RequestScope;

interface RequestStarted {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Makes a scope for every HTTP/1 request, right before the application (and instrumentation-http) sees it. */
export function captureHttp(createScope: ScopeFactory, pipeline: Pipeline, guard: Guard): void {
  watchMessages();
  diagnostics.subscribe('http.server.request.start', (message) => {
    guard('the start of a request', () => {
      const { request, response } = message as RequestStarted;
      const scope = createScope(rawRequestOf(request));
      enterScope(scope);
      bindEvents(request, scope);
      bindEvents(response, scope);
      const body = scope.authRoute === 'login' ? watchLoginBody(request, request.headers) : undefined;
      const close = (): void => {
        guard('the end of a request', () => {
          scope.span ??= activeUnsampledSpan();
          readExpressRoute(scope, request);
          scope.ending ??= endingOf(scope, request, response, body);
          reportRequest(pipeline, scope);
          forgetRequest(request.socket, scope);
        });
      };
      openRequest(scope, close);
      response.on('close', close);
      noteConnection(request, response, scope, close);
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
    rawHeaders: request.rawHeaders,
    connection: request.socket,
    carrier: request,
  };
}

/** `writableFinished` tells a response that left from one whose client had gone. */
function endingOf(
  scope: RequestScope,
  request: IncomingMessage,
  response: ServerResponse,
  requestBody: BodyFacts | undefined,
): Ending {
  const { trouble } = scope;
  const status = response.headersSent ? response.statusCode : (trouble?.status ?? 0);
  // NOTE: a stream of events has no end of its own; it has done its work when the client leaves.
  const isAnswered = response.writableFinished || (trouble === undefined && isEventStream(response));
  return {
    status,
    ...(isAnswered ? { ending: 'answered' } : (trouble ?? ABORTED)),
    ...(trouble === undefined ? {} : { error: trouble.error }),
    requestSize: sizeOf(request.headers['content-length']),
    responseSize: responseSizeOf(response),
    requestBody,
    ...(scope.authRoute === undefined ? {} : { answer: answerOf(response) }),
  };
}

/** What Node keeps of the headers that were given to `writeHead` or made by itself. */
type Sent = ServerResponse & { readonly _header?: unknown; readonly _contentLength?: unknown };

function answerOf(response: ServerResponse): AnswerHeaders {
  const location = response.getHeader('location') ?? sentHeader(response, /^location: *(.*)$/im);
  return { location: String(location), contentType: contentTypeOf(response) };
}

function contentTypeOf(response: ServerResponse): string {
  return String(response.getHeader('content-type') ?? sentHeader(response, /^content-type: *(.*)$/im));
}

function isEventStream(response: ServerResponse): boolean {
  if (!response.headersSent) return false;
  return contentTypeOf(response).startsWith('text/event-stream');
}

function responseSizeOf(response: ServerResponse): number {
  const known = response.getHeader('content-length') ?? (response as Sent)._contentLength;
  return sizeOf(known ?? sentHeader(response, /^content-length: *(\d+)/im));
}

function sentHeader(response: ServerResponse, line: RegExp): string {
  const { _header: text } = response as Sent;
  return typeof text === 'string' ? (line.exec(text)?.[1] ?? '') : '';
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
