import type { CaptureMode } from '../../config/config.js';
import { ConfigurationError } from '../../errors.js';
import { exportersAreAsked, metricsAreAsked } from './environment-sdk.js';

/** What OpenTelemetry does where these variables say nothing; lean spans know no other way. */
const DEFAULTS: Readonly<Record<string, readonly string[]>> = {
  OTEL_PROPAGATORS: ['tracecontext', 'baggage'],
  OTEL_TRACES_SAMPLER: ['parentbased_always_on'],
};

/**
 * Where the spans of requests and queries come from. Decided by what is asked for at the start; an application that brings an
 * SDK of its own is joined whatever it is.
 *
 * @throws ConfigurationError where lean spans cannot do what OpenTelemetry's own variables ask for.
 */
export function captureModeOf(wanted: CaptureMode, env: NodeJS.ProcessEnv): Exclude<CaptureMode, 'auto'> {
  if (wanted === 'instrumentation') return 'instrumentation';
  const asked = askedOfInstrumentations(env);
  if (asked === undefined) return 'lean';
  if (wanted === 'auto') return 'instrumentation';
  throw new ConfigurationError(
    `AUDIT_REGISTER_CAPTURE is lean, but ${asked} asks for what only the instrumentations do: set AUDIT_REGISTER_CAPTURE to auto or instrumentation, or take ${asked} away.`,
  );
}

/** The variable that asks for more than lean spans do; undefined where none does. */
function askedOfInstrumentations(env: NodeJS.ProcessEnv): string | undefined {
  if (exportersAreAsked(env)) return 'OTEL_TRACES_EXPORTER';
  if (metricsAreAsked(env)) return 'OTEL_METRICS_EXPORTER';
  return Object.entries(DEFAULTS).find(([name, usual]) => !isUsual(env[name] ?? '', usual))?.[0];
}

function isUsual(value: string, usual: readonly string[]): boolean {
  const words = value.split(',').map((word) => word.trim());
  return (
    value.trim() === '' || (words.length === usual.length && usual.every((word) => words.includes(word)))
  );
}
