import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSecretNames } from '../../src/record/redaction/redact-names.ts';
import { redactAssignments } from '../../src/record/redaction/redact-assignments.ts';
import { redactShapes } from '../../src/record/redaction/redact-shapes.ts';
import { isShortWords } from '../../src/record/redaction/short-words.ts';
import { SHAPED } from './secrets.ts';

const isSecretName = createSecretNames([]);
const instead = (): string => 'REDACTED';

const PIECES = [
  'eyJ',
  'eyJhbGci',
  '.',
  'ghp_',
  'sk-',
  'hv',
  '4111',
  '1111',
  'DE89',
  'password',
  'a',
  ',',
  '@',
  '/',
  '-',
  'AKIA',
  'x1',
];

it('no secret that has a shape is of short words', () => {
  for (const { text } of SHAPED) expect([text, isShortWords(text)]).toEqual([text, false]);
});

it('a text of short words is the same after every expression for secrets', () => {
  const texts = fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(texts.filter(isShortWords), (text) => {
      expect(redactAssignments(redactShapes(text, instead, false), isSecretName, instead, false)).toBe(text);
    }),
    { numRuns: 1_000 },
  );
});

it.for([
  ['alice@example.com', true],
  ['orders/4711', true],
  ['a'.repeat(12), false],
  ['a b', false],
  ['a=b', false],
  ['a%41', false],
  ['é', false],
] as const)('%s is of short words: %s', ([text, isOne]) => {
  expect(isShortWords(text)).toBe(isOne);
});
