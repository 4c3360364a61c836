import { context, isSpanContextValid, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { Context, Span } from '@opentelemetry/api';
import { NO_TRACE } from '../../pipeline/facts.js';
import type { TraceFacts } from '../../pipeline/facts.js';
import { activeContext } from '../request-scope.js';

/**
 * OpenTelemetry's context. NOTE: its API takes nothing from us where the application has told another version of it something
 * before, such as where to log; the place of a request has its context all the same.
 */
export function contextHere(): Context {
  const here = context.active();
  return here === ROOT_CONTEXT ? (activeContext() ?? here) : here;
}

function activeSpan(): Span | undefined {
  const span = trace.getSpan(contextHere());
  return span !== undefined && isSpanContextValid(span.spanContext()) ? span : undefined;
}

/**
 * The span of a request that the application's own SDK has sampled out: nobody is told of such a span, but it has ids.
 * Call it where the request's context is active.
 */
export function activeUnsampledSpan(): Span | undefined {
  const span = activeSpan();
  return span?.isRecording() === false ? span : undefined;
}

/** Where work stands that has no span of its own. */
export function activeTrace(): TraceFacts {
  const parent = activeSpan()?.spanContext();
  return parent === undefined
    ? NO_TRACE
    : { traceId: parent.traceId, spanId: '', parentSpanId: parent.spanId };
}
