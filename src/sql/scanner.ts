/**
 * PostgreSQL's rules for tokens, as far as one must know where each of them ends. Checked against PostgreSQL's own scanner
 * over its own regression tests (`test/sql/scanner.test.ts`).
 * Source: PostgreSQL, src/backend/parser/scan.l, with `standard_conforming_strings` on.
 */
export type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'parameter' | 'comment' | 'symbol';

const TAB = 9;
const RETURN = 13;
const SPACE = 32;
const DOUBLE_QUOTE = 34;
const DOLLAR = 36;
const AMPERSAND = 38;
const QUOTE = 39;
const OPEN = 40;
const CLOSE = 41;
const STAR = 42;
const MINUS = 45;
const POINT = 46;
const SLASH = 47;
const ZERO = 48;
const NINE = 57;
const OPEN_SQUARE = 91;
const BACKSLASH = 92;
const CLOSE_SQUARE = 93;
const UPPER_E = 69;
const UPPER_U = 85;
const LOWER_U = 117;
const LOWER_E = 101;

const NUMBER =
  /0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*(?:\.(?!\.)(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][-+]?\d(?:_?\d)*)?/y;
const STRING_PREFIX = /[eEbBxX]/;
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
/** A string goes on in the next line. */
const CONTINUATION = /(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:[ \t\n\r\f\v]|--[^\n\r]*[\n\r])*'/y;
const LINE_END = /[\n\r]|$/g;
const COMMENT_EDGE = /\/\*|\*\//g;

/** Goes over a text token by token, in linear time. Never throws: what is not closed ends with the text. */
export class SqlScanner {
  readonly text: string;
  kind: TokenKind = 'symbol';
  start = 0;
  end = 0;

  constructor(text: string, start = 0) {
    this.text = text;
    this.end = start;
  }

  /** Goes to the next token; false at the end of the text. */
  next(): boolean {
    const { text } = this;
    let at = this.end;
    while (isSpace(text.charCodeAt(at))) at += 1;
    this.start = at;
    if (at >= text.length) return false;
    this.end = this.#endOfToken(text.charCodeAt(at), at);
    return true;
  }

  /** The token as it stands in the text. */
  get token(): string {
    return this.text.slice(this.start, this.end);
  }

  /** First character of the token. */
  get first(): number {
    return this.text.charCodeAt(this.start);
  }

  #endOfToken(first: number, at: number): number {
    const { text } = this;
    const second = text.charCodeAt(at + 1);
    switch (first) {
      case QUOTE:
        return this.#string(at + 1, endOfString);
      case DOUBLE_QUOTE:
        return this.#quotedName(at + 1);
      case DOLLAR:
        return this.#dollar(at, second);
      case MINUS:
        return second === MINUS ? this.#lineComment(at) : this.#symbol(at);
      case SLASH:
        return second === STAR ? this.#blockComment(at) : this.#symbol(at);
      case POINT:
        // NOTE: `1..5` is a range, in which `.5` is no number.
        if (second === POINT) return this.#symbol(at) + 1;
    }
    if (isDigit(first) || (first === POINT && isDigit(second))) return this.#match('number', NUMBER, at);
    return isWordStart(first) ? this.#word(at, first) : this.#symbol(at);
  }

  #symbol(at: number): number {
    this.kind = 'symbol';
    return at + 1;
  }

  #match(kind: TokenKind, pattern: RegExp, at: number): number {
    this.kind = kind;
    pattern.lastIndex = at;
    return pattern.test(this.text) ? pattern.lastIndex : at + 1;
  }

  /** NOTE: `E'a'`, `B'a'`, `X'a'`, `U&'a'` and `U&"a"` begin like words. */
  #word(at: number, first: number): number {
    const { text } = this;
    const second = text.charCodeAt(at + 1);
    if (second === QUOTE && STRING_PREFIX.test(text.charAt(at))) {
      const isEscaped = first === UPPER_E || first === LOWER_E;
      return this.#string(at + 2, isEscaped ? endOfEscapedString : endOfBits);
    }
    if (second === AMPERSAND && (first === UPPER_U || first === LOWER_U)) {
      const third = text.charCodeAt(at + 2);
      if (third === QUOTE) return this.#string(at + 3, endOfString);
      if (third === DOUBLE_QUOTE) return this.#quotedName(at + 3);
    }
    this.kind = 'word';
    let end = at + 1;
    while (isWordPart(text.charCodeAt(end))) end += 1;
    return end;
  }

  /** @param from Behind the opening quote. */
  #string(from: number, endOf: (text: string, from: number) => number): number {
    this.kind = 'string';
    for (let at = from; ;) {
      const close = endOf(this.text, at);
      CONTINUATION.lastIndex = close;
      if (close >= this.text.length || !CONTINUATION.test(this.text)) return close;
      at = CONTINUATION.lastIndex;
    }
  }

  #quotedName(from: number): number {
    this.kind = 'quoted';
    const { text } = this;
    for (let at = from; ; at += 2) {
      at = text.indexOf('"', at);
      if (at === -1) return text.length;
      if (text.charCodeAt(at + 1) !== DOUBLE_QUOTE) return at + 1;
    }
  }

  #dollar(at: number, second: number): number {
    const { text } = this;
    if (isDigit(second)) {
      this.kind = 'parameter';
      let end = at + 1;
      while (isDigit(text.charCodeAt(end))) end += 1;
      return end;
    }
    DOLLAR_QUOTE.lastIndex = at;
    if (!DOLLAR_QUOTE.test(text)) return this.#symbol(at);
    this.kind = 'string';
    const quote = text.slice(at, DOLLAR_QUOTE.lastIndex);
    const close = text.indexOf(quote, DOLLAR_QUOTE.lastIndex);
    return close === -1 ? text.length : close + quote.length;
  }

  #lineComment(at: number): number {
    this.kind = 'comment';
    LINE_END.lastIndex = at;
    return LINE_END.exec(this.text)?.index ?? this.text.length;
  }

  #blockComment(at: number): number {
    this.kind = 'comment';
    COMMENT_EDGE.lastIndex = at + 2;
    for (let depth = 1; depth > 0;) {
      const edge = COMMENT_EDGE.exec(this.text);
      if (edge === null) return this.text.length;
      depth += edge[0] === '/*' ? 1 : -1;
    }
    return COMMENT_EDGE.lastIndex;
  }
}

