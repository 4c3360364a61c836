import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SearchError } from '../../src/search/errors.ts';
import { parseSearch } from '../../src/search/expression.ts';
import { FIELDS } from '../../src/search/fields.ts';
import { writeTerm } from '../../src/search/write-term.ts';

/** A search as its terms: field, key, whether it excludes, and values. */
function read(text: string): unknown[] {
  return parseSearch(text).map(({ field, key, isExcluded, values }) => [
    ...(isExcluded ? ['not'] : []),
    field?.name ?? 'word',
    ...(key === undefined ? [] : [key]),
    values.map(({ text, isQuoted }) => (isQuoted ? `"${text}"` : text)),
  ]);
}

test.each([
  ['', []],
  ['   ', []],
  ['alice', [['word', ['alice']]]],
  ['actor:alice', [['actor', ['alice']]]],
  ['ACTOR:alice', [['actor', ['alice']]]],
  ['-actor:alice', [['not', 'actor', ['alice']]]],
  ['-alice', [['not', 'word', ['alice']]]],
  ['actor:alice,bob', [['actor', ['alice', 'bob']]]],
  ['actor:"alice liddell",bob', [['actor', ['"alice liddell"', 'bob']]]],
  [
    '"two words" orders',
    [
      ['word', ['"two words"']],
      ['word', ['orders']],
    ],
  ],
  [String.raw`error:"a \"b\" \\"`, [['error', [String.raw`"a "b" \"`]]]],
  ['actor:*', [['actor', ['*']]]],
  ['session:""', [['session', ['""']]]],
  ['new.status:paid', [['new', 'status', ['paid']]]],
  ['attribute.audit.gap.records:>1', [['attribute', 'audit.gap.records', ['>1']]]],
  ['path:/a:b?c=d', [['path', ['/a:b?c=d']]]],
  ['/orders/:id', [['word', ['/orders/:id']]]],
  ['12:30', [['word', ['12:30']]]],
  [
    'actor_id:user-1  status:>=500',
    [
      ['actor_id', ['user-1']],
      ['status', ['>=500']],
    ],
  ],
])('%s is read', (text, expected) => {
  expect(read(text)).toEqual(expected);
});

describe('what cannot be read is told with its place', () => {
  test.each([
    ['orders actr:alice', 'There is no field actr: did you mean actor?', 7],
    ['http://example', 'There is no field http', 0],
    ['-zzzzzzzzzzz:1', 'There is no field zzzzzzzzzzz. To look for the text itself, put it in quotes.', 1],
    ['actor:', 'actor: needs a value', 6],
    ['actor:alice,', 'actor: needs a value', 12],
    ['"never closed', 'The quote " is never closed', 0],
    ['actor:"alice"bob', 'A space or a comma belongs behind the closing quote', 13],
    ['actor.name:alice', 'actor has no entries', 0],
    ['orders -', 'Nothing to look for', 8],
    ['""', 'Nothing to look for', 0],
    [`actor:${'a,'.repeat(101)}a`, 'at most 100 values', 206],
    ['a '.repeat(51), 'at most 50 words', 100],
    ['a'.repeat(4_001), 'at most 4000 characters', 4_000],
  ])('%s', (text, message, position) => {
    const error = errorOf(text);

    expect(error.message).toContain(message);
    expect(error.position).toBe(position);
    expect(error.code).toBe('ERR_AUDIT_SEARCH');
  });
});

/** Often what has a meaning of its own. */
const anything = fc.oneof(
  fc.constantFrom(...'":,-*<>=\\./ ', 'actor:', 'new.'),
  fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
);

test('whatever the text, it is read or told as an error within it', () => {
  fc.assert(
    fc.property(fc.string({ unit: anything, maxLength: 200 }), (text) => {
      try {
        for (const { position } of parseSearch(text)) expect(position).toBeLessThan(text.length);
      } catch (error) {
        expect(error).toBeInstanceOf(SearchError);
        expect((error as SearchError).position).toBeLessThanOrEqual(text.length);
      }
    }),
  );
});

test('a value that is written as a term is read as that very value', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...FIELDS.map(({ name }) => name)),
      fc.string({ unit: anything, maxLength: 100 }),
      fc.boolean(),
      (field, value, isExcluded) => {
        const [term, ...others] = parseSearch(writeTerm(field, value, { isExcluded }));

        expect(others).toEqual([]);
        expect(term?.field?.name).toBe(field);
        expect(term?.isExcluded).toBe(isExcluded);
        expect(term?.values.map(({ text }) => text)).toEqual([value]);
        // Not a pattern, not a comparison.
        expect(term?.values[0]?.isQuoted === true || !/^[<>=]|\*/.test(value)).toBe(true);
      },
    ),
  );
});

function errorOf(text: string): SearchError {
  try {
    parseSearch(text);
  } catch (error) {
    if (error instanceof SearchError) return error;
    throw error;
  }
  throw new Error(`${text} was read`);
}
