import { charCodeOf } from '../../char-code.js';

/** Of characters, by their codes: what a word may have, and what stands between words. */
const WORD = 1;
const BETWEEN = 2;
const KINDS = new Uint8Array(128);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./')
  KINDS[character.charCodeAt(0)] = WORD;
for (const character of ',@') KINDS[character.charCodeAt(0)] = BETWEEN;

/**
 * Longest word that is too short for the shape of any secret: half a token (`eyJ…`, a dot, `eyJ`) has twelve characters, a card
 * number thirteen digits, the shortest key (`ghp_…`) fourteen characters.
 */
const WORD_CHARACTERS = 11;

/**
 * Whether a text is of short words alone, such as `alice@example.com`: then it holds no secret by its shape, no name with
 * a value and no escapes. One look at each character, where an expression for each kind of secret takes many.
 */
export function isShortWords(text: string): boolean {
  const { length } = text;
  let ofWord = 0;
  for (let index = 0; index < length; index++) {
    const code = charCodeOf(text, index);
    const kind = code < 128 ? (KINDS[code] as number) : 0;
    if (kind === BETWEEN) ofWord = 0;
    else if (kind !== WORD || ++ofWord > WORD_CHARACTERS) return false;
  }
  return true;
}
