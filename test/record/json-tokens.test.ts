import { expect, test } from 'vitest';
import { JsonTokens } from '../../src/record/redaction/json-tokens.ts';

/** Each token with its kind, `…` behind one whose end is not there, and `:` behind a name. */
function tokensOf(json: string, isCut = false): string[] {
  const tokens = new JsonTokens(json, isCut);
  const found: string[] = [];
  while (tokens.next()) {
    const { kind, text, isOpen } = tokens;
    found.push(`${kind} ${text}${isOpen ? '…' : ''}${tokens.isFollowedByColon() ? ':' : ''}`);
  }
  return found;
}

test.each([
  ['{"a": 1}', ['mark {', 'string "a":', 'mark :', 'value 1', 'mark }']],
  [
    '["a\\"b",-2.5e+4,null]',
    ['mark [', 'string "a\\"b"', 'mark ,', 'value -2.5e+4', 'mark ,', 'value null', 'mark ]'],
  ],
  ['true truer -x +1', ['value true', 'bare truer', 'bare -x', 'bare +1']],
  ["{'a' :b}", ['mark {', "bare 'a':", 'mark :', 'bare b', 'mark }']],
  ['\ufeff\u00a0é\u2028"é"', ['bare é', 'string "é"']],
  ['"no end', ['string "no end…']],
  ['"ends with a backslash\\', ['string "ends with a backslash\\…']],
  [`'"`, [`bare '"…`]],
  ['', []],
  [' \n', []],
])('%j is read as it is written', (json, tokens) => {
  expect(tokensOf(json)).toEqual(tokens);
});

test('A word at the end of a text that was cut may go on, a mark or a string that is closed may not', () => {
  expect(tokensOf('12', true)).toEqual(['value 12…']);
  expect(tokensOf('12 ', true)).toEqual(['value 12']);
  expect(tokensOf('"a"', true)).toEqual(['string "a"']);
  expect(tokensOf('[', true)).toEqual(['mark [']);
});

test('A name is one whose colon comes within 64 characters', () => {
  expect(tokensOf(`"a"${' '.repeat(64)}:`)).toEqual(['string "a":', 'mark :']);
  expect(tokensOf(`"a"${' '.repeat(65)}:`)).toEqual(['string "a"', 'mark :']);
});
