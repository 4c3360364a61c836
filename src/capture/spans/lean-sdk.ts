import { context, propagation, trace } from '@opentelemetry/api';
import type { TextMapPropagator, TracerProvider } from '@opentelemetry/api';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import { lazily } from '../../lazily.js';
import { coreLibrary } from './core-library.js';
import { PlaceContextManager } from './place-context-manager.js';

/**
 * OpenTelemetry where nobody is told of its spans but us: requests and queries have lean spans, and whatever else asks for a
 * tracer gets the real one, which is loaded then.
 */
export function startLeanSdk(processor: SpanProcessor): void {
  context.setGlobalContextManager(new PlaceContextManager());
  propagation.setGlobalPropagator(createLatePropagator());
  trace.setGlobalTracerProvider(createLateProvider(processor));
}

/** Those of OpenTelemetry's default. */
function createLatePropagator(): TextMapPropagator {
  const propagator = lazily(() => {
    const { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } = coreLibrary();
    return new CompositePropagator({
      propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
    });
  });
  return {
    inject: (...given) => propagator().inject(...given),
    extract: (...given) => propagator().extract(...given),
    fields: () => propagator().fields(),
  };
}

function createLateProvider(processor: SpanProcessor): TracerProvider {
  const provider = lazily(() => createProvider(processor));
  return { getTracer: (name, version, options) => provider().getTracer(name, version, options) };
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
