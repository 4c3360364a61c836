import { charCodeOf } from '../../char-code.js';

/** What a token of JSON text is; `bare` is what JSON has none of: words, and strings in single quotes. */
export type JsonToken = 'mark' | 'string' | 'value' | 'bare';

/** Of characters, by their codes. */
const OTHER = 0;
const SPACE = 1;
const MARK = 2;
const QUOTE = 3;
const NUMBER = 4;
const KINDS = new Uint8Array(128);
for (const [kind, characters] of [
  [SPACE, ' \t\n\v\f\r'],
  [MARK, '{}[],:'],
  [QUOTE, `"'`],
  [NUMBER, '0123456789.eE+-'],
] as const)
  for (const character of characters) KINDS[character.charCodeAt(0)] = kind;

const DOUBLE_QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const COLON = 0x3a;
const COLON_CHARACTERS = 64;

function kindOf(code: number): number {
  if (code < 128) return KINDS[code] as number;
  return /\s/.test(String.fromCharCode(code)) ? SPACE : OTHER;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/**
 * The tokens of a text that may be JSON, cut anywhere, or no JSON at all. White space is none.
 * NOTE: character by character, for bodies are long: an expression and a match for each token take four times as long.
 */
export class JsonTokens {
  readonly #json: string;
  readonly #isCut: boolean;
  /** Of the token: where it begins, what it is, and where the next may begin. */
  start = 0;
  end = 0;
  kind: JsonToken = 'mark';
  /** Whether its end is not there. */
  isOpen = false;

  constructor(json: string, isCut: boolean) {
    this.#json = json;
    this.#isCut = isCut;
  }

  /** @returns false behind the last one. */
  next(): boolean {
    const json = this.#json;
    let start = this.end;
    while (start < json.length && kindOf(charCodeOf(json, start)) === SPACE) start++;
    this.start = start;
    this.isOpen = false;
    if (start === json.length) return false;
    const code = charCodeOf(json, start);
    const kind = kindOf(code);
    if (kind === MARK) {
      this.kind = 'mark';
      this.end = start + 1;
    } else if (kind === QUOTE) this.#readString(code);
    else this.#readBare(code);
    return true;
  }

  get text(): string {
    return this.#json.slice(this.start, this.end);
  }

  /** Whether the token is the name of a member. */
  isFollowedByColon(): boolean {
    const most = Math.min(this.#json.length, this.end + COLON_CHARACTERS + 1);
    for (let at = this.end; at < most; at++) {
      const code = charCodeOf(this.#json, at);
      if (code === COLON) return true;
      if (kindOf(code) !== SPACE) return false;
    }
    return false;
  }

  #readString(quote: number): void {
    const json = this.#json;
    this.kind = quote === DOUBLE_QUOTE ? 'string' : 'bare';
    for (let at = this.start + 1; at < json.length; at++) {
      const code = charCodeOf(json, at);
      if (code === quote) {
        this.end = at + 1;
        return;
      }
      if (code === BACKSLASH) at++;
    }
    this.end = json.length;
    this.isOpen = true;
  }

  #readBare(first: number): void {
    const json = this.#json;
    let end = this.start;
    let isNumber = isDigit(first === MINUS ? charCodeOf(json, end + 1) : first);
    for (; end < json.length; end++) {
      const kind = kindOf(charCodeOf(json, end));
      if (kind === NUMBER) continue;
      if (kind !== OTHER) break;
      isNumber = false;
    }
    this.end = end;
    this.isOpen = this.#isCut && end === json.length;
    this.kind = isNumber || isLiteral(json, this.start, end) ? 'value' : 'bare';
  }
}

function isLiteral(json: string, start: number, end: number): boolean {
  const length = end - start;
  if (length === 4) return json.startsWith('true', start) || json.startsWith('null', start);
  return length === 5 && json.startsWith('false', start);
}
