import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addTerm, completingAt } from '../../src/explorer/page/search/terms.ts';
import { hrefOf, readView } from '../../src/explorer/page/view/view.ts';
import type { Place, View } from '../../src/explorer/page/view/view.ts';

const text = fc.string({ unit: 'binary' });
const instant = fc
  .date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());

const place: fc.Arbitrary<Place> = fc.oneof(
  fc.constant({ page: 'records' as const }),
  fc.record({ page: fc.constant('object' as const), table: text, id: text }),
  fc.record({ page: fc.constant('actor' as const), id: text }),
);

const view: fc.Arbitrary<View> = fc.record({
  place,
  search: text,
  period: fc.oneof(
    fc.record({
      kind: fc.constant('last' as const),
      span: fc.constantFrom('15m', '24h', '7d', '36h', 'all'),
    }),
    fc.record({
      kind: fc.constant('between' as const),
      from: instant,
      to: fc.oneof(instant, fc.constant('')),
    }),
  ),
  recordId: text,
  isUtc: fc.boolean(),
});

describe('an address of the page', () => {
  test('restores any view, whatever its texts hold', () => {
    fc.assert(
      fc.property(view, (seen) => {
        expect(readView(new URL(hrefOf(seen), 'http://127.0.0.1:8124'))).toEqual(seen);
      }),
    );
  });

  test('leads nowhere else', () => {
    fc.assert(
      fc.property(view, (seen) => {
        expect(new URL(hrefOf(seen), 'http://127.0.0.1:8124').origin).toBe('http://127.0.0.1:8124');
      }),
    );
  });

  test('that nobody could have written is the first page', () => {
    expect(readView(new URL('http://x/%E0%A4%A/?last=nonsense&from=yesterday'))).toEqual({
      place: { page: 'records' },
      search: '',
      period: { kind: 'last', span: '24h' },
      recordId: '',
      isUtc: false,
    });
  });
});

describe('what is completed', () => {
  test.each([
    ['act|', { field: undefined, prefix: 'act', start: 0, end: 3 }],
    ['actor:ali|', { field: 'actor', prefix: 'ali', start: 6, end: 9 }],
    ['actor:al|ice', { field: 'actor', prefix: 'al', start: 6, end: 11 }],
    ['table:orders -outcome:fai|', { field: 'outcome', prefix: 'fai', isNegated: true, start: 22, end: 25 }],
    ['action:delete,up|', { field: 'action', prefix: 'up', start: 14, end: 16 }],
    ['actor:"ann l|', { field: 'actor', prefix: 'ann l', start: 6, end: 12 }],
    ['new.status:pa|', { field: 'new.status', prefix: 'pa', start: 11, end: 13 }],
    ['actor:alice |', { field: undefined, prefix: '', start: 12, end: 12 }],
  ])('%s', (written, expected) => {
    const caret = written.indexOf('|');
    expect(completingAt(written.replace('|', ''), caret)).toEqual({ isNegated: false, ...expected });
  });
});

test('"only this" and "not this" of one value take each other’s place', () => {
  const only = addTerm('table:orders', 'actor', 'ann "x"');
  expect(only).toBe(String.raw`table:orders actor:"ann \"x\""`);
  const not = addTerm(only, 'actor', 'ann "x"', true);
  expect(not).toBe(String.raw`table:orders -actor:"ann \"x\""`);
  expect(addTerm(not, 'actor', 'ann "x"', true)).toBe(not);
});
