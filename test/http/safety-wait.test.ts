import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { waitForSafety } from '../../src/capture/http/safety-wait.ts';

vi.mock('../../src/timers.ts', async () => (await import('../support/live-timers.ts')).liveTimers);

describe('waiting for a record to be safe', () => {
  afterEach(() => vi.useRealTimers());

  it('takes no word within 10 seconds for no, and the first word only', () => {
    vi.useFakeTimers();
    const told: boolean[] = [];
    const { tell } = waitForSafety((isSafe) => told.push(isSafe));
    vi.advanceTimersByTime(9_999);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1);
    tell(true);
    expect(told).toEqual([false]);
  });

  it('tells nobody who waits no longer', () => {
    vi.useFakeTimers();
    const told: boolean[] = [];
    const { tell, stop } = waitForSafety((isSafe) => told.push(isSafe));
    stop();
    tell(true);
    vi.advanceTimersByTime(20_000);
    expect(told).toEqual([]);
  });

  it('tells in the context of whoever waits', () => {
    const store = new AsyncLocalStorage<string>();
    const told: unknown[] = [];
    const { tell } = store.run('request', () => waitForSafety(() => told.push(store.getStore())));
    store.run('journal', () => tell(true));
    expect(told).toEqual(['request']);
  });
});
