import { realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import { createApi } from './api/api.js';
import { createDetachedRunner } from './capture/detached.js';
import { startCapture } from './capture/capture.js';
import { createGuard } from './guard.js';
import type { Config } from './config/config.js';
import { DIRECTORY } from './directory.js';
import { isSwitchedOff, loadConfig } from './config/load.js';
import { createDelivery } from './delivery/create-delivery.js';
import { createSink } from './delivery/sinks/create-sink.js';
import { createMeasuredSink } from './delivery/sinks/measured.js';
import { ConfigurationError, EXIT, messageOf } from './errors.js';
import { installExitHooks } from './exit.js';
import { createLog } from './log.js';
import type { Log } from './log.js';
import { createGapRecord } from './pipeline/gap-record.js';
import { createPipeline } from './pipeline/pipeline.js';
import { currentRuntime, setRuntime } from './runtime.js';
import { reportMetrics } from './self-report.js';

/** Starts the audit of this process, once, however often the preload is named. */
export function start(): void {
  if (currentRuntime() !== undefined || isOwnCommand()) return;
  try {
    if (isSwitchedOff(process.env)) disable(createLog('warn'));
    else run(loadConfig(process.env, process.cwd()));
  } catch (error) {
    refuse(error);
  }
}

/** The commands of this package are no application. */
function isOwnCommand(): boolean {
  const entry = realPath(process.argv[1] ?? '');
  return ['commands', 'embedded'].some((folder) => entry.startsWith(join(DIRECTORY, folder) + sep));
}

/** NOTE: commands are started by a link in node_modules/.bin. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function run(config: Config): void {
  const log = createLog(config.logLevel);
  if (config.disabled) {
    disable(log);
    return;
  }
  const guard = createGuard(log);
  const report = reportMetrics({ counts: () => delivery.counts(), faults: guard.failures }, guard);
  const delivery = createDelivery(config, {
    sink: createMeasuredSink(createSink(config, log), report.exportTook),
    log,
    env: process.env,
    describeGap: createGapRecord(config.service),
    faults: guard.failures,
    runDetached: createDetachedRunner(),
  });
  const pipeline = createPipeline(config, delivery, guard);
  const capture = startCapture(config, pipeline, guard, log, process.env);
  const api = createApi(pipeline, guard, log);
  const runtime = { api, delivery, pipeline, processor: capture.processor };
  setRuntime(runtime);
  installExitHooks(runtime, log, capture.flushTraces);
  log.info(`recording as ${config.service.name} to ${placeOf(config)}`);
}

function placeOf({ sink, clickhouse, otlp }: Config): string {
  if (sink === 'clickhouse') return clickhouse.url;
  return sink === 'otlp' ? otlp.url : sink;
}

function disable(log: Log): void {
  setRuntime('disabled');
  log.warn('AUDIT_REGISTER_DISABLED is set: nothing is recorded');
}

/** A process that should be audited and cannot be must not run unaudited. */
function refuse(error: unknown): never {
  const isConfiguration = error instanceof ConfigurationError;
  createLog('error').error(
    isConfiguration ? messageOf(error) : `cannot start: ${(error as Error).stack ?? messageOf(error)}`,
  );
  process.exit(EXIT.configuration);
}
