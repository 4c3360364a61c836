import { expect, test } from 'vitest';
import { formatNumber, formatSpread } from '../../bench/report/format.ts';
import { perRound, spreadOf } from '../../bench/report/statistics.ts';

test('the median of an odd number of values is the middle one, whatever their order', () => {
  expect(spreadOf([9, 100, 1])).toEqual({ median: 9, min: 1, max: 100 });
});

test('the median of an even number of values lies between the two in the middle', () => {
  expect(spreadOf([4, 1, 2, 100])).toEqual({ median: 3, min: 1, max: 100 });
});

test('numbers are sorted as numbers', () => {
  expect(spreadOf([10, 9, 2]).median).toBe(9);
});

test('there is no median of nothing', () => {
  expect(() => spreadOf([])).toThrow(RangeError);
});

test('variants are compared within their round, so that a slow round changes no ratio', () => {
  const bare = [10, 1000, 10];
  const audited = [20, 2000, 20];
  expect(perRound([audited, bare], (own = 0, base = 1) => own / base)).toEqual({ median: 2, min: 2, max: 2 });
});

test('a round that one of the variants lacks is left out', () => {
  expect(perRound([[1, 2], [1]], (own = 0, base = 0) => own + base)).toEqual({ median: 2, min: 2, max: 2 });
});

test.each([
  [{ median: 12.34, min: 11.96, max: 13 }, 1, '', '12.3 (12.0–13.0)'],
  [{ median: 3, min: 3, max: 3 }, 0, ' ms', '3 ms'],
  [{ median: 43_083.4, min: 1, max: 50_000 }, 0, '', '43,083 (1–50,000)'],
])('%o is written as a median with its range', (spread, digits, unit, text) => {
  expect(formatSpread(spread, digits, unit)).toBe(text);
});

test('a difference that rounds to nothing has no sign', () => {
  expect(formatNumber(-0.04, 1)).toBe('0.0');
});
