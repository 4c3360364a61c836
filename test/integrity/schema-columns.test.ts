import { expect, test } from 'vitest';
import { columnsOf } from '../../src/integrity/schema-columns.ts';
import { COLUMNS, SCHEMA_VERSION } from '../../src/record/columns.ts';

test('the version that is written is known with all its columns', () => {
  expect(columnsOf(SCHEMA_VERSION)).toEqual(COLUMNS.map(({ name }) => name));
});

test('a version of the future is not guessed', () => {
  expect(columnsOf(SCHEMA_VERSION + 1)).toBeUndefined();
});
