/**
 * What could move the cursor, recolour, hide or reorder what stands beside it: controls (the escape among them), overrides of
 * direction, line separators, half surrogate pairs, and everything that shows nothing. Joiners and variation selectors are
 * looked at by themselves: scripts and emoji are made of them.
 */
const UNSAFE =
  /(?!\p{Join_Control}|\p{Variation_Selector})[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;
/** A joiner or selector with nothing to act upon hides in a name: `ali<joiner>ce` would be another Alice. */
const IDLE =
  /(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\p{M}]|(?![\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])\p{L})(?:\p{Join_Control}|\p{Variation_Selector})/gu;
/** More marks than any script puts on one letter, to be drawn over other lines. */
const PILED_MARKS = /(\p{M}{4})\p{M}+/gu;
/** What JSON may hold as it is, but a terminal must not get. */
const UNSAFE_IN_JSON = /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

const LAST_CONTROL = 0x1f;
const CONTROL_PICTURES = 0x2400;
const DELETE = 0x7f;
const DELETE_PICTURE = '␡';

/**
 * A text from anywhere, made safe to be shown: nothing in it reaches beyond its own characters, and nothing is silently left
 * out. An escape becomes `␛`, an override of direction `<U+202E>`.
 */
export function safeText(text: string): string {
  return text.replace(UNSAFE, picture).replace(IDLE, picture).replace(PILED_MARKS, '$1');
}

/** The same for a text of several lines. */
export function safeLines(text: string): string {
  return text.split('\n').map(safeText).join('\n');
}

/** The same for a cell of a table, where a run of spaces could pass for the next column. */
export function safeCell(text: string): string {
  return safeText(text.replace(/[\s\u2800]+/gu, ' ')).trim();
}

/** JSON of one line that a terminal may show as well; whoever parses it gets the very value. */
export function safeJsonText(json: string): string {
  return json.replace(UNSAFE_IN_JSON, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function picture(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code <= LAST_CONTROL) return String.fromCodePoint(CONTROL_PICTURES + code);
  if (code === DELETE) return DELETE_PICTURE;
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}
