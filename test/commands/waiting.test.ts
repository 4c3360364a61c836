import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { showWaiting } from '../../src/commands/terminal/waiting.ts';

let written = '';

function streamOf(isTTY: boolean | undefined) {
  return { write: (text: string) => ((written += text), true), ...(isTTY !== undefined && { isTTY }) };
}

beforeEach(() => {
  written = '';
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('while the store is asked', () => {
  test('a terminal says so after a second, and the line is left to the answer', () => {
    const waiting = showWaiting(streamOf(true));
    vi.advanceTimersByTime(999);
    expect(written).toBe('');
    vi.advanceTimersByTime(1_001);
    expect(written).toMatch(/… 1 s, .*\r.*… 2 s, /);
    waiting.end();
    expect(written.endsWith('\r\u001B[K')).toBe(true);
    const before = written;
    vi.advanceTimersByTime(5_000);
    waiting.end();
    expect(written).toBe(before);
  });

  test('a quick answer draws nothing', () => {
    showWaiting(streamOf(true)).end();
    vi.advanceTimersByTime(5_000);
    expect(written).toBe('');
  });

  test('a pipe is not told', () => {
    showWaiting(streamOf(undefined));
    vi.advanceTimersByTime(5_000);
    expect(written).toBe('');
  });
});
