import { isMainThread } from 'node:worker_threads';
import { settlesWithin } from './delivery/settles-within.js';
import { countOf } from './log.js';
import type { Log } from './log.js';
import type { DeliveryCounts } from './delivery/delivery.js';
import type { Runtime } from './runtime.js';

/** How long the end of the process may wait for records that are on their way. */
const FLUSH_MILLIS = 3_000;

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/** Brings what waits to the sink, or else into the spool, when the process ends, without changing how it ends. */
export function installExitHooks(runtime: Runtime, log: Log, flushTraces: () => Promise<void>): void {
  const { delivery, pipeline } = runtime;
  const close = async (): Promise<void> => {
    pipeline.settle();
    await Promise.all([delivery.close(FLUSH_MILLIS), settlesWithin(flushTraces(), FLUSH_MILLIS)]);
  };
  const save = (): void => {
    pipeline.settle();
    delivery.saveNow();
    tellWhatWaits(delivery.counts(), log);
  };
  closeOnNaturalEnd(runtime, close);
  process.on('exit', save);
  if (!isMainThread) return;
  const hasten = (): void => {
    // NOTE: the application may be about to call process.exit, and these wait longest.
    pipeline.settleLogins();
    delivery.hasten();
  };
  for (const signal of SIGNALS) closeOnSignal(signal, () => close().finally(save), hasten);
}

/** At the end of the process: what nobody will see, and what another process has to deliver. */
function tellWhatWaits({ waiting, unsaved }: DeliveryCounts, log: Log): void {
  if (unsaved > 0) log.error(`${countOf(unsaved, 'record')} had not been delivered when the process ended`);
  const saved = waiting - unsaved;
  if (saved > 0) {
    log.warn(
      `${countOf(saved, 'record')} ${saved === 1 ? 'waits' : 'wait'} in the spool for the next process, or for \`audit-register spool flush\``,
    );
  }
}

/** `beforeExit` comes again after each flush; the last one finds nothing new to do. */
function closeOnNaturalEnd(runtime: Runtime, close: () => Promise<void>): void {
  let closed = 0;
  process.on('beforeExit', () => {
    runtime.pipeline.settle();
    const { appended } = runtime.delivery.counts();
    if (appended === closed) return;
    closed = appended;
    void close();
  });
}

/**
 * A listener keeps the process alive, so where ours is the only one the signal is sent again after the flush. Where the
 * application listens too, how and when to end is its own decision, and its requests may still be served.
 */
function closeOnSignal(signal: NodeJS.Signals, close: () => Promise<void>, hasten: () => void): void {
  const onSignal = (): void => {
    if (hadOthers() || process.listeners(signal).length > 0) {
      hasten();
      return;
    }
    // NOTE: removed before the flush, so that a second signal ends the process at once.
    process.removeListener(signal, onSignal);
    void close().finally(() => process.kill(process.pid, signal));
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
