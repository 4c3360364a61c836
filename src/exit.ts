import { isMainThread } from 'node:worker_threads';
import type { Log } from './log.js';
import type { Pipeline } from './pipeline/pipeline.js';
import type { Runtime } from './runtime.js';

/** How long the end of the process may wait for records that are on their way. */
const FLUSH_MILLIS = 3_000;

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/** Brings what waits to the sink when the process ends, without changing how it ends. */
export function installExitHooks(runtime: Runtime, log: Log, shutdownTraces: () => Promise<void>): void {
  const flush = async (): Promise<void> => {
    await Promise.all([runtime.delivery.flush(FLUSH_MILLIS), shutdownTraces().catch(() => {})]);
  };
  flushOnNaturalEnd(runtime, flush);
  process.on('exit', () => {
    runtime.pipeline.settle();
    const { waiting } = runtime.delivery.counts();
    if (waiting > 0) log.error(`${waiting} records had not been delivered when the process ended`);
  });
  if (isMainThread) for (const signal of SIGNALS) flushOnSignal(signal, runtime.pipeline, flush);
}

/** `beforeExit` comes again after each flush; the last one finds nothing new to do. */
function flushOnNaturalEnd(runtime: Runtime, flush: () => Promise<void>): void {
  let flushed = -1;
  process.on('beforeExit', () => {
    runtime.pipeline.settle();
    const { appended, waiting } = runtime.delivery.counts();
    if (waiting === 0 || appended === flushed) return;
    flushed = appended;
    void flush();
  });
}

/**
 * A listener keeps the process alive, so where ours is the only one the signal is sent again after the flush. Where the
 * application listens too, how and when to end is its own decision.
 */
function flushOnSignal(signal: NodeJS.Signals, pipeline: Pipeline, flush: () => Promise<void>): void {
  const onSignal = (): void => {
    if (process.listenerCount(signal) > 1) {
      void flush();
      return;
    }
    pipeline.settle();
    void flush().finally(() => {
      process.removeListener(signal, onSignal);
      process.kill(process.pid, signal);
    });
  };
  process.on(signal, onSignal);
}
