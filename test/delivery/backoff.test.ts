import { expect, test } from 'vitest';
import { backoffMillis } from '../../src/delivery/backoff.ts';

test('The bound doubles with every failure, up to half a minute', () => {
  const bounds = [1, 2, 3, 4, 5, 6, 7, 8].map((attempt) => backoffMillis(attempt, () => 1));
  expect(bounds).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  expect(backoffMillis(5_000, () => 1)).toBe(30_000);
});

test('The wait is anywhere below the bound, so that processes do not come back together', () => {
  expect(backoffMillis(3, () => 0)).toBe(0);
  expect(backoffMillis(3, () => 0.25)).toBe(500);
  const waits = new Set(Array.from({ length: 50 }, () => backoffMillis(8)));
  expect(waits.size).toBeGreaterThan(25);
});
