import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plain } from '../../src/search/plain.ts';

test.each([
  ['plain text stays', 'alice / 1042 → 204 ✓ größer 日本', 'alice / 1042 → 204 ✓ größer 日本'],
  ['an escape sequence is told, not obeyed', '\u001b[31mred', String.raw`\x1b[31mred`],
  ['so is the eighth-bit form of it', '\u009b31m', String.raw`\x9b31m`],
  ['lines do not end', 'a\r\nb\tc\u2028d', String.raw`a\r\nb\tc\u2028d`],
  ['text does not turn its direction', 'a\u202etxt.exe\u2066', String.raw`a\u202etxt.exe\u2066`],
  ['nothing hides between letters', 'al\u200bi\u00adce\ufeff', String.raw`al\u200bi\xadce\ufeff`],
  ['tags of the astral plane neither', 'a\u{e0041}', String.raw`a\u{e0041}`],
  ['half a character is told', 'a\ud800', String.raw`a\ud800`],
])('%s', (_, text, expected) => {
  expect(plain(text)).toBe(expected);
});

/** Halves of surrogate pairs, too. */
const anything = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));

test('whatever the text, nothing in it can be obeyed, turn or hide, and it is the same when done again', () => {
  fc.assert(
    fc.property(fc.string({ unit: anything }), (text) => {
      const shown = plain(text);

      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u);
      expect(shown.isWellFormed()).toBe(true);
      expect(plain(shown)).toBe(shown);
    }),
  );
});
