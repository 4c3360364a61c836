/**
 * What stands in for `src/timers.ts` where a test sets the clock of our own code: each use looks the global up, as that
 * module must not. `vi.mock('../../src/timers.ts', async () => (await import('../support/live-timers.ts')).liveTimers);`
 */
export const liveTimers = {
  get setTimeout() {
    return globalThis.setTimeout;
  },
  get setInterval() {
    return globalThis.setInterval;
  },
  get setImmediate() {
    return globalThis.setImmediate;
  },
  get clearTimeout() {
    return globalThis.clearTimeout;
  },
  get clearInterval() {
    return globalThis.clearInterval;
  },
  get nextTick() {
    return process.nextTick;
  },
  get performance() {
    return globalThis.performance;
  },
  epochMillis: () => Date.now(),
  timeoutSignal: (millis: number) => AbortSignal.timeout(millis),
};
