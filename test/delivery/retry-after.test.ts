import { expect, test } from 'vitest';
import { retryAfterMillis } from '../../src/delivery/sinks/retry-after.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');

test.each([
  ['120', 120_000],
  [' 0 ', 0],
  ['Sat, 21 Nov 2026 12:00:30 GMT', 30_000],
  ['Saturday, 21-Nov-26 12:00:30 GMT', 30_000],
  ['Sat Nov 21 12:00:30 2026 GMT', 30_000],
  ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
])('"%s" asks for %i ms', (header, millis) => {
  expect(retryAfterMillis(header, NOW)).toBe(millis);
});

test.each([undefined, '', 'soon', '-1', '1.5', '12:30', 'Notaday, 99 Foo 2026', '9'.repeat(30)])(
  '"%s" says nothing',
  (header) => {
    expect(retryAfterMillis(header, NOW)).toBeUndefined();
  },
);
