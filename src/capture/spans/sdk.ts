import { createRequire, syncBuiltinESMExports } from 'node:module';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { AlwaysOnSampler, createAlwaysRecordSampler, ParentBasedSampler } from '@opentelemetry/sdk-trace';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import {
  exportersFromEnvironment,
  metricReadersFromEnvironment,
  samplerFromEnvironment,
} from './environment-sdk.js';
import { findHostMeterProvider } from './host-sdk.js';
import { PlaceContextManager } from './place-context-manager.js';

/** OpenTelemetry as the preload runs it. */
export interface AuditSdk {
  /** Brings waiting spans and metrics to the exporters the user configured. */
  flush(): Promise<void>;
}

/**
 * Starts NodeSDK with our processor beside the exporters the user configured. Every span is recorded whatever the
 * sampler says, and exported only where it says so: what is audited does not depend on trace sampling.
 *
 * @throws Whatever OpenTelemetry throws.
 */
export function startSdk(processor: SpanProcessor, env: NodeJS.ProcessEnv): AuditSdk {
  const sampler = samplerFromEnvironment() ?? new ParentBasedSampler({ root: new AlwaysOnSampler() });
  const exporters = exportersFromEnvironment(env);
  // NOTE: where the application has a meter provider it reads its metrics itself, whatever the variables say.
  const readers = findHostMeterProvider() === undefined ? metricReadersFromEnvironment(env) : [];
  withoutDisabledFlag(env, () => {
    const sdk = new NodeSDK({
      contextManager: new PlaceContextManager(),
      sampler: createAlwaysRecordSampler(sampler),
      spanProcessors: [processor, ...exporters],
      // NOTE: left out, these would start OTLP exporters of their own.
      metricReaders: readers,
      logRecordProcessors: [],
      autoDetectResources: exporters.length + readers.length > 0,
      instrumentations: [new HttpInstrumentation()],
    });
    sdk.start();
  });
  exposePatchedBuiltins();
  return {
    flush: async () =>
      void (await Promise.all([...exporters, ...readers].map((exporter) => exporter.forceFlush()))),
  };
}

/** The patches of built-in modules are made at the next `require`, and ES modules see them only when told. */
function exposePatchedBuiltins(): void {
  const require = createRequire(__filename);
  require('node:http');
  require('node:https');
  syncBuiltinESMExports();
}

/** `OTEL_SDK_DISABLED` is about traces: it switches the exporters off, not the audit. */
function withoutDisabledFlag(env: NodeJS.ProcessEnv, work: () => void): void {
  const flag = env['OTEL_SDK_DISABLED'];
  delete env['OTEL_SDK_DISABLED'];
  try {
    work();
  } finally {
    if (flag !== undefined) env['OTEL_SDK_DISABLED'] = flag;
  }
}
