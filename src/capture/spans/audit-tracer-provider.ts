import { trace } from '@opentelemetry/api';
import type { Tracer, TracerProvider } from '@opentelemetry/api';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';

/**
 * Tracers for the instrumentations that we have loaded. Their spans go the way of all others where OpenTelemetry is ours; an
 * application with an SDK of its own does not get them into its traces: they only come to us.
 *
 * @param isOurs Decides at the first span whose OpenTelemetry it is.
 */
export function createAuditTracerProvider(processor: SpanProcessor, isOurs: () => boolean): TracerProvider {
  let own: TracerProvider | undefined;
  const providerNow = (): TracerProvider => {
    if (isOurs()) return trace.getTracerProvider();
    return (own ??= createOwnProvider(processor));
  };
  return {
    getTracer(name, version, options) {
      let tracer: Tracer | undefined;
      const tracerNow = (): Tracer => (tracer ??= providerNow().getTracer(name, version, options));
      return {
        startSpan: (...args) => tracerNow().startSpan(...args),
        startActiveSpan: (...args: unknown[]) =>
          (tracerNow().startActiveSpan as (...given: unknown[]) => never)(...args),
      };
    },
  };
}

function createOwnProvider(processor: SpanProcessor): TracerProvider {
  const sdk = require('@opentelemetry/sdk-trace') as typeof import('@opentelemetry/sdk-trace');
  return new sdk.TracerProvider({ sampler: new sdk.AlwaysOnSampler(), spanProcessors: [processor] });
}
