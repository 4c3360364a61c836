import { context, propagation, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import type { Context, Span, TextMapGetter, Tracer } from '@opentelemetry/api';
import type { IncomingHttpHeaders } from 'node:http';
import type { RequestScope } from './request-scope.js';

const HEADERS: TextMapGetter<IncomingHttpHeaders> = {
  get: (headers, key) => headers[key],
  keys: (headers) => Object.keys(headers),
};

export interface ServerSpan {
  readonly span: Span;
  readonly context: Context;
}

/**
 * A server span for a request that instrumentation-http does not see.
 * Source: OpenTelemetry semantic conventions, HTTP server spans.
 */
export function startServerSpan(tracer: Tracer, scope: RequestScope): ServerSpan {
  const parent = propagation.extract(ROOT_CONTEXT, scope.headers, HEADERS);
  const attributes = { 'http.request.method': scope.method, 'network.protocol.version': scope.protocol };
  const span = tracer.startSpan(scope.method, { kind: SpanKind.SERVER, attributes }, parent);
  return { span, context: trace.setSpan(parent, span) };
}

export function endServerSpan(span: Span, scope: RequestScope): void {
  const status = scope.ending?.status ?? 0;
  if (status > 0) span.setAttribute('http.response.status_code', status);
  if (scope.route !== '') span.setAttribute('http.route', scope.route);
  span.end();
}

export function runInContext<T>(ctx: Context, work: () => T): T {
  return context.with(ctx, work);
}
