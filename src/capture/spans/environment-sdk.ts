import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import type { Sampler, SpanProcessor } from '@opentelemetry/sdk-trace';

export type MetricReader = NonNullable<NodeSDKConfiguration['metricReaders']>[number];

/**
 * What sdk-node makes of `OTEL_TRACES_EXPORTER`, `OTEL_TRACES_SAMPLER` and their kin. NodeSDK ignores them as soon as it
 * is given a processor or a sampler, and does not export the functions that read them; they are taken from its files,
 * which is why its version is pinned.
 */
interface SdkNodeInternals {
  getSpanProcessorsFromEnv(): SpanProcessor[];
  getMetricReadersFromEnv(): MetricReader[];
  createSamplerFromEnv(): Sampler | undefined;
}

function loadInternals(): SdkNodeInternals {
  const require = createRequire(__filename);
  const directory = dirname(require.resolve('@opentelemetry/sdk-node'));
  return {
    ...require(join(directory, 'utils.cjs')),
    ...require(join(directory, 'create-from-env.cjs')),
  } as SdkNodeInternals;
}

/** Whether the user wants traces exported, by OpenTelemetry's own variables. */
export function exportersAreAsked(env: NodeJS.ProcessEnv): boolean {
  return isAsked(env, 'OTEL_TRACES_EXPORTER');
}

/** Whether the user wants metrics exported. NOTE: only where they say so, though OpenTelemetry's default is `otlp`. */
export function metricsAreAsked(env: NodeJS.ProcessEnv): boolean {
  return isAsked(env, 'OTEL_METRICS_EXPORTER');
}

function isAsked(env: NodeJS.ProcessEnv, variable: string): boolean {
  const asked = env[variable] ?? '';
  return asked !== '' && asked !== 'none' && env['OTEL_SDK_DISABLED']?.toLowerCase() !== 'true';
}

export function exportersFromEnvironment(env: NodeJS.ProcessEnv): SpanProcessor[] {
  return exportersAreAsked(env) ? loadInternals().getSpanProcessorsFromEnv() : [];
}

export function metricReadersFromEnvironment(env: NodeJS.ProcessEnv): MetricReader[] {
  return metricsAreAsked(env) ? loadInternals().getMetricReadersFromEnv() : [];
}

/** Undefined when the user did not choose one. */
export function samplerFromEnvironment(): Sampler | undefined {
  return loadInternals().createSamplerFromEnv();
}
