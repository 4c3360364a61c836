import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { QueryFacts, RequestStart, Work } from '../../pipeline/facts.js';
import type { Actor } from '../../record/actor.js';
import { timeOfSpan } from '../clock.js';
import { traceOf } from '../reporter.js';

/**
 * A query as a span of any database instrumentation tells it: less than the driver itself knows.
 * Source: OpenTelemetry semantic conventions for database client spans, stable and the form before it.
 */
export function readDatabaseSpan(
  span: ReadableSpan,
  request: RequestStart | undefined,
  work: Work | undefined,
  actor: Actor | undefined,
): QueryFacts | undefined {
  const { attributes } = span;
  const text = attributes['db.query.text'] ?? attributes['db.statement'];
  if (span.kind !== SpanKind.CLIENT || typeof text !== 'string') return undefined;
  const hasFailed = span.status.code === SpanStatusCode.ERROR;
  const errorType = String(attributes['db.response.status_code'] ?? attributes['error.type'] ?? 'error');
  return {
    ...timeOfSpan(span.startTime, span.duration),
    request,
    work,
    actor,
    trace: traceOf(span),
    system: String(attributes['db.system.name'] ?? attributes['db.system'] ?? ''),
    namespace: String(attributes['db.namespace'] ?? attributes['db.name'] ?? ''),
    text,
    operation: String(attributes['db.operation.name'] ?? attributes['db.operation'] ?? ''),
    collection: String(
      attributes['db.collection.name'] ??
        attributes['db.sql.table'] ??
        attributes['db.mongodb.collection'] ??
        '',
    ),
    parameters: [],
    parameterCount: 0,
    results: hasFailed
      ? []
      : [
          {
            command: '',
            rowCount: Number(attributes['db.response.returned_rows'] ?? 0),
            rows: [],
            fields: [],
          },
        ],
    ...(hasFailed ? { error: { type: errorType, message: span.status.message ?? '' } } : {}),
    connection: undefined,
    backendPid: 0,
  };
}
