import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Sampler, SpanProcessor } from '@opentelemetry/sdk-trace';

/**
 * What sdk-node makes of `OTEL_TRACES_EXPORTER`, `OTEL_TRACES_SAMPLER` and their kin. NodeSDK ignores them as soon as it
 * is given a processor or a sampler, and does not export the functions that read them; they are taken from its files,
 * which is why its version is pinned.
 */
interface SdkNodeInternals {
  getSpanProcessorsFromEnv(): SpanProcessor[];
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
  const asked = env['OTEL_TRACES_EXPORTER'] ?? '';
  return asked !== '' && asked !== 'none' && env['OTEL_SDK_DISABLED']?.toLowerCase() !== 'true';
}

export function exportersFromEnvironment(env: NodeJS.ProcessEnv): SpanProcessor[] {
  return exportersAreAsked(env) ? loadInternals().getSpanProcessorsFromEnv() : [];
}

/** Undefined when the user did not choose one. */
export function samplerFromEnvironment(): Sampler | undefined {
  return loadInternals().createSamplerFromEnv();
}
