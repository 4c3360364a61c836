import { describe, expect, test } from 'vitest';
import { safeCell, safeJsonText, safeText } from '../../src/commands/terminal/safe-text.ts';
import { fit, truncate, widthOf } from '../../src/commands/terminal/width.ts';

/** Everything a terminal acts upon instead of showing it. */
// oxlint-disable-next-line no-control-regex
const ACTED_UPON = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

describe('a text that is shown', () => {
  test.each([
    ['an escape', '\u001b[31mred\u001b[0m', '␛[31mred␛[0m'],
    ['the one-character form of one', '\u009b31mred', '<U+009B>31mred'],
    ['a title of the window', '\u001b]0;owned\u0007', '␛]0;owned␇'],
    ['a line of its own', 'alice\r\n12:00:00  root  deleted', 'alice␍␊12:00:00  root  deleted'],
    ['backspaces', 'mallory\b\b\b\b\b\b\balice  ', 'mallory␈␈␈␈␈␈␈alice  '],
    ['an override of direction', 'exe\u202egpj.', 'exe<U+202E>gpj.'],
    ['isolates', '\u2066a\u2069', '<U+2066>a<U+2069>'],
    ['what shows nothing', 'ali\u200bce\u00ad\ufeff', 'ali<U+200B>ce<U+00AD><U+FEFF>'],
    ['a letter that shows nothing', 'a\u3164b', 'a<U+3164>b'],
    ['a joiner in a Latin name', 'ali\u200dce', 'ali<U+200D>ce'],
    ['a selector in a Latin name', 'alice\ufe0f', 'alice<U+FE0F>'],
    ['hidden tags', 'a\u{e0041}', 'a<U+E0041>'],
    ['half a surrogate pair', 'a\ud83d', 'a<U+D83D>'],
    ['delete', 'a\u007f', 'a␡'],
    ['a line separator', 'a\u2028b', 'a<U+2028>b'],
  ])('shows %s for what it is', (_what, given, wanted) => {
    expect(safeText(given)).toBe(wanted);
    expect(safeText(given)).not.toMatch(ACTED_UPON);
  });

  test.each(['Zoë Ångström', '山田太郎', '👩‍👩‍👧 family', '❤️', '❤️‍🔥', '葛󠄀', 'مي‌خواهم', 'क्‍ष', 'Ünïcödé → ✓'])(
    'leaves %s as it is',
    (text) => {
      expect(safeText(text)).toBe(text);
    },
  );

  test('piles no marks over other lines', () => {
    expect(safeText(`a${'\u0301'.repeat(50)}b`)).toBe(`a${'\u0301'.repeat(4)}b`);
  });

  test('cannot pass for the next column', () => {
    expect(safeCell(' alice \t\u3000     deleted\u00a0\u00a0 orders\n')).toBe('alice deleted orders');
  });

  test('is read in linear time', () => {
    const text = '\u200d'.repeat(200_000) + '\u0301'.repeat(200_000) + ' '.repeat(200_000);
    const began = process.cpuUsage();
    safeCell(text);
    expect(process.cpuUsage(began).user / 1e6).toBeLessThan(5);
  });
});

describe('JSON', () => {
  test('is safe on a terminal, and whoever parses it gets the very value', () => {
    const value = { name: 'a\u009b31m\u202e\u2028\u001b\n\u007f\ufeff👩‍👧山' };
    expect(safeJsonText(JSON.stringify(value))).not.toMatch(ACTED_UPON);
    expect(JSON.parse(safeJsonText(JSON.stringify(value)))).toEqual(value);
  });
});

describe('a width', () => {
  test.each([
    ['plain', 5],
    ['山田', 4],
    ['👩‍👩‍👧', 2],
    ['é', 1],
    ['✓ ok', 4],
    ['…', 1],
  ])('of %s is %i', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  test('is kept by what is cut', () => {
    expect(truncate('orders / 1042', 8)).toBe('orders …');
    expect(truncate('山田太郎', 6)).toBe('山田…');
    expect(fit('山田太郎', 6)).toBe('山田… ');
    expect(fit('👩‍👩‍👧👩‍👩‍👧', 3)).toBe('👩‍👩‍👧…');
    expect(fit('7', 3, 'right')).toBe('  7');
    expect(truncate('abc', 0)).toBe('');
  });
});
