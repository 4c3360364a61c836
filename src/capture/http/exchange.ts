import { IncomingMessage } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { Guard } from '../../guard.js';
import type { UseSafety } from '../../pipeline/delivery-demands.js';
import type { AnswerHeaders } from '../../pipeline/facts.js';
import type { Pipeline } from '../../pipeline/pipeline.js';
import { dataOf } from '../../pipeline/values/plain-data.js';
import { createBodyFacts } from '../bodies/body-text.js';
import { requestBodyFacts, sentBody } from '../bodies/body-watch.js';
import type { Bodies } from '../bodies/body-watch.js';
import type { OpenRequest } from '../open-requests.js';
import { reportRequest } from '../reporter.js';
import { ABORTED } from '../request-scope.js';
import type { Ending, RequestScope } from '../request-scope.js';
import { activeUnsampledSpan } from '../spans/active-span.js';
import type { Closing } from './bound-events.js';
import { forgetRequest } from './connection.js';
import type { ServerSpans } from './server-span.js';
import {
  contentEncodingOf,
  contentLengthOf,
  contentTypeOf,
  isEventStream,
  locationOf,
  sizeOf,
} from './response-headers.js';

/** Where what is seen of requests goes. */
export interface Sight {
  readonly spans: ServerSpans;
  readonly pipeline: Pipeline;
  readonly guard: Guard;
}

/** One HTTP/1 request and its response. */
export class Exchange implements Closing, OpenRequest {
  readonly scope: RequestScope;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly bodies: Bodies;
  /** Called when the response closes, where it may have waited for its record. */
  letGo: (() => void) | undefined = undefined;
  readonly sight: Sight;

  constructor(
    scope: RequestScope,
    request: IncomingMessage,
    response: ServerResponse,
    bodies: Bodies,
    sight: Sight,
  ) {
    this.scope = scope;
    this.request = request;
    this.response = response;
    this.bodies = bodies;
    this.sight = sight;
  }

  /** @param held Told whether the response, which is whole, may leave; left out where it does not wait. */
  report(held?: UseSafety): void {
    const { guard } = this.sight;
    // NOTE: each by itself, because what the application made of its request costs a detail, never the record.
    guard('the span of a request', findSpan, this);
    guard('the route of a request', readExpressRoute, this);
    guard('the answer to a request', held === undefined ? noteEnding : noteHeldEnding, this);
    const isReported = held === undefined ? guard('the end of a request', end, this) : this.#endHeld(held);
    guard('the span of a request', endSpan, this);
    if (isReported !== true) held?.(false);
  }

  closed(): void {
    this.report();
    this.sight.guard('the connection of a request', forgetRequest, this);
    this.letGo?.();
  }

  #endHeld(held: UseSafety): true | undefined {
    return this.sight.guard('the end of a request', () => end(this, held));
  }
}

function end({ sight, scope }: Exchange, held?: UseSafety): true {
  reportRequest(sight.pipeline, scope, held);
  return true;
}

function endSpan({ sight, scope }: Exchange): void {
  sight.spans.end(scope);
}

function findSpan({ sight, scope }: Exchange): void {
  scope.span ??= activeUnsampledSpan();
  sight.spans.startMissing(scope);
}

function noteEnding(exchange: Exchange): void {
  exchange.scope.ending ??= endingOf(exchange, false);
}

function noteHeldEnding(exchange: Exchange): void {
  exchange.scope.ending ??= endingOf(exchange, true);
}

/**
 * `writableFinished` tells a response that left from one whose client had gone.
 *
 * @param isHeld Whether it is whole and leaves when its record is safe.
 */
function endingOf({ scope, request, response, bodies }: Exchange, isHeld: boolean): Ending {
  const { trouble } = scope;
  const status = response.headersSent ? response.statusCode : (trouble?.status ?? 0);
  // NOTE: a stream of events has no end of its own; it has done its work when the client leaves.
  const isAnswered =
    isHeld || response.writableFinished || (trouble === undefined && isEventStream(response));
  const declaredSize = contentLengthOf(response);
  const sent = sentBody(bodies, scope.method, status);
  const unanswered = trouble ?? ABORTED;
  return {
    status: isAnswered ? status : (unanswered.status ?? status),
    ending: isAnswered ? 'answered' : unanswered.ending,
    error: isAnswered ? trouble?.error : unanswered.error,
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
    answer: scope.authRoute === undefined ? undefined : answerOf(response),
    attributes: undefined,
  };
}

function answerOf(response: ServerResponse): AnswerHeaders {
  return { location: locationOf(response), contentType: contentTypeOf(response) };
}

/** Frameworks in Express' manner leave the route on the request; the hook on their router knew it better. */
function readExpressRoute({ scope, request }: Exchange): void {
  if (scope.route !== '' || isPlain(request)) return;
  const path = dataOf(dataOf(request, 'route'), 'path');
  if (typeof path !== 'string') return;
  const base = dataOf(request, 'baseUrl');
  scope.route = `${typeof base === 'string' ? base : ''}${path}`;
}

/** Whether no framework left a route on a request: nearly always where there is none, and asked of all its prototypes. */
function isPlain(request: IncomingMessage): boolean {
  const { prototype } = IncomingMessage;
  return (
    !Object.hasOwn(request, 'route') &&
    Object.getPrototypeOf(request) === prototype &&
    !('route' in prototype)
  );
}
