import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { NO_TRACE } from '../pipeline/facts.js';
import type { TraceFacts } from '../pipeline/facts.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import { timeOfSpan, timeSince } from './clock.js';
import type { Ending, RequestScope } from './request-scope.js';

const NO_ENDING: Ending = { status: 0, ending: 'unknown', requestSize: 0, responseSize: 0 };

/** Where a span stands in its trace. */
export function traceOf(span: ReadableSpan): TraceFacts {
  const { traceId, spanId } = span.spanContext();
  return { traceId, spanId, parentSpanId: span.parentSpanContext?.spanId ?? parentOfOldSpan(span) };
}

/** The form of OpenTelemetry SDK 1.x, which an application may still bring. */
function parentOfOldSpan(span: ReadableSpan): string {
  return (span as { parentSpanId?: string }).parentSpanId ?? '';
}

/** Reports a request, once, with its span where it has one. */
export function reportRequest(pipeline: Pipeline, scope: RequestScope, span: ReadableSpan | undefined): void {
  if (scope.isReported) return;
  scope.isReported = true;
  if (scope.readRoute !== undefined) scope.route = scope.readRoute();
  const ending = scope.ending ?? (span === undefined ? NO_ENDING : endingOfSpan(span));
  const time = span === undefined ? timeSince(scope.startMillis) : timeOfSpan(span.startTime, span.duration);
  const trace = span === undefined ? NO_TRACE : traceOf(span);
  pipeline.request(scope, { ...ending, ...time, trace });
}

/** A span that ends before its response is closed: the handler threw, or the response failed. */
function endingOfSpan(span: ReadableSpan): Ending {
  const exception = span.events.find((event) => event.name === 'exception')?.attributes;
  const type = String(exception?.['exception.type'] ?? span.attributes['error.type'] ?? 'error');
  const message = String(exception?.['exception.message'] ?? span.status.message ?? '');
  const status = Number(span.attributes['http.response.status_code'] ?? 0);
  return { ...NO_ENDING, status, ending: 'failed', error: { type, message } };
}
