import { SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import type {
  Attributes,
  Exception,
  Link,
  Span,
  SpanContext,
  SpanKind,
  SpanStatus,
  TimeInput,
} from '@opentelemetry/api';
import type { ReadableSpan, TimedEvent } from '@opentelemetry/sdk-trace';
import type { HrTime } from '../clock.js';
import { nowMillis } from '../clock.js';
import { nowMicros } from '../../record/clock.js';
import { attributesOf, SpanNotes } from './span-notes.js';
import { newSpanId, newTraceId } from './trace-ids.js';

const UNSET: SpanStatus = Object.freeze({ code: SpanStatusCode.UNSET });
const INSTRUMENTATION_SCOPE = Object.freeze({ name: 'audit-register' });
const NOT_ENDED = -1;

/** NOTE: nobody is given these spans to export, so nobody asks what they are of. */
const RESOURCE: ReadableSpan['resource'] = {
  attributes: {},
  merge: (other) => other ?? RESOURCE,
  getRawAttributes: () => [],
};

/**
 * An OpenTelemetry span that costs next to nothing until somebody looks at it: nobody exports it, but the application sees
 * it, makes spans of its own below it and hands its ids on. Sampled as its parent is: the sampler of OpenTelemetry's default.
 *
 * NOTE: whatever happens to it happens now; times that code gives would be kept for nobody.
 */
export class LeanSpan implements Span, ReadableSpan {
  readonly kind: SpanKind;
  readonly parentSpanContext?: SpanContext;
  name: string;
  readonly resource = RESOURCE;
  readonly instrumentationScope = INSTRUMENTATION_SCOPE;
  readonly droppedAttributesCount = 0;
  readonly droppedEventsCount = 0;
  readonly droppedLinksCount = 0;
  readonly #startMillis: number;
  #endMillis = NOT_ENDED;
  #startTime: HrTime | undefined;
  #spanContext: SpanContext | undefined;
  #notes: SpanNotes | undefined;

  /** @param startMillis Taken from `nowMillis`. */
  constructor(name: string, kind: SpanKind, parent: SpanContext | undefined, startMillis: number) {
    this.name = name;
    this.kind = kind;
    if (parent !== undefined) this.parentSpanContext = parent;
    this.#startMillis = startMillis;
  }

  /** What the source of the span knows of it from the start; asked when somebody looks. */
  protected ownAttributes(): Attributes {
    return {};
  }

  /** Called once, at the end. */
  protected hasEnded(): void {}

  spanContext(): SpanContext {
    return (this.#spanContext ??= childOf(this.parentSpanContext));
  }

  setAttribute(key: string, value: unknown): this {
    if (!this.ended) this.#told.setAttribute(key, value);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    for (const [key, value] of Object.entries(attributes)) this.setAttribute(key, value);
    return this;
  }

  addEvent(name: string, given?: Attributes | TimeInput): this {
    if (!this.ended) this.#told.addEvent(name, isAttributes(given) ? given : undefined, hrTimeNow());
    return this;
  }

  addLink(link: Link): this {
    if (!this.ended) this.#told.addLink(link);
    return this;
  }

  addLinks(links: Link[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  setStatus(status: SpanStatus): this {
    if (!this.ended) this.#told.setStatus(status);
    return this;
  }

  updateName(name: string): this {
    if (!this.ended) this.name = name;
    return this;
  }

  recordException(exception: Exception): void {
    if (this.ended) return;
    const attributes = attributesOf(exception);
    if (attributes !== undefined) this.addEvent('exception', attributes);
  }

  end(): void {
    if (this.ended) return;
    this.#endMillis = nowMillis();
    this.hasEnded();
  }

  isRecording(): boolean {
    return !this.ended;
  }

  get ended(): boolean {
    return this.#endMillis !== NOT_ENDED;
  }

  get attributes(): Attributes {
    return this.#told.attributes;
  }

  get events(): TimedEvent[] {
    return this.#notes?.events ?? [];
  }

  get links(): Link[] {
    return this.#notes?.links ?? [];
  }

  get status(): SpanStatus {
    return this.#notes?.status ?? UNSET;
  }

  get startTime(): [number, number] {
    const [seconds, nanos] = (this.#startTime ??= hrTimeAgo(nowMillis() - this.#startMillis));
    return [seconds, nanos];
  }

  get endTime(): [number, number] {
    if (!this.ended) return [0, 0];
    const [seconds, nanos] = this.startTime;
    const [forSeconds, forNanos] = this.duration;
    const sum = nanos + forNanos;
    return [seconds + forSeconds + Math.floor(sum / 1e9), sum % 1e9];
  }

  get duration(): [number, number] {
    return this.ended ? hrTimeOf(this.#endMillis - this.#startMillis) : [-1, -1];
  }

  get #told(): SpanNotes {
    return (this.#notes ??= new SpanNotes(this.ownAttributes()));
  }
}

/** Of a new span below that one; of a new trace where there is none. */
export function childOf(parent: SpanContext | undefined): SpanContext {
  if (parent === undefined) {
    return { traceId: newTraceId(), spanId: newSpanId(), traceFlags: TraceFlags.SAMPLED };
  }
  const { traceId, traceFlags, traceState } = parent;
  const child = { traceId, spanId: newSpanId(), traceFlags: traceFlags & TraceFlags.SAMPLED };
  return traceState === undefined ? child : { ...child, traceState };
}

function isAttributes(given: Attributes | TimeInput | undefined): given is Attributes {
  return typeof given === 'object' && !Array.isArray(given) && !(given instanceof Date);
}

function hrTimeNow(): HrTime {
  return hrTimeAgo(0);
}

function hrTimeAgo(millis: number): HrTime {
  return hrTimeOf(nowMicros() / 1e3 - millis);
}

function hrTimeOf(millis: number): [number, number] {
  const seconds = Math.floor(millis / 1e3);
  return [seconds, Math.round((millis - seconds * 1e3) * 1e6)];
}
