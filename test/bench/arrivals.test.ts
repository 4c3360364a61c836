import { expect, test } from 'vitest';
import { MIXES } from '../../bench/load/mixes.ts';
import {
  compareRecords,
  compareSpans,
  expectedRecords,
  expectedSpans,
} from '../../bench/measure/arrivals.ts';

const SHOP = { mix: MIXES.shop, cycles: 3, backgroundWrites: 1 };
const EXPECTED = expectedRecords(SHOP, false);

test('three cycles of the shop leave their requests, writes and transactions, and what the shop does by itself', () => {
  expect(EXPECTED).toEqual([
    { category: 'http', records: 30, actions: 30, verified: 30 },
    { category: 'db', records: 18, actions: 18, verified: 18 },
    { category: 'transaction', records: 6, actions: 6, verified: 6 },
    { category: 'background', records: 1, actions: 1, verified: 0 },
  ]);
});

test('reads are expected where they are recorded', () => {
  const db = expectedRecords(SHOP, true).find(({ category }) => category === 'db');
  expect(db?.records).toBe(18 + 57);
});

test('every statement is expected as a span, begin and end of transactions too', () => {
  expect(expectedSpans(SHOP)).toEqual({ http: 30, pg: 3 * 29 + 1 });
});

test('what arrived exactly once is right', () => {
  expect(compareRecords(EXPECTED, [...EXPECTED].reverse())).toEqual([]);
});

const http = { category: 'http', records: 30, actions: 30, verified: 30 };

test.each([
  [
    'a record is missing',
    { ...http, records: 29, actions: 29, verified: 29 },
    '30 records expected, 29 stored',
  ],
  ['one is missing and another is there twice', { ...http, actions: 29 }, '30 actions expected, 29 stored'],
  ['an actor is not verified', { ...http, verified: 29 }, '30 verified expected, 29 stored'],
])('it is noticed when %s', (_what, stored, sentence) => {
  const found = compareRecords(EXPECTED, [...EXPECTED.slice(1), stored]);
  expect(found.join('\n')).toMatch(new RegExp(sentence));
});

test('records of a kind that nobody expects are noticed', () => {
  const found = compareRecords([], [{ category: 'gap', records: 1, actions: 1, verified: 0 }]);
  expect(found).toContain('gap: 0 records expected, 1 stored');
});

test('a lost span is noticed', () => {
  expect(compareSpans({ http: 2, pg: 3 }, { http: 2, pg: 2 })).toEqual(['3 spans of pg expected, 2 arrived']);
});
