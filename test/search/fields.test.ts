import { expect, test } from 'vitest';
import { COLUMNS } from '../../src/record/columns.ts';
import { FIELDS, fieldNamed } from '../../src/search/fields.ts';

test('every column of a record can be searched under its own name', () => {
  for (const { name } of COLUMNS) expect(fieldNamed(name).meaning, name).not.toBe('');
});

test('what the readers add to a record can be searched under its name', () => {
  for (const name of ['ingested_at', 'actor_late', 'final_outcome']) {
    expect(fieldNamed(name).expressions).toEqual([name]);
  }
});

test('no name stands for two fields', () => {
  const names = FIELDS.flatMap(({ name, aliases }) => [name, ...aliases]);

  expect(new Set(names).size).toBe(names.length);
});

test('a field that may have only fixed values has some, and its synonyms stand for them', () => {
  for (const { name, kind, values, synonyms } of FIELDS) {
    if (kind === 'choice') expect(values, name).not.toHaveLength(0);
    for (const value of Object.values(synonyms ?? {})) expect(values, name).toContain(value);
  }
});
