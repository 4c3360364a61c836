import type { IncomingHttpHeaders } from 'node:http';
import { isValidSpanId, isValidTraceId } from '@opentelemetry/api';
import type { SpanContext } from '@opentelemetry/api';
import { coreLibrary } from './core-library.js';

/** Version, trace, span, flags, and what a later version adds. */
const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const FIRST_VERSION = '00';
const NO_VERSION = 'ff';

/**
 * The span that a request came from, as OpenTelemetry's propagator reads it, without a context for each request.
 * Source: W3C Trace Context, 3.2.
 */
export function remoteParent({ traceparent, tracestate }: IncomingHttpHeaders): SpanContext | undefined {
  const parts = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent) : null;
  if (parts === null) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', more] = parts;
  if (version === NO_VERSION || (version === FIRST_VERSION && more !== undefined)) return undefined;
  if (!isValidTraceId(traceId) || !isValidSpanId(spanId)) return undefined;
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  const state: unknown = tracestate;
  if (typeof state !== 'string' || state === '') return parent;
  const { TraceState } = coreLibrary();
  return { ...parent, traceState: new TraceState(state) };
}
