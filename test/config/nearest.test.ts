import { expect, test } from 'vitest';
import { nearest } from '../../src/config/nearest.ts';

const NAMES = ['CLICKHOUSE_URL', 'CLICKHOUSE_USER', 'SINK', 'JWT_SECRET'];

test.each([
  ['CLICKHOUSE_ULR', 'CLICKHOUSE_URL'],
  ['CLICKHOUSE_USERNAME', 'CLICKHOUSE_USER'],
  ['SNIK', 'SINK'],
  ['JWT_SECRT', 'JWT_SECRET'],
  ['SINK', 'SINK'],
])('%s was meant to be %s', (name, meant) => {
  expect(nearest(name, NAMES)).toBe(meant);
});

test.each(['', 'KAFKA_BROKERS', 'XXXX'])('%j was meant to be none of them', (name) => {
  expect(nearest(name, NAMES)).toBeUndefined();
});

test('Without candidates there is nothing near', () => {
  expect(nearest('SINK', [])).toBeUndefined();
});
