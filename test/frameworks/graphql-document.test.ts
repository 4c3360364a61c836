import { buildSchema, parse } from 'graphql';
import { expect, test } from 'vitest';
import { readOperation } from '../../src/capture/frameworks/graphql-document.ts';

const schema = buildSchema('type Query { order: ID } type Mutation { deleteOrder: ID, noop: ID }');
const namesOf = (document: string): readonly string[] =>
  readOperation({ document: parse(document), schema }).names;

// Of such a document `execute` carries out the first field; a server that does not validate executes it.
test.each([
  'mutation { a: deleteOrder a: __typename }',
  'mutation { a: deleteOrder ...F } fragment F on Mutation { a: noop }',
  'mutation { a: __typename @skip(if: true) a: deleteOrder }',
])('a field does not hide another by its alias: %s', (document) => {
  expect(namesOf(document)).toContain('deleteOrder');
});

test('what is answered by an alias is the field that was carried out', () => {
  const document = parse('mutation { a: deleteOrder a: noop }');
  expect(readOperation({ document, schema }).answered.get('a')).toBe('deleteOrder');
});
