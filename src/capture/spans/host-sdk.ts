import type { MeterProvider } from '@opentelemetry/api';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';

/** Where every copy of OpenTelemetry's API keeps what was registered. Source: @opentelemetry/api, internal/global-utils. */
const GLOBAL_API = Symbol.for('opentelemetry.js.api.1');

/** The parts of a tracer provider, of OpenTelemetry SDK 1 to 3, that show its processors. */
interface HostProvider {
  readonly addSpanProcessor?: (processor: SpanProcessor) => void;
  readonly _activeSpanProcessor?: { _spanProcessors?: readonly SpanProcessor[] };
}

interface Registered {
  readonly trace?: { getDelegate?: () => object };
  readonly metrics?: MeterProvider;
  readonly context?: object;
  readonly propagation?: object;
}

function registered(): Registered | undefined {
  return (globalThis as { [GLOBAL_API]?: Registered })[GLOBAL_API];
}

/** The tracer provider the application has registered; undefined when there is none. */
export function findHostProvider(): object | undefined {
  const provider = registered()?.trace;
  return provider?.getDelegate === undefined ? provider : provider.getDelegate();
}

/** Whether the application has a part of OpenTelemetry, but none that makes spans. */
export function hasPartsOfSdk(): boolean {
  const { metrics, context, propagation } = registered() ?? {};
  return (metrics ?? context ?? propagation) !== undefined;
}

/**
 * The meter provider of the process; undefined when there is none.
 *
 * NOTE: not by the API, which does not see one that was registered through an older copy of it.
 */
export function findHostMeterProvider(): MeterProvider | undefined {
  return registered()?.metrics;
}

/**
 * Lets our processor see the spans of the application's own SDK.
 *
 * @returns False when the provider gives no way to: records then have no trace ids, and nothing else is missing.
 */
export function joinHostProvider(provider: object, processor: SpanProcessor): boolean {
  const { addSpanProcessor, _activeSpanProcessor: active } = provider as HostProvider;
  const processors = active?._spanProcessors;
  if (active !== undefined && processors !== undefined) {
    // NOTE: a list of its own, for SDK 3 keeps the very list that the application gave it.
    if (!processors.includes(processor)) active._spanProcessors = [...processors, processor];
    return true;
  }
  if (typeof addSpanProcessor !== 'function') return false;
  addSpanProcessor.call(provider, processor);
  return true;
}
