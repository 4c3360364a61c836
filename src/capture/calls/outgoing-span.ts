import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { isSpanContextValid, propagation, SpanKind, trace } from '@opentelemetry/api';
import type { Attributes, Context } from '@opentelemetry/api';
import type { Guard } from '../../guard.js';
import { isOwnWork } from '../../own-work.js';
import { nowMillis } from '../clock.js';
import { keepOn } from '../keep-on.js';
import { contextHere } from '../spans/active-span.js';
import { LeanSpan } from '../spans/lean-span.js';
import { isTracingSuppressed } from '../spans/suppression.js';
import { setHeader } from './written-head.js';

const SPAN = Symbol('audit-register.outgoing-span');

type Outgoing = ClientRequest & { [SPAN]?: LeanSpan };

/** The client span of a request to another. Source: OpenTelemetry semantic conventions, HTTP client spans. */
class OutgoingSpan extends LeanSpan {
  readonly #request: ClientRequest;

  constructor(request: ClientRequest, here: Context) {
    const parent = trace.getSpan(here)?.spanContext();
    const isValid = parent !== undefined && isSpanContextValid(parent);
    super(request.method, SpanKind.CLIENT, isValid ? parent : undefined, nowMillis());
    this.#request = request;
  }

  protected override ownAttributes(): Attributes {
    const { method, host } = this.#request;
    return { 'http.request.method': method, 'server.address': host };
  }
}

/**
 * Tells other services which trace a request belongs to, as instrumentation-http does: for requests of Node.js itself, not for
 * `fetch` and undici.
 *
 * @param isLean Whether no instrumentation does it.
 */
export function traceOutgoing(isLean: () => boolean, guard: Guard): void {
  subscribe('http.client.request.created', (message) => {
    if (!isLean()) return;
    guard('the trace of a request to another', () => start((message as { request: Outgoing }).request));
  });
}

/** The span of a request that has been created; undefined where it has none of ours. */
export function outgoingSpanOf(request: object): LeanSpan | undefined {
  return (request as Partial<Outgoing>)[SPAN];
}

function start(request: Outgoing): void {
  const here = contextHere();
  // NOTE: what we began before OpenTelemetry was started has no context that says so.
  if (isOwnWork() || isTracingSuppressed(here)) return;
  const span = new OutgoingSpan(request, here);
  keepOn(request, SPAN, span);
  propagation.inject(trace.setSpan(here, span), request, { set: setHeader });
}
