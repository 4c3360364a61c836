import { propagation, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import type { Context, TextMapGetter, Tracer } from '@opentelemetry/api';
import type { IncomingHttpHeaders } from 'node:http';
import type { RequestScope } from '../request-scope.js';

const HEADERS: TextMapGetter<IncomingHttpHeaders> = {
  get: (headers, key) => headers[key],
  keys: (headers) => Object.keys(headers),
};

/**
 * A server span for a request that instrumentation-http does not see.
 * Source: OpenTelemetry semantic conventions, HTTP server spans.
 */
export function startServerSpan(tracer: Tracer, scope: RequestScope): Context {
  const parent = propagation.extract(ROOT_CONTEXT, scope.headers, HEADERS);
  const attributes = { 'http.request.method': scope.method, 'network.protocol.version': scope.protocol };
  scope.span = tracer.startSpan(scope.method, { kind: SpanKind.SERVER, attributes }, parent);
  return (scope.context = trace.setSpan(parent, scope.span));
}

export function endServerSpan({ span, ending, route }: RequestScope): void {
  const status = ending?.status ?? 0;
  if (status > 0) span?.setAttribute('http.response.status_code', status);
  if (route !== '') span?.setAttribute('http.route', route);
  span?.end();
}
