import diagnostics from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnswerHeaders } from '../../pipeline/facts.js';
import { dataOf } from '../../pipeline/values/plain-data.js';
import type { Pipeline } from '../../pipeline/pipeline.js';
import { activeUnsampledSpan } from '../spans/active-span.js';
import { createBodyFacts } from '../bodies/body-text.js';
import { requestBodyFacts, sentBody } from '../bodies/body-watch.js';
import type { Bodies, BodyWatch } from '../bodies/body-watch.js';
import { bindEvents, watchMessages, whenClosed } from './bound-events.js';
import { forgetRequest, noteConnection } from './connection.js';
import type { Guard } from '../../guard.js';
import { openRequest, reportRequest } from '../reporter.js';
import { ABORTED, enterScope } from '../request-scope.js';
import type { Ending, RawRequest, RequestScope } from '../request-scope.js';
import type { UseSafety } from '../../pipeline/delivery-demands.js';
import type { Refusals } from './refusals.js';
import type { ServerSpans } from './server-span.js';
import { holdResponse, watchResponses } from './response-gate.js';
import {
  contentEncodingOf,
  contentLengthOf,
  contentTypeOf,
  isEventStream,
  locationOf,
  sizeOf,
} from './response-headers.js';

export type ScopeFactory = (raw: RawRequest) => RequestScope;

interface RequestStarted {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Makes a scope for every HTTP/1 request, right before the application (and instrumentation-http) sees it. */
export function captureHttp(
  createScope: ScopeFactory,
  watch: BodyWatch,
  spans: ServerSpans,
  pipeline: Pipeline,
  guard: Guard,
  refusals: Refusals,
): void {
  const { demands } = pipeline;
  watchMessages();
  if (demands.holdsResponses) watchResponses();
  diagnostics.subscribe('http.server.request.start', (message) => {
    const { request, response } = message as RequestStarted;
    const isStarted = guard('the start of a request', () => {
      const scope = createScope(rawRequestOf(request));
      enterScope(scope);
      spans.startSeen(scope);
      bindEvents(request, scope);
      bindEvents(response, scope);
      makeRoom(response);
      const bodies = watch.http1(scope, request, response);
      const report = (held?: UseSafety): void => {
        // NOTE: each by itself, because what the application made of its request costs a detail, never the record.
        guard('the span of a request', () => (scope.span ??= activeUnsampledSpan()));
        guard('the route of a request', () => readExpressRoute(scope, request));
        guard('the answer to a request', () => {
          scope.ending ??= endingOf(scope, request, response, bodies, held !== undefined);
        });
        const isReported = guard('the end of a request', () => (reportRequest(pipeline, scope, held), true));
        guard('the span of a request', () => spans.end(scope));
        if (isReported !== true) held?.(false);
      };
      const letGo = demands.mayWait(scope.method, scope.rawUrl)
        ? holdResponse(response, report, guard, refusals)
        : undefined;
      const close = (): void => {
        report();
        guard('the connection of a request', () => forgetRequest(request.socket, scope));
        letGo?.();
      };
      openRequest(scope, () => report());
      whenClosed(response, close);
      noteConnection(request, response, scope, close);
      return true;
    });
    if (isStarted === true) return;
    // NOTE: it will have no record, so where it may need one its response must not leave.
    guard('a request that could not be started', () => {
      if (demands.mayWait(request.method ?? '', request.url ?? ''))
        holdResponse(response, (use) => use(false), guard, refusals);
    });
  });
}

/** NOTE: instrumentation-http listens for the end of every response; the application must not be warned of it. */
function makeRoom(response: ServerResponse): void {
  const most = response.getMaxListeners();
  if (most > 0) response.setMaxListeners(most + 1);
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

/**
 * `writableFinished` tells a response that left from one whose client had gone.
 *
 * @param isHeld Whether it is whole and leaves when its record is safe.
 */
function endingOf(
  scope: RequestScope,
  request: IncomingMessage,
  response: ServerResponse,
  bodies: Bodies,
  isHeld: boolean,
): Ending {
  const { trouble } = scope;
  const status = response.headersSent ? response.statusCode : (trouble?.status ?? 0);
  // NOTE: a stream of events has no end of its own; it has done its work when the client leaves.
  const isAnswered =
    isHeld || response.writableFinished || (trouble === undefined && isEventStream(response));
  const declaredSize = contentLengthOf(response);
  const sent = sentBody(bodies, scope.method, status);
  return {
    status,
    ...(isAnswered ? { ending: 'answered' } : (trouble ?? ABORTED)),
    ...(trouble === undefined ? {} : { error: trouble.error }),
    requestSize: sizeOf(request.headers['content-length']) || (bodies.request?.prefix.size ?? 0),
    responseSize: declaredSize || (sent?.prefix.size ?? 0),
    requestBody: requestBodyFacts(bodies.request, request.headers, request.complete),
    responseBody:
      sent &&
      createBodyFacts(sent.prefix, {
        contentType: contentTypeOf(response),
        contentEncoding: contentEncodingOf(response),
        declaredSize,
        isWhole: isAnswered,
      }),
    ...(scope.authRoute === undefined ? {} : { answer: answerOf(response) }),
  };
}

function answerOf(response: ServerResponse): AnswerHeaders {
  return { location: locationOf(response), contentType: contentTypeOf(response) };
}

/** Frameworks in Express' manner leave the route on the request; the hook on their router knew it better. */
function readExpressRoute(scope: RequestScope, request: IncomingMessage): void {
  if (scope.route !== '') return;
  const path = dataOf(dataOf(request, 'route'), 'path');
  if (typeof path !== 'string') return;
  const base = dataOf(request, 'baseUrl');
  scope.route = `${typeof base === 'string' ? base : ''}${path}`;
}
