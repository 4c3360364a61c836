import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { NO_TRACE } from '../pipeline/facts.js';
import type { TraceFacts } from '../pipeline/facts.js';
import type { UseSafety } from '../pipeline/delivery-demands.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import { timeSince } from './clock.js';
import type { Ending, RequestScope, Trouble } from './request-scope.js';

const NO_ENDING: Ending = { status: 0, ending: 'unknown', requestSize: 0, responseSize: 0 };

const PROCESS_ENDED: Trouble = Object.freeze({
  ending: 'unknown',
  error: { type: 'process_ended', message: 'the process ended before the response was complete' },
});

/** What closes each request that is being served. */
const openRequests = new Map<RequestScope, () => void>();

/** Where a span stands in its trace. */
export function traceOf(span: Pick<ReadableSpan, 'spanContext' | 'parentSpanContext'>): TraceFacts {
  const { traceId, spanId } = span.spanContext();
  return { traceId, spanId, parentSpanId: span.parentSpanContext?.spanId ?? parentOfOldSpan(span) };
}

/** The form of OpenTelemetry SDK 1.x, which an application may still bring. */
function parentOfOldSpan(span: object): string {
  return (span as { parentSpanId?: string }).parentSpanId ?? '';
}

/** @param close Reports the request as it is by then. */
export function openRequest(scope: RequestScope, close: () => void): void {
  openRequests.set(scope, close);
}

function readLate(scope: RequestScope): void {
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
  openRequests.delete(scope);
  readLate(scope);
  const trace = scope.span === undefined ? NO_TRACE : traceOf(scope.span);
  pipeline.request(scope, { ...(scope.ending ?? NO_ENDING), ...timeSince(scope.startMillis), trace }, use);
}

/** The process ends: what is still being served will never be known to end otherwise. */
export function closeOpenRequests(): void {
  // NOTE: a copy, because closing takes the request out.
  for (const [scope, close] of Array.from(openRequests)) {
    scope.trouble ??= PROCESS_ENDED;
    close();
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
