import { expect, test } from 'vitest';
import { MIXES } from '../../bench/load/mixes.ts';
import {
  compareEvents,
  compareRecords,
  compareSpans,
  expectedEvents,
  expectedRecords,
  expectedSpans,
  expectedWideEvents,
} from '../../bench/measure/arrivals.ts';

const SHOP = { mix: MIXES.shop, cycles: 3, backgroundWrites: 1 };
const PLAIN = { reads: false, bodies: false };
const EXPECTED = expectedRecords(SHOP, PLAIN);

test('three cycles of the shop leave their requests, writes and transactions, and what the shop does by itself', () => {
  expect(EXPECTED).toEqual([
    { category: 'http', records: 30, actions: 30, verified: 30, withBodies: 0 },
    { category: 'db', records: 18, actions: 18, verified: 18, withBodies: 0 },
    { category: 'transaction', records: 6, actions: 6, verified: 6, withBodies: 0 },
    { category: 'background', records: 1, actions: 1, verified: 0, withBodies: 0 },
  ]);
});

test('reads are expected where they are recorded', () => {
  const db = expectedRecords(SHOP, { ...PLAIN, reads: true }).find(({ category }) => category === 'db');
  expect(db?.records).toBe(18 + 57);
});

test('bodies are expected of requests, where they are recorded', () => {
  const json = { mix: MIXES.json, cycles: 4, backgroundWrites: 0 };
  expect(expectedRecords(json, { ...PLAIN, bodies: true })).toEqual([
    { category: 'http', records: 4, actions: 4, verified: 4, withBodies: 4 },
  ]);
});

test('a rival is expected to hold what it saw: a row of each request and write, or one event of a request', () => {
  expect(expectedEvents(SHOP, PLAIN)).toEqual({ rows: 48, named: 48, withBodies: 0 });
  expect(expectedWideEvents(SHOP, { ...PLAIN, bodies: true })).toEqual({
    rows: 30,
    named: 30,
    withBodies: 30,
  });
});

test('an event that a rival has lost, or has without its actor, is noticed', () => {
  const expected = { rows: 2, named: 2, withBodies: 0 };
  expect(compareEvents(expected, expected)).toEqual([]);
  expect(compareEvents(expected, { ...expected, rows: 1, named: 0 })).toEqual([
    'events: 2 rows expected, 1 stored',
    'events: 2 named expected, 0 stored',
  ]);
});

test('every statement is expected as a span, begin and end of transactions too', () => {
  expect(expectedSpans(SHOP)).toEqual({ http: 30, pg: 3 * 29 + 1 });
});

test('what arrived exactly once is right', () => {
  expect(compareRecords(EXPECTED, [...EXPECTED].reverse())).toEqual([]);
});

const http = { category: 'http', records: 30, actions: 30, verified: 30, withBodies: 0 };

test.each([
  [
    'a record is missing',
    { ...http, records: 29, actions: 29, verified: 29, withBodies: 0 },
    '30 records expected, 29 stored',
  ],
  ['one is missing and another is there twice', { ...http, actions: 29 }, '30 actions expected, 29 stored'],
  ['an actor is not verified', { ...http, verified: 29, withBodies: 0 }, '30 verified expected, 29 stored'],
])('it is noticed when %s', (_what, stored, sentence) => {
  const found = compareRecords(EXPECTED, [...EXPECTED.slice(1), stored]);
  expect(found.join('\n')).toMatch(new RegExp(sentence));
});

test('records of a kind that nobody expects are noticed', () => {
  const found = compareRecords([], [{ category: 'gap', records: 1, actions: 1, verified: 0, withBodies: 0 }]);
  expect(found).toContain('gap: 0 records expected, 1 stored');
});

test('a lost span is noticed', () => {
  expect(compareSpans({ http: 2, pg: 3 }, { http: 2, pg: 2 })).toEqual(['3 spans of pg expected, 2 arrived']);
});