/** Behind the closing quote of a string; doubled quotes are part of it. */
function endOfString(text: string, from: number): number {
  for (let at = from; ; at += 2) {
    at = text.indexOf("'", at);
    if (at === -1) return text.length;
    if (text.charCodeAt(at + 1) !== QUOTE) return at + 1;
  }
}

/** NOTE: there is no doubled quote in `B'…'` and `X'…'`. */
function endOfBits(text: string, from: number): number {
  const close = text.indexOf("'", from);
  return close === -1 ? text.length : close + 1;
}

function endOfEscapedString(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === BACKSLASH) at += 1;
    else if (char === QUOTE) {
      if (text.charCodeAt(at + 1) !== QUOTE) return at + 1;
      at += 1;
    }
  }
  return text.length;
}

/**
 * Behind the bracket that closes the one before `from`, as a scanner would find it, but several times faster: long lists
 * are long because of what is in them.
 */
export function endOfBrackets(text: string, from: number): number {
  let depth = 1;
  let at = from;
  while (at < text.length) {
    const char = text.charCodeAt(at);
    // NOTE: most of a long list is letters and digits, and they are all above these.
    if (char > SLASH && char !== OPEN_SQUARE && char !== CLOSE_SQUARE) {
      at += 1;
    } else if (char === OPEN || char === OPEN_SQUARE) {
      depth += 1;
      at += 1;
    } else if (char === CLOSE || char === CLOSE_SQUARE) {
      depth -= 1;
      at += 1;
      if (depth === 0) return at;
    } else {
      at = skipOther(text, char, at);
    }
  }
  return text.length;
}

/** Goes over what may be the beginning of something that has brackets of its own. */
function skipOther(text: string, char: number, at: number): number {
  switch (char) {
    case QUOTE:
      return isPlainQuote(text, at) ? endOfString(text, at + 1) : endOfToken(text, at);
    case DOUBLE_QUOTE:
    case DOLLAR:
      return endOfToken(text, at);
    case MINUS:
    case SLASH:
      return isCommentStart(text, char, at) ? endOfToken(text, at) : at + 1;
    default:
      return at + 1;
  }
}

/** NOTE: in `E'…'` a backslash takes the next quote away, and in `B'…'` there is no doubled one. */
function isPlainQuote(text: string, at: number): boolean {
  return !isWordPart(text.charCodeAt(at - 1));
}

function isCommentStart(text: string, char: number, at: number): boolean {
  if (char === MINUS) return text.charCodeAt(at + 1) === MINUS;
  return char === SLASH && text.charCodeAt(at + 1) === STAR;
}

/** NOTE: a quote or a dollar may belong to what stands before it: `E'…'`, `a$b$`. */
function endOfToken(text: string, at: number): number {
  let start = at;
  while (start > 0 && isWordPart(text.charCodeAt(start - 1))) start -= 1;
  const scanner = new SqlScanner(text, start);
  while (scanner.end <= at && scanner.next());
  return Math.max(scanner.end, at + 1);
}

function isSpace(char: number): boolean {
  return char === SPACE || (char >= TAB && char <= RETURN);
}

function isDigit(char: number): boolean {
  return char >= ZERO && char <= NINE;
}

function isWordStart(char: number): boolean {
  return (char >= 65 && char <= 90) || (char >= 97 && char <= 122) || char === 95 || char >= 128;
}

function isWordPart(char: number): boolean {
  return isWordStart(char) || isDigit(char) || char === DOLLAR;
}
