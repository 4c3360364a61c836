import { SpanKind } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';
import { serverSpanEnded } from '../reporter.js';
import type { RequestScope } from '../request-scope.js';
import { LeanServerContext } from './lean-server-context.js';
import { LeanSpan } from './lean-span.js';
import { remoteParent } from './remote-parent.js';
import { SCOPE } from './span-scope.js';

/** The server span of a request. Source of the attributes: OpenTelemetry semantic conventions, HTTP server spans. */
export class LeanServerSpan extends LeanSpan {
  readonly [SCOPE]: RequestScope;

  constructor(scope: RequestScope) {
    super(scope.method, SpanKind.SERVER, remoteParent(scope.headers), scope.startMillis);
    this[SCOPE] = scope;
  }

  protected override ownAttributes(): Attributes {
    const { method, protocol, route, ending } = this[SCOPE];
    return {
      'http.request.method': method,
      'network.protocol.version': protocol,
      ...(route === '' ? {} : { 'http.route': route }),
      ...(ending === undefined ? {} : { 'http.response.status_code': ending.status }),
    };
  }

  protected override hasEnded(): void {
    serverSpanEnded(this[SCOPE], this);
  }
}

/** Begins the server span of a request; everything that is done in its scope is below it. */
export function startLeanServerSpan(scope: RequestScope): void {
  const span = new LeanServerSpan(scope);
  scope.span = span;
  scope.place.context = new LeanServerContext(span, scope.headers);
}

/** The handler of a request threw, or its response failed: the span ends before the request does. Never throws. */
export function endFailed({ span }: RequestScope, error: unknown): void {
  if (!(span instanceof LeanServerSpan) || !error) return;
  try {
    span.recordException(error as Error);
  } catch {
    // An error that cannot be read is none that can be told of.
  }
  span.end();
}
