import diagnostics from 'node:diagnostics_channel';
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { ownData } from '../../identity/data-property.js';
import type { AnswerHeaders } from '../../pipeline/facts.js';
import type { Pipeline } from '../../pipeline/pipeline.js';
import { createBodyFacts } from '../bodies/body-text.js';
import { requestBodyFacts, sentBody } from '../bodies/body-watch.js';
import type { Bodies, BodyWatch } from '../bodies/body-watch.js';
import { bindEvents, whenClosed } from './bound-events.js';
import type { Guard } from '../../guard.js';
import type { ScopeFactory } from './http.js';
import { openRequest } from '../open-requests.js';
import { reportRequest } from '../reporter.js';
import { enterScope } from '../request-scope.js';
import type { Ending, RawRequest, RequestScope } from '../request-scope.js';
import type { UseSafety } from '../../pipeline/delivery-demands.js';
import type { Refusals } from './refusals.js';
import { headerText, sizeOf } from './response-headers.js';
import type { ServerSpans } from './server-span.js';
import { holdStream, watchStreamResponses } from './stream-gate.js';
import type { HeldPiece } from './stream-gate.js';

/** RFC 9113, 7. NOTE: not taken from `node:http2`, which brings TLS with it: most applications never load it. */
const NO_ERROR = 0;

interface StreamStarted {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
}

/** HTTP/2 requests, which instrumentation-http does not see: a scope and a span of our own. */
export function captureHttp2(
  createScope: ScopeFactory,
  watch: BodyWatch,
  spans: ServerSpans,
  pipeline: Pipeline,
  guard: Guard,
  refusals: Refusals,
): void {
  const { demands } = pipeline;
  if (demands.holdsResponses) watchStreamResponses();
  diagnostics.subscribe('http2.server.stream.start', (message) => {
    const { stream, headers } = message as StreamStarted;
    const isStarted = guard('the start of an HTTP/2 request', () => {
      const scope = createScope(rawRequestOf(stream, headers));
      enterScope(scope);
      spans.startUnseen(scope);
      spans.enter(scope);
      bindEvents(stream, scope);
      const bodies = watch.http2(scope, stream);
      scope.identity.addCarrier(NOTHING, (name) => ownData(compatibleRequestOf(stream), name));
      const report = (held?: readonly HeldPiece[], use?: UseSafety): void => {
        const isReported = guard('the end of an HTTP/2 request', () => {
          scope.ending ??= endingOf(scope, stream, headers, bodies, held);
          spans.end(scope);
          reportRequest(pipeline, scope, use);
          return true;
        });
        if (isReported !== true) use?.(false);
      };
      const letGo = demands.mayWait(scope.method, scope.rawUrl)
        ? holdStream(stream, scope.method === 'HEAD', report, guard, refusals)
        : undefined;
      const close = (): void => {
        report();
        letGo?.();
      };
      openRequest(scope, { report: () => report() });
      whenClosed(stream, { closed: close });
      return true;
    });
    if (isStarted === true) return;
    // NOTE: it will have no record, so where it may need one its response must not leave.
    guard('an HTTP/2 request that could not be started', () => {
      const { ':method': method = '', ':path': path = '' } = headers;
      if (demands.mayWait(method, path))
        holdStream(stream, method === 'HEAD', (_pieces, use) => use(false), guard, refusals);
    });
  });
}

const NOTHING = Object.freeze({});

/** Node's key for what it keeps on a stream: the request in the manner of HTTP/1 that it made for a listener. */
let requestKey: symbol | undefined;

/** Undefined where the application serves the stream itself. */
function compatibleRequestOf(stream: ServerHttp2Stream): unknown {
  requestKey ??= Object.getOwnPropertySymbols(stream).find(({ description }) => description === 'request');
  return requestKey === undefined ? undefined : ownData(stream, requestKey);
}

function rawRequestOf(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): RawRequest {
  const socket = stream.session?.socket;
  return {
    method: headers[':method'] ?? '',
    url: headers[':path'] ?? '',
    headers,
    protocol: '2',
    remoteAddress: socket?.remoteAddress,
    remotePort: socket?.remotePort,
    connection: socket,
  };
}

function endingOf(
  scope: RequestScope,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  bodies: Bodies,
  held: readonly HeldPiece[] | undefined,
): Ending {
  const sent: OutgoingHttpHeaders | undefined = stream.sentHeaders;
  for (const [chunk, encoding] of held ?? []) bodies.response?.add(chunk, encoding);
  const { rstCode } = stream;
  const status = Number(sent?.[':status'] ?? 0);
  const isEventStream = sent?.['content-type']?.startsWith('text/event-stream') === true;
  // NOTE: `writableFinished` stays false when a stream closes in the turn of its last frame.
  const isComplete = held !== undefined || (rstCode === NO_ERROR && stream.writableEnded);
  const isAnswered = status > 0 && scope.trouble === undefined && (isComplete || isEventStream);
  const requestSize = sizeOf(headers['content-length']);
  const responseSize = sizeOf(sent?.['content-length']);
  const response = sentBody(bodies, scope.method, status);
  const error = { type: 'aborted', message: `the stream was reset (code ${rstCode})` };
  return {
    status,
    ...(isAnswered ? { ending: 'answered' } : (scope.trouble ?? { ending: 'aborted', error })),
    requestSize: requestSize || (bodies.request?.prefix.size ?? 0),
    responseSize: responseSize || (response?.prefix.size ?? 0),
    requestBody: requestBodyFacts(bodies.request, headers, rstCode === NO_ERROR),
    responseBody:
      response &&
      createBodyFacts(response.prefix, {
        contentType: headerText(sent, 'content-type'),
        contentEncoding: headerText(sent, 'content-encoding'),
        declaredSize: responseSize,
        isWhole: isComplete,
      }),
    ...(scope.authRoute === undefined ? {} : { answer: answerOf(sent) }),
  };
}

function answerOf(sent: OutgoingHttpHeaders | undefined): AnswerHeaders {
  return { location: sent?.['location'] ?? '', contentType: sent?.['content-type'] ?? '' };
}
