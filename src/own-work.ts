import { AsyncLocalStorage } from 'node:async_hooks';

/** NOTE: a store of our own, because whose OpenTelemetry it is, and whether it keeps any context, is decided late. */
const own = new AsyncLocalStorage<true>();

/** What the register does for itself, such as delivery: it is nobody's act, and recording it would never end. */
export function runAsOwnWork<T>(work: () => T): T {
  return own.run(true, work);
}

export function isOwnWork(): boolean {
  return own.getStore() === true;
}
