import { trace } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import type { Config } from '../config/config.js';
import { createClientAddressResolver } from '../identity/client-address.js';
import { createIdentityResolver } from '../identity/resolve.js';
import type { Log } from '../log.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import { exportersAreAsked } from './environment-sdk.js';
import { captureRoutes } from './frameworks/routes.js';
import type { Guard } from './guard.js';
import { findHostProvider, joinHostProvider } from './host-sdk.js';
import { captureServerEvents } from './http-events.js';
import { captureHttp } from './http.js';
import type { ScopeFactory } from './http.js';
import { captureHttp2 } from './http2.js';
import { createPgCapture } from './pg.js';
import { RequestScope } from './request-scope.js';
import { startSdk } from './sdk.js';
import type { AuditSdk } from './sdk.js';
import { AuditSpanProcessor } from './span-processor.js';

export interface Capture {
  readonly processor: SpanProcessor;
  shutdown(): Promise<void>;
}

/**
 * Installs everything that sees the application: must run before its modules load.
 *
 * OpenTelemetry itself is started at the first request or query. By then an application that brings its own SDK has
 * registered it, and is joined instead: two SDKs in one process would silence one of the two.
 *
 * @throws ConfigurationError when identity cannot work as configured.
 */
export function startCapture(
  config: Config,
  pipeline: Pipeline,
  guard: Guard,
  log: Log,
  env: NodeJS.ProcessEnv,
): Capture {
  const createScope = createScopeFactory(config, log, () => settle());
  const pg = createPgCapture(pipeline, guard, () => settle(), {
    ignoreConnectSpans: !exportersAreAsked(env),
  });
  const processor = new AuditSpanProcessor(pipeline, pg, guard);
  const tracer = trace.getTracer('audit-register');
  let sdk: AuditSdk | undefined;
  let isSettled = false;

  captureRoutes(guard);
  captureHttp(createScope, pipeline, guard);
  captureHttp2(createScope, tracer, (context: Context) => sdk?.enterContext(context), pipeline, guard);
  captureServerEvents(createScope, tracer, pipeline, guard);
  // NOTE: whoever asks for exporters by OpenTelemetry's variables wants us to be the SDK, from the first moment.
  if (exportersAreAsked(env)) settle();

  /** Whose OpenTelemetry it is. Decided once. */
  function settle(): void {
    if (isSettled) return;
    isSettled = true;
    guard('the start of OpenTelemetry', () => {
      const host = findHostProvider();
      if (host === undefined) sdk = startSdk(processor, env);
      else join(host);
    });
  }

  function join(host: object): void {
    if (joinHostProvider(host, processor)) log.info("joined the application's own OpenTelemetry SDK");
    else {
      log.warn(
        "the application's own OpenTelemetry SDK cannot be joined, so records have no trace ids; give it createAuditSpanProcessor() of audit-register/api as a span processor",
      );
    }
  }

  return { processor, shutdown: async () => sdk?.shutdown() };
}

function createScopeFactory(config: Config, log: Log, onFirstUse: () => void): ScopeFactory {
  const identify = createIdentityResolver(config.identity, { onProblem: log.warn });
  const locate = createClientAddressResolver(config.identity.trustedProxies);
  return (raw) => {
    onFirstUse();
    return new RequestScope(raw, identify, locate);
  };
}
