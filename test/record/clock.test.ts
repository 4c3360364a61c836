import { afterEach, describe, expect, it, vi } from 'vitest';
import { nowMicros } from '../../src/record/clock.ts';

vi.mock('../../src/timers.ts', async () => (await import('../support/live-timers.ts')).liveTimers);

describe('the clock', () => {
  afterEach(() => vi.restoreAllMocks());

  it('agrees with the wall clock to the millisecond', () => {
    for (let index = 0; index < 20_000; index++) {
      const before = Date.now();
      const micros = nowMicros();
      expect(micros).toBeGreaterThanOrEqual(before * 1_000);
      expect(micros).toBeLessThan((Date.now() + 1) * 1_000);
    }
  });

  it('never goes back and tells moments of the same millisecond apart', () => {
    const times = Array.from({ length: 50_000 }, () => nowMicros());
    expect(times.every((time, index) => index === 0 || time >= (times[index - 1] as number))).toBe(true);
    const millis = new Set(times.map((time) => Math.floor(time / 1_000)));
    expect(new Set(times).size).toBeGreaterThan(millis.size * 20);
  });

  it.for([3_600_000, -3_600_000])('follows the wall clock when it is set by %i ms', (step) => {
    const real = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => real() + step);
    const before = real() + step;
    const micros = nowMicros();
    expect(micros).toBeGreaterThanOrEqual(before * 1_000);
    expect(micros).toBeLessThan((real() + step + 1) * 1_000);
  });
});
