import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import type { Config } from '../config/config.js';
import { createClientAddressResolver } from '../identity/client-address.js';
import { createIdentityResolver } from '../identity/resolve.js';
import type { Log } from '../log.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import { BodyWatch } from './bodies/body-watch.js';
import { mayRecordCalls } from '../policy/possible-delivery.js';
import { createHasher } from '../record/redaction/redact-hash.js';
import { exportersAreAsked, metricsAreAsked } from './spans/environment-sdk.js';
import { captureFastify } from './frameworks/fastify.js';
import { watchFiles } from './frameworks/module-hook.js';
import { captureGraphql } from './frameworks/graphql.js';
import { FRAMEWORK_FILES } from './frameworks/routes.js';
import type { Guard } from '../guard.js';
import { findHostProvider, hasPartsOfSdk, joinHostProvider } from './spans/host-sdk.js';
import { guardServers } from './http/guard-servers.js';
import { captureServerEvents } from './http/http-events.js';
import { captureHttp } from './http/http.js';
import type { ScopeFactory } from './http/http.js';
import { captureHttp2 } from './http/http2.js';
import { Refusals } from './http/refusals.js';
import { ServerSpans } from './http/server-span.js';
import { captureCalls, undiciFiles } from './calls/calls.js';
import { traceOutgoing } from './calls/outgoing-span.js';
import { IMPORTED_MAINS } from './drivers/imported-mains.js';
import { loadInstrumentations } from './drivers/instrumentations.js';
import { mongodbFiles } from './drivers/mongodb.js';
import { mysql2Files } from './drivers/mysql2.js';
import { postgresJsFiles } from './drivers/postgres-js.js';
import { ioredisFiles, redisFiles } from './drivers/redis.js';
import { createPgCapture } from './pg/pg.js';
import { closeOpenRequests } from './reporter.js';
import { RequestScope } from './request-scope.js';
import { ApiCopies } from './spans/api-copies.js';
import { createAuditTracerProvider } from './spans/audit-tracer-provider.js';
import { captureModeOf } from './spans/capture-mode.js';
import { startLeanSdk } from './spans/lean-sdk.js';
import type { AuditSdk } from './spans/sdk.js';
import { AuditSpanProcessor } from './spans/span-processor.js';
import { setTimeout } from '../timers.js';

/** By then an application that has an SDK of its own has started it. */
const LATEST_START_MILLIS = 1_000;

export interface Capture {
  readonly processor: SpanProcessor;
  /** Brings waiting spans and metrics to the exporters the user configured. */
  flushTraces(): Promise<void>;
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
  const createScope = createScopeFactory(config, pipeline, log, settle);
  const mode = captureModeOf(config.capture.mode, env);
  const instrumented = { ignoreConnectSpans: !exportersAreAsked(env) };
  const pg = createPgCapture(pipeline, guard, settle, mode === 'lean' ? undefined : instrumented);
  const loaded = new Set<string>();
  const processor = new AuditSpanProcessor(pipeline, pg, guard, loaded);
  const bodies = new BodyWatch(config, guard);
  let sdk: AuditSdk | undefined;
  let isLean = false;
  let isSettled = false;
  const spans = new ServerSpans({
    isLean: () => isLean,
    isInstrumented: () => sdk !== undefined,
  });

  const copies = new ApiCopies();

  const hasCalls = mayRecordCalls(config.policy);
  const drivers = [
    ...mysql2Files(guard),
    ...mongodbFiles(guard),
    ...redisFiles(),
    ...ioredisFiles(guard),
    IMPORTED_MAINS,
    ...postgresJsFiles(pipeline, guard, () => void settle()),
    ...(hasCalls ? undiciFiles() : []),
  ];
  watchFiles([copies.file, ...FRAMEWORK_FILES, ...pg.files, ...drivers], guard);
  const provider = createAuditTracerProvider(processor, settle);
  for (const name of loadInstrumentations(instrumentationsOf(config), provider, log)) loaded.add(name);
  captureFastify(guard);
  captureGraphql(guard);
  const refusals = new Refusals(log, () => pipeline.demands.canRecord);
  captureHttp(createScope, bodies, spans, pipeline, guard, refusals);
  captureHttp2(createScope, bodies, spans, pipeline, guard, refusals);
  // NOTE: beneath what watches upgrades, so that one that is refused has its record.
  guardServers(pipeline.demands, guard, refusals);
  // NOTE: before what records the request, so that it knows its span.
  if (mode === 'lean') traceOutgoing(() => isLean, guard);
  if (hasCalls) captureCalls(pipeline, guard);
  captureServerEvents(createScope, spans, pipeline, guard);
  pipeline.beforeSettle(closeOpenRequests);
  // NOTE: what has nothing to do with requests or queries needs an SDK too, where exporters are asked for.
  if (exportersAreAsked(env) || metricsAreAsked(env)) setTimeout(settle, LATEST_START_MILLIS).unref();

  /** Whose OpenTelemetry it is, decided once; true where it is ours. */
  function settle(): boolean {
    if (!isSettled) {
      isSettled = true;
      guard('the start of OpenTelemetry', decide);
    }
    return isLean || sdk !== undefined;
  }

  function decide(): void {
    const host = findHostProvider();
    if (host !== undefined) {
      join(host);
      return;
    }
    // NOTE: meters of the application are given what the instrumentations measure.
    if (mode === 'instrumentation' || hasPartsOfSdk()) sdk = startInstrumentedSdk(processor, env);
    else {
      startLeanSdk(processor);
      isLean = true;
    }
    copies.tellProvider();
  }

  function join(host: object): void {
    if (joinHostProvider(host, processor)) log.info("joined the application's own OpenTelemetry SDK");
    else {
      log.warn(
        "the application's own OpenTelemetry SDK cannot be joined, so records have no trace ids; give it createAuditSpanProcessor() of audit-register/api as a span processor",
      );
    }
  }

  return { processor, flushTraces: async () => sdk?.flush() };
}

/** NOTE: not loaded where nobody needs it; it is much of what a preload could cost. */
function startInstrumentedSdk(processor: SpanProcessor, env: NodeJS.ProcessEnv): AuditSdk {
  return (require('./spans/sdk.js') as typeof import('./spans/sdk.js')).startSdk(processor, env);
}

/** NOTE: an application that has started its SDK before us has its instrumentations, and the last one would win. */
function instrumentationsOf({ capture }: Config): readonly string[] {
  const { instrumentations } = capture;
  const isAuto = instrumentations.length === 1 && instrumentations[0] === 'auto';
  return isAuto && findHostProvider() !== undefined ? [] : instrumentations;
}

function createScopeFactory(
  config: Config,
  pipeline: Pipeline,
  log: Log,
  onFirstUse: () => void,
): ScopeFactory {
  const hash = config.hmacKey === '' ? undefined : createHasher(config.hmacKey);
  const identify = createIdentityResolver(config.identity, { onProblem: log.warn, ...(hash && { hash }) });
  const locate = createClientAddressResolver(config.identity.trustedProxies);
  return (raw) => {
    onFirstUse();
    const scope = new RequestScope(raw, identify, locate);
    scope.authRoute = pipeline.authRouteOf(raw.method, raw.url);
    scope.wantsRequestBody = scope.authRoute === 'login';
    return scope;
  };
}
