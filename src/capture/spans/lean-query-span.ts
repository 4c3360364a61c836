import { isSpanContextValid, trace } from '@opentelemetry/api';
import type { TraceFacts } from '../../pipeline/facts.js';
import { activeTrace, contextHere } from './active-span.js';
import { coverSpan } from './covered-span.js';
import { LeanSpan } from './lean-span.js';
import { isTracingSuppressed } from './suppression.js';
import { newSpanId, newTraceId } from './trace-ids.js';

/**
 * The span of a query that begins here. Nothing is ever done below the span of a query and nobody is handed it, so that its
 * place in the trace is all there is of it.
 */
export function startQuerySpan(): TraceFacts {
  const here = contextHere();
  if (isTracingSuppressed(here)) return activeTrace();
  const span = trace.getSpan(here);
  coverSpan(span);
  const parent = span?.spanContext();
  if (parent === undefined || !(span instanceof LeanSpan || isSpanContextValid(parent)))
    return { traceId: newTraceId(), spanId: newSpanId(), parentSpanId: '' };
  return { traceId: parent.traceId, spanId: newSpanId(), parentSpanId: parent.spanId };
}
