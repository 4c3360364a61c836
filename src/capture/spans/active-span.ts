import { isSpanContextValid, trace } from '@opentelemetry/api';
import type { Span } from '@opentelemetry/api';
import { NO_TRACE } from '../../pipeline/facts.js';
import type { TraceFacts } from '../../pipeline/facts.js';

function activeSpan(): Span | undefined {
  const span = trace.getActiveSpan();
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
