import { context, propagation, trace } from '@opentelemetry/api';
import type { TracerProvider } from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import { PlaceContextManager } from './place-context-manager.js';

/**
 * OpenTelemetry where nobody is told of its spans but us: requests and queries have lean spans, and whatever else asks for a
 * tracer gets the real one, which is loaded then.
 */
export function startLeanSdk(processor: SpanProcessor): void {
  context.setGlobalContextManager(new PlaceContextManager());
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  );
  trace.setGlobalTracerProvider(createLateProvider(processor));
}

function createLateProvider(processor: SpanProcessor): TracerProvider {
  let provider: TracerProvider | undefined;
  return {
    getTracer: (name, version, options) =>
      (provider ??= createProvider(processor)).getTracer(name, version, options),
  };
}

/** NOTE: recorded whatever was sampled, as all spans are. */
function createProvider(processor: SpanProcessor): TracerProvider {
  const sdk = require('@opentelemetry/sdk-trace') as typeof import('@opentelemetry/sdk-trace');
  const sampler = new sdk.ParentBasedSampler({ root: new sdk.AlwaysOnSampler() });
  return new sdk.TracerProvider({
    sampler: sdk.createAlwaysRecordSampler(sampler),
    spanProcessors: [processor],
  });
}
