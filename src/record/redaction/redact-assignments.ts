import { redactElements } from './redact-elements.js';
import type { Instead } from './redact-shapes.js';

export type IsSecretName = (name: string) => boolean;

/** Longest name that is looked for in front of a `=` or `:`. */
const NAME_CHARACTERS = 64;

const SEPARATOR = /[=:]/g;
/** What stands between a name, its separator and its value, as in columns of `name      = value`. */
const GAP_CHARACTERS = 64;

/** A text in YAML over the lines that are indented below its name. */
const BLOCK = /:[ \t]{1,16}[|>][-+\d]{0,2}[ \t]{0,16}\r?\n((?:[ \t]+[^\r\n]*(?:\r?\n|$)|\r?\n)+)/y;

/** One part of a form with several (RFC 7578): its headers with its name, an empty line, its content. */
const PART =
  /(form-data;[^\r\n]{0,256}?\bname="([^"\r\n]{1,128})"[^\r\n]{0,512}(?:\r?\n[^\r\n]{1,512})*\r?\n\r?\n)([\s\S]*?)(?=\r?\n--|$)/gi;

/**
 * Values of secret names in a text of any kind: `password=hunter2`, `"token": "x"`, `Authorization: Bearer x`,
 * `<password>x</password>`.
 */
export function redactAssignments(
  text: string,
  isSecretName: IsSecretName,
  instead: Instead,
  isCut: boolean,
): string {
  let given = text.includes('<') ? redactElements(text, isSecretName, instead, isCut) : text;
  if (given.includes('form-data')) given = redactParts(given, isSecretName, instead, isCut);
  let shown = '';
  let copied = 0;
  SEPARATOR.lastIndex = 0;
  for (let found = SEPARATOR.exec(given); found !== null; found = SEPARATOR.exec(given)) {
    const name = nameBefore(given, found.index, copied);
    if (name === '' || !isSecretName(name)) continue;
    const { start, end, next } = valueAfter(given, found.index, name);
    // NOTE: what stands there may have been replaced by its shape before.
    if (end > start && !isReplaced(given, start, end)) {
      shown += given.slice(copied, start) + instead(given.slice(start, end), !isCut || end < given.length);
      copied = end;
    }
    SEPARATOR.lastIndex = Math.max(next, found.index + 1);
  }
  return copied === 0 ? given : shown + given.slice(copied);
}

function redactParts(text: string, isSecretName: IsSecretName, instead: Instead, isCut: boolean): string {
  return text.replace(PART, (all, headers: string, name: string, content: string, at: number) => {
    const isWhole = !isCut || at + all.length < text.length;
    return isSecretName(name) ? headers + instead(content, isWhole) : all;
  });
}

/** Whether nothing is left to hide: a scheme and what stands for its credentials. */
function isReplaced(text: string, start: number, end: number): boolean {
  return /^(?:(?:bearer|basic|negotiate|apikey)\s+)?(?:\[redacted\]|hmac:[\w-]{43})$/i.test(
    text.slice(start, Math.min(end, start + 80)),
  );
}

/** The name in front of a separator, through quotes, brackets and spaces. */
function nameBefore(text: string, at: number, from: number): string {
  let end = at;
  while (end > from && at - end < GAP_CHARACTERS && CLOSES_NAME[text.charCodeAt(end - 1)] === 1) end--;
  let start = end;
  while (start > from && end - start < NAME_CHARACTERS && isNameCharacter(text.charCodeAt(start - 1)))
    start--;
  return text.slice(start, end);
}

const CLOSES_NAME = marked(` \t"'\`\\])`);
const NAME_CHARACTER = marked('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-.$[');

function isNameCharacter(code: number): boolean {
  return code > 127 || NAME_CHARACTER[code] === 1;
}

function marked(characters: string): Uint8Array {
  const table = new Uint8Array(128);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

/** Where the value behind a separator begins and ends, and where to go on. */
function valueAfter(text: string, at: number, name: string): { start: number; end: number; next: number } {
  // NOTE: `password::text` is a cast of PostgreSQL, `Token::new` a name; neither has a value.
  if (text.startsWith('::', at)) return { start: at, end: at, next: at + 2 };
  const block = blockAfter(text, at);
  if (block !== undefined) return block;
  let start = at + 1;
  while (start < text.length && start - at < GAP_CHARACTERS && /[=>:\s]/.test(text[start] as string)) start++;
  // NOTE: a block string of GraphQL, or one of Python.
  const opening = /^(?:"""|'''|\\*["'`])/.exec(text.slice(start, start + 16));
  if (opening !== null) return quoted(text, start, opening[0]);
  const isLine = (text[at] === ':' && start > at + 1) || /cookie/i.test(name);
  const end = isLine ? lineEnd(text, start) : wordEnd(text, start);
  return { start, end, next: end };
}

/** NOTE: what is indented less than its first line is no part of it. */
function blockAfter(text: string, at: number): { start: number; end: number; next: number } | undefined {
  BLOCK.lastIndex = at;
  const lines = BLOCK.exec(text)?.[1];
  if (lines === undefined) return undefined;
  const from = BLOCK.lastIndex - lines.length;
  const indent = /^\s*?([ \t]+)\S/.exec(lines)?.[1]?.length ?? 0;
  const less = indent < 2 ? -1 : lines.search(new RegExp(`^[ \\t]{1,${Math.min(indent - 1, 999)}}\\S`, 'm'));
  const block = (less === -1 ? lines : lines.slice(0, less)).trimEnd();
  const start = from + block.length - block.trimStart().length;
  return { start, end: from + block.length, next: from + block.length };
}

/** NOTE: a text within JSON within JSON has its quotes behind as many backslashes as opened it. */
function quoted(text: string, from: number, opening: string): { start: number; end: number; next: number } {
  const start = from + opening.length;
  for (let end = start; ; end++) {
    end = text.indexOf(opening, end);
    if (end === -1) return { start, end: text.length, next: text.length };
    if (text[end - 1] !== '\\') return { start, end, next: end + opening.length };
  }
}

function lineEnd(text: string, start: number): number {
  const end = text.slice(start).search(/[\r\n]/);
  return end === -1 ? text.length : start + end;
}

/** The end of a word; a scheme such as `Bearer` takes the next word with it, brackets what they hold. */
function wordEnd(text: string, start: number): number {
  if (/[[{(]/.test(text[start] ?? '')) return bracketEnd(text, start);
  const scheme = /^(?:bearer|basic|token|jwt|digest|negotiate|apikey)\s+/i.exec(
    text.slice(start, start + 32),
  );
  let end = start + (scheme?.[0].length ?? 0);
  while (end < text.length && !/[\s&]/.test(text[end] as string)) end++;
  return end;
}

function bracketEnd(text: string, start: number): number {
  let depth = 0;
  for (let end = start; end < text.length; end++) {
    const character = text[end] as string;
    if ('[{('.includes(character)) depth++;
    else if (']})'.includes(character) && --depth === 0) return end + 1;
  }
  return text.length;
}
