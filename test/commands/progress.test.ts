import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createProgress } from '../../src/commands/progress.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

function pass(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1_000);
}

test('on a terminal shows a bar, how fast it goes and what is left, and leaves the line when it ends', () => {
  const written: string[] = [];
  const progress = createProgress('exported', () => undefined, {
    isTTY: true,
    write: (text) => written.push(String(text)) > 0,
  });
  progress.update(0, 100_000);
  pass(2);
  progress.update(50_000, 100_000);
  expect(written.at(-1)).toContain('exported ███████████████░░░░░░░░░░░░░░░ 50 %, 25,000/s, 2 s left');
  progress.end();
  expect(written.at(-1)).toBe('\r\u001B[K');
});

test('elsewhere says a line every ten percent, and nothing of what is done in a moment', () => {
  const said: string[] = [];
  const progress = createProgress('exported', (line) => said.push(line), { isTTY: false, write: () => true });
  progress.update(0, 100);
  progress.update(20, 100);
  expect(said).toEqual([]);
  pass(10);
  for (const done of [25, 26, 39, 40]) progress.update(done, 100);
  expect(said).toEqual([
    'exported: 25 %, 3/s, 30 s left',
    'exported: 39 %, 4/s, 16 s left',
    'exported: 40 %, 4/s, 15 s left',
  ]);
});

test('what an earlier run has done makes it look no faster', () => {
  const said: string[] = [];
  const progress = createProgress('exported', (line) => said.push(line), { isTTY: false, write: () => true });
  progress.update(80_000, 100_000);
  pass(10);
  progress.update(90_000, 100_000);
  expect(said).toEqual(['exported: 90 %, 1,000/s, 10 s left']);
});
