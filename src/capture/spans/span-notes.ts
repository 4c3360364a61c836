import { SpanStatusCode } from '@opentelemetry/api';
import type { Attributes, Exception, Link, SpanStatus } from '@opentelemetry/api';
import type { TimedEvent } from '@opentelemetry/sdk-trace';
import type { HrTime } from '../clock.js';
import { coreLibrary } from './core-library.js';

/** OpenTelemetry's default for attributes, events and links of a span, each. */
const MOST = 128;
const LIMITS = { attributeCountLimit: MOST, attributeValueLengthLimit: Infinity };

/** What code says of a span while it lasts. */
export class SpanNotes {
  readonly attributes: Attributes;
  readonly events: TimedEvent[] = [];
  readonly links: Link[] = [];
  status: SpanStatus = { code: SpanStatusCode.UNSET };
  #attributes: number;

  /** @param attributes Those it has from the start. */
  constructor(attributes: Attributes) {
    this.attributes = attributes;
    this.#attributes = Object.keys(attributes).length;
  }

  setAttribute(key: string, value: unknown): void {
    const { attributes } = this;
    const currentAttributesCount = this.#attributes;
    coreLibrary().maybeAddAttribute({ key, value, attributes, limits: LIMITS, currentAttributesCount });
    if (currentAttributesCount < MOST) this.#attributes = Object.keys(attributes).length;
  }

  addEvent(name: string, attributes: Attributes | undefined, time: HrTime): void {
    if (this.events.length >= MOST) this.events.shift();
    this.events.push({ name, time: [...time], ...coreLibrary().cleanSimpleAttributes(attributes, LIMITS) });
  }

  addLink({ context, attributes }: Link): void {
    if (this.links.length >= MOST) this.links.shift();
    this.links.push({ context, ...coreLibrary().cleanAttributes(attributes, LIMITS) });
  }

  /** NOTE: by the rules of OpenTelemetry `OK` is the last word, and `UNSET` none. */
  setStatus({ code, message }: SpanStatus): void {
    if (code === SpanStatusCode.UNSET || this.status.code === SpanStatusCode.OK) return;
    const isTold = code === SpanStatusCode.ERROR && typeof message === 'string';
    this.status = isTold ? { code, message } : { code };
  }
}

/** Attributes of the event `exception`; undefined where there is nothing to say. */
export function attributesOf(exception: Exception): Attributes | undefined {
  if (typeof exception === 'string') return exception === '' ? undefined : { 'exception.message': exception };
  // NOTE: whatever the types say, an application may throw nothing at all.
  const { code, name, message, stack }: Partial<Record<'code' | keyof Error, unknown>> = exception ?? {};
  const type = code ? String(code) : name;
  if (!type && !message) return undefined;
  return {
    ...(type ? { 'exception.type': type } : {}),
    ...(message ? { 'exception.message': message } : {}),
    ...(stack ? { 'exception.stacktrace': stack } : {}),
  };
}
