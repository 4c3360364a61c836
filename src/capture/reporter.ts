import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { NO_TRACE } from '../pipeline/facts.js';
import type { RequestEnd, TraceFacts } from '../pipeline/facts.js';
import type { UseSafety } from '../pipeline/delivery-demands.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import { timeSince } from './clock.js';
import { forgetOpenRequest, openRequests } from './open-requests.js';
import type { Ending, RequestScope, Trouble } from './request-scope.js';

const NO_ENDING: Ending = Object.freeze({ status: 0, ending: 'unknown', requestSize: 0, responseSize: 0 });

const PROCESS_ENDED: Trouble = Object.freeze({
  ending: 'unknown',
  error: { type: 'process_ended', message: 'the process ended before the response was complete' },
});

/** Where a span stands in its trace. */
export function traceOf(span: Pick<ReadableSpan, 'spanContext' | 'parentSpanContext'>): TraceFacts {
  const { traceId, spanId } = span.spanContext();
  return { traceId, spanId, parentSpanId: span.parentSpanContext?.spanId ?? parentOfOldSpan(span) };
}

/** The form of OpenTelemetry SDK 1.x, which an application may still bring. */
function parentOfOldSpan(span: object): string {
  return (span as { parentSpanId?: string }).parentSpanId ?? '';
}

function readLate(scope: RequestScope): void {
  if (scope.readRoute === undefined && scope.readOperations === undefined) return;
  try {
    scope.route = scope.readRoute?.() ?? scope.route;
    scope.readOperations?.();
  } catch {
    // A framework that cannot say its route costs the route, not the record.
  }
}

/**
 * Reports a request, once.
 *
 * @param use Told whether its response may leave; left out where none waits.
 */
export function reportRequest(pipeline: Pipeline, scope: RequestScope, use?: UseSafety): void {
  if (scope.isReported) {
    if (use !== undefined) pipeline.whenSafe(scope, use);
    return;
  }
  scope.isReported = true;
  forgetOpenRequest(scope);
  readLate(scope);
  pipeline.request(scope, endOf(scope), use);
}

/** NOTE: field by field, because a copy of whatever an ending has costs many times as much. */
function endOf({ ending = NO_ENDING, startMillis, span }: RequestScope): RequestEnd {
  const { startedAtNanos, durationMicros } = timeSince(startMillis);
  return {
    startedAtNanos,
    durationMicros,
    trace: span === undefined ? NO_TRACE : traceOf(span),
    status: ending.status,
    ending: ending.ending,
    requestSize: ending.requestSize,
    responseSize: ending.responseSize,
    requestBody: ending.requestBody,
    responseBody: ending.responseBody,
    error: ending.error,
    attributes: ending.attributes,
    answer: ending.answer,
  };
}

/** The process ends: what is still being served will never be known to end otherwise. */
export function closeOpenRequests(): void {
  for (const scope of openRequests()) {
    scope.trouble ??= PROCESS_ENDED;
    scope.open?.report();
  }
}

/** A server span that ends before its request does: the handler threw. An error handler may still answer. */
export function serverSpanEnded(scope: RequestScope, span: ReadableSpan): void {
  if (scope.isReported || scope.trouble !== undefined) return;
  const exception = span.events.find((event) => event.name === 'exception')?.attributes;
  if (exception === undefined) return;
  const type = String(exception['exception.type'] ?? 'error');
  const message = String(exception['exception.message'] ?? '');
  scope.trouble = { ending: 'failed', error: { type, message } };
}
