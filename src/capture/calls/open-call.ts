import { SpanKind, trace } from '@opentelemetry/api';
import type { Span } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { CallTarget, ErrorFacts } from '../../pipeline/facts.js';
import type { Pipeline } from '../../pipeline/pipeline.js';
import { nowMillis, timeSince } from '../clock.js';
import { placeHere } from '../drivers/call-place.js';
import type { CallPlace } from '../drivers/call-place.js';
import { traceOf } from '../reporter.js';

/** A request to another, from where the application makes it to the head of the response. */
export class OpenCall {
  readonly #pipeline: Pipeline;
  readonly #target: CallTarget;
  readonly #place: CallPlace = placeHere();
  readonly #span: ReadableSpan | undefined;
  readonly #startMillis = nowMillis();
  #isReported = false;

  /** @param span Its own, where we have made it. */
  constructor(pipeline: Pipeline, target: CallTarget, span: ReadableSpan | undefined) {
    this.#span = span ?? activeCallSpan();
    this.#pipeline = pipeline;
    this.#target = target;
  }

  /** @param end Status 0 where there was no response. */
  end(status: number, error?: ErrorFacts): void {
    if (this.#isReported) return;
    this.#isReported = true;
    this.#pipeline.call({
      ...this.#place,
      ...(this.#span === undefined ? {} : { trace: traceOf(this.#span) }),
      ...timeSince(this.#startMillis),
      target: this.#target,
      status,
      ...(error === undefined ? {} : { error }),
    });
  }
}

/** The span that an instrumentation has made of this very request. */
function activeCallSpan(): ReadableSpan | undefined {
  const span: (Span & Partial<ReadableSpan>) | undefined = trace.getActiveSpan();
  const isCall = span?.kind === SpanKind.CLIENT && span.attributes !== undefined && isHttp(span.attributes);
  return isCall ? (span as Span & ReadableSpan) : undefined;
}

function isHttp(attributes: ReadableSpan['attributes']): boolean {
  return 'http.request.method' in attributes || 'http.method' in attributes;
}
