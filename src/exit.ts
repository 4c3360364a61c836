import { isMainThread } from 'node:worker_threads';
import { settlesWithin } from './delivery/settles-within.js';
import { countOf } from './log.js';
import type { Log } from './log.js';
import type { Runtime } from './runtime.js';

/** How long the end of the process may wait for records that are on their way. */
const FLUSH_MILLIS = 3_000;

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/** Brings what waits to the sink when the process ends, without changing how it ends. */
export function installExitHooks(runtime: Runtime, log: Log, flushTraces: () => Promise<void>): void {
  const flush = async (): Promise<void> => {
    runtime.pipeline.settle();
    await Promise.all([runtime.delivery.flush(FLUSH_MILLIS), settlesWithin(flushTraces(), FLUSH_MILLIS)]);
  };
  flushOnNaturalEnd(runtime, flush);
  const tellLoss = (): void => {
    const { waiting } = runtime.delivery.counts();
    if (waiting > 0) log.error(`${countOf(waiting, 'record')} had not been delivered when the process ended`);
  };
  process.on('exit', () => {
    runtime.pipeline.settle();
    tellLoss();
  });
  if (!isMainThread) return;
  const deliver = (): void => {
    // NOTE: the application may be about to call process.exit, and these wait longest.
    runtime.pipeline.settleLogins();
    void runtime.delivery.flush(FLUSH_MILLIS);
  };
  const flushAndTell = (): Promise<void> => flush().finally(tellLoss);
  for (const signal of SIGNALS) flushOnSignal(signal, flushAndTell, deliver);
}

/** `beforeExit` comes again after each flush; the last one finds nothing new to do. */
function flushOnNaturalEnd(runtime: Runtime, flush: () => Promise<void>): void {
  let flushed = -1;
  process.on('beforeExit', () => {
    runtime.pipeline.settle();
    const { appended } = runtime.delivery.counts();
    if (appended === flushed) return;
    flushed = appended;
    void flush();
  });
}

/**
 * A listener keeps the process alive, so where ours is the only one the signal is sent again after the flush. Where the
 * application listens too, how and when to end is its own decision, and its requests may still be served.
 */
function flushOnSignal(signal: NodeJS.Signals, flush: () => Promise<void>, deliver: () => void): void {
  const onSignal = (): void => {
    if (hadOthers() || process.listeners(signal).length > 0) {
      deliver();
      return;
    }
    // NOTE: removed before the flush, so that a second signal ends the process at once.
    process.removeListener(signal, onSignal);
    void flush().finally(() => process.kill(process.pid, signal));
  };
  const hadOthers = listenFirst(signal, onSignal);
  hideListener(onSignal);
}

/**
 * Listens to a signal, and gives what tells, while it is dispatched, whether others listened when it came: one that was
 * added by `prependOnceListener` has removed itself before ours is called.
 *
 * NOTE: Node binds `process.emit` to a signal when its first listener is added, so for that moment it is ours. Where somebody
 * listened before the preload, this only says no.
 */
function listenFirst(signal: NodeJS.Signals, onSignal: () => void): () => boolean {
  let hadOthers = false;
  const emit = process.emit as (event: string, ...args: unknown[]) => boolean;
  const own = Object.getOwnPropertyDescriptor(process, 'emit');
  const dispatch = (event: string, ...args: unknown[]): boolean => {
    hadOthers = process.listeners(signal).length > 0;
    try {
      return emit.call(process, event, ...args);
    } finally {
      hadOthers = false;
    }
  };
  Object.defineProperty(process, 'emit', { value: dispatch, configurable: true, writable: true });
  process.prependListener(signal, onSignal);
  if (own === undefined) Reflect.deleteProperty(process, 'emit');
  else Object.defineProperty(process, 'emit', own);
  return () => hadOthers;
}

/** Code that ends the process only where it listens alone, as the package signal-exit does, must not count us. */
function hideListener(hidden: () => void): void {
  const listeners = process.listeners as (event: NodeJS.Signals) => NodeJS.SignalsListener[];
  Object.defineProperty(process, 'listeners', {
    configurable: true,
    writable: true,
    value: (event: NodeJS.Signals) =>
      listeners.call(process, event).filter((listener) => listener !== hidden),
  });
}
