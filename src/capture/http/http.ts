import diagnostics from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Guard } from '../../guard.js';
import type { Pipeline } from '../../pipeline/pipeline.js';
import type { BodyWatch } from '../bodies/body-watch.js';
import { openRequest } from '../open-requests.js';
import { enterScope } from '../request-scope.js';
import type { RawRequest, RequestScope } from '../request-scope.js';
import { bindEvents, watchMessages, whenClosed } from './bound-events.js';
import { noteConnection } from './connection.js';
import { Exchange } from './exchange.js';
import type { Refusals } from './refusals.js';
import type { ServerSpans } from './server-span.js';
import { holdResponse, watchResponses } from './response-gate.js';

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
  const sight = { spans, pipeline, guard };
  watchMessages();
  if (demands.holdsResponses) watchResponses();
  diagnostics.subscribe('http.server.request.start', (message) => {
    const started = message as RequestStarted;
    if (guard('the start of a request', start, started) === true) return;
    // NOTE: it will have no record, so where it may need one its response must not leave.
    guard('a request that could not be started', keep, started);
  });

  function start({ request, response }: RequestStarted): true {
    const scope = createScope(rawRequestOf(request));
    enterScope(scope);
    spans.startSeen(scope);
    const bodies = watch.http1(scope, request, response);
    const exchange = new Exchange(scope, request, response, bodies, sight);
    bindEvents(request, scope);
    bindEvents(response, scope);
    if (!spans.areLean) makeRoom(response);
    if (demands.mayWait(scope.method, scope.rawUrl))
      exchange.letGo = holdResponse(response, (held) => exchange.report(held), guard, refusals);
    openRequest(scope, exchange);
    whenClosed(response, exchange);
    noteConnection(exchange);
    return true;
  }

  function keep({ request, response }: RequestStarted): void {
    if (demands.mayWait(request.method ?? '', request.url ?? ''))
      holdResponse(response, (use) => use(false), guard, refusals);
  }
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
