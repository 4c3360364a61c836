import type { SqlScanner } from './scanner.js';

/** `E'…'`, `U&'…'`, `B'…'`, `X'…'`, and what a string goes on with in the next line. */
const QUOTED = /'((?:[^'\\]|''|\\[\s\S])*)(?:'|$)/g;
const PLAINLY_QUOTED = /'((?:[^']|'')*)(?:'|$)/g;
const DOLLARS = /^\$[^$]*\$/;

const ESCAPE = /\\(?:x([\da-f]{1,2})|u([\da-f]{4})|U([\da-f]{8})|([0-7]{1,3})|([\s\S]))/gi;
const UNICODE = /\\(?:\+([\da-f]{6})|([\da-f]{4}))/gi;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** What a constant of a statement says, in every way it may be repeated by the server; nothing for any other token. */
export function constantValues({ kind, token }: SqlScanner): readonly string[] {
  if (kind === 'number') return [token];
  if (kind !== 'string') return [];
  if (token.startsWith('$')) {
    const quote = DOLLARS.exec(token)?.[0] ?? '$$';
    const isClosed = token.length >= 2 * quote.length && token.endsWith(quote);
    return [token.slice(quote.length, isClosed ? -quote.length : undefined)];
  }
  if (/^e/i.test(token)) return [unescaped(partsOf(token, QUOTED))];
  const plain = partsOf(token, PLAINLY_QUOTED);
  return /^u/i.test(token) ? [plain, plain.replace(UNICODE, codePoint)] : [plain];
}

function partsOf(token: string, pattern: RegExp): string {
  return [...token.matchAll(pattern)].map(([, part]) => (part as string).replaceAll("''", "'")).join('');
}

function unescaped(text: string): string {
  return text.replace(
    ESCAPE,
    (all, byte?: string, short?: string, long?: string, octal?: string, other?: string) => {
      if (other !== undefined) return ESCAPES[other] ?? other;
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      return codePoint(all, byte ?? short ?? long);
    },
  );
}

function codePoint(all: string, ...digits: (string | undefined | number)[]): string {
  const hex = digits.find((digit) => typeof digit === 'string') as string;
  const code = Number.parseInt(hex, 16);
  return code > 0x10ffff ? all : String.fromCodePoint(code);
}
