import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { Context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { AlwaysOnSampler, createAlwaysRecordSampler, ParentBasedSampler } from '@opentelemetry/sdk-trace';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import { exportersFromEnvironment, samplerFromEnvironment } from './environment-sdk.js';

/** OpenTelemetry as the preload runs it. */
export interface AuditSdk {
  readonly enterContext: (context: Context) => void;
  /** Gives the trace pipeline of the user's own exporters its last chance. */
  shutdown(): Promise<void>;
}

/**
 * Starts NodeSDK with our processor beside the exporters the user configured. Every span is recorded whatever the
 * sampler says, and exported only where it says so: what is audited does not depend on trace sampling.
 *
 * @throws Whatever OpenTelemetry throws.
 */
export function startSdk(processor: SpanProcessor, env: NodeJS.ProcessEnv): AuditSdk {
  const contextManager = new AsyncLocalStorageContextManager();
  const sampler = samplerFromEnvironment() ?? new ParentBasedSampler({ root: new AlwaysOnSampler() });
  const exporters = exportersFromEnvironment(env);
  const sdk = withoutDisabledFlag(env, () => {
    const created = new NodeSDK({
      contextManager,
      sampler: createAlwaysRecordSampler(sampler),
      spanProcessors: [processor, ...exporters],
      // NOTE: left out, these would start OTLP exporters of their own.
      metricReaders: [],
      logRecordProcessors: [],
      autoDetectResources: exporters.length > 0,
      instrumentations: [new HttpInstrumentation()],
    });
    created.start();
    return created;
  });
  exposePatchedBuiltins();
  return { enterContext: (context) => void contextManager.attach(context), shutdown: () => sdk.shutdown() };
}

/** The patches of built-in modules are made at the next `require`, and ES modules see them only when told. */
function exposePatchedBuiltins(): void {
  const require = createRequire(__filename);
  require('node:http');
  require('node:https');
  syncBuiltinESMExports();
}

/** `OTEL_SDK_DISABLED` is about traces: it switches the exporters off, not the audit. */
function withoutDisabledFlag<T>(env: NodeJS.ProcessEnv, work: () => T): T {
  const flag = env['OTEL_SDK_DISABLED'];
  delete env['OTEL_SDK_DISABLED'];
  try {
    return work();
  } finally {
    if (flag !== undefined) env['OTEL_SDK_DISABLED'] = flag;
  }
}
