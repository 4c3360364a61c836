import { createContextKey } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';

/**
 * By which OpenTelemetry's tracers and instrumentations leave work alone. The key is the same in every copy of the API.
 * Source: @opentelemetry/core, trace/suppress-tracing.
 *
 * NOTE: not taken from there, for that package takes longer to load than all of the register.
 */
export const SUPPRESSED = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

export function suppressTracing(context: Context): Context {
  return context.setValue(SUPPRESSED, true);
}

export function isTracingSuppressed(context: Context): boolean {
  return context.getValue(SUPPRESSED) === true;
}
