import { expect, test } from 'vitest';
import { rowIds } from '../../src/pipeline/statements/row-id.ts';

test.each([' 42', '42\n', '042', '+42', '0x2A', '0X2a', '0o52', '0b101010', '0b_10_1010', '4_2', '00_42'])(
  'the integer %j is also as PostgreSQL writes it',
  (text) => {
    expect(rowIds(text)).toEqual([text, '42']);
  },
);

test.each([
  ['-007', '-7'],
  ['-0', '0'],
  ['-0x8000000000000000', '-9223372036854775808'],
])('%s is also %s', (text, id) => {
  expect(rowIds(text)).toEqual([text, id]);
});

test.each([
  'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
  '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}',
  'a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11',
  '{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}',
])('the UUID %s is also as PostgreSQL writes it', (text) => {
  expect(rowIds(text)).toEqual([text, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11']);
});

test.each([
  '',
  '42',
  'A-042',
  '4__2',
  '_42',
  '0x',
  '0xDEADBEEFDEADBEEFDEADBEEF',
  '1e3',
  '4 2',
  '{42}',
  '{a0eebc99',
  'a0eebc999c0b4ef8bb6d6bb9bd380a11',
  'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
])('%j is left as it is', (text) => {
  expect(rowIds(text)).toEqual([text]);
});
