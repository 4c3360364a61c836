import { SpanKind, trace } from '@opentelemetry/api';
import { enterContext } from '../request-scope.js';
import type { RequestScope } from '../request-scope.js';
import { LeanServerSpan, startLeanServerSpan } from '../spans/lean-server-span.js';
import { sentContext } from '../spans/sent-context.js';

/** Whose server spans there are, known from the first request on. */
export interface SpanSource {
  /** Whether requests have lean spans. */
  readonly isLean: () => boolean;
  /** Whether OpenTelemetry is ours, but its instrumentation sees the requests. */
  readonly isInstrumented: () => boolean;
}

/** The server spans of requests, where no instrumentation makes them. */
export class ServerSpans {
  readonly #source: SpanSource;

  constructor(source: SpanSource) {
    this.#source = source;
  }

  get areLean(): boolean {
    return this.#source.isLean();
  }

  /** A request that an instrumentation sees, too, where there is one. */
  startSeen(scope: RequestScope): void {
    if (this.#source.isLean()) startLeanServerSpan(scope);
  }

  /** A request that no instrumentation sees. */
  startUnseen(scope: RequestScope): void {
    if (this.#source.isLean()) startLeanServerSpan(scope);
    else startTracedSpan(scope);
  }

  /** A request that the instrumentation has not seen so far: it looks at `request` events alone. */
  startMissing(scope: RequestScope): void {
    if (scope.span !== undefined || !this.#source.isInstrumented()) return;
    startTracedSpan(scope);
    scope.isSpanProvisional = true;
  }

  /** Makes it that of the turn, behind `enterScope`. */
  enter({ context }: RequestScope): void {
    if (context !== undefined && this.#source.isInstrumented()) enterContext(context);
  }

  /** Ends what has been started here. */
  end(scope: RequestScope): void {
    if (scope.span instanceof LeanServerSpan) scope.span.end();
    else if (scope.context !== undefined && scope.span?.isRecording() === true) endTracedSpan(scope);
  }
}

/** Source: OpenTelemetry semantic conventions, HTTP server spans. */
function startTracedSpan(scope: RequestScope): void {
  const parent = sentContext(scope.headers);
  const attributes = { 'http.request.method': scope.method, 'network.protocol.version': scope.protocol };
  // NOTE: asked for now: one from before is blind to a provider that comes by another copy of the API.
  const tracer = trace.getTracer('audit-register');
  scope.span = tracer.startSpan(scope.method, { kind: SpanKind.SERVER, attributes }, parent);
  scope.context = trace.setSpan(parent, scope.span);
}

function endTracedSpan(scope: RequestScope): void {
  const { span, ending, route } = scope;
  const status = ending?.status ?? 0;
  if (status > 0) span?.setAttribute('http.response.status_code', status);
  if (route !== '') span?.setAttribute('http.route', route);
  span?.end();
}
