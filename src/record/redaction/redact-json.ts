import type { Instead } from './redact-shapes.js';

/** What the redaction of JSON needs from outside. */
export interface JsonContext {
  /** @param depth 1 for the members of the outermost object. */
  readonly isSecretName: (name: string, depth: number) => boolean;
  readonly instead: Instead;
  /** Redacts a text within the JSON. */
  readonly text: (text: string, isCut: boolean) => string;
}

/** One token of JSON text: a string, a bracket, a separator, white space, or anything else up to one of these. */
const TOKEN =
  /"[^"\\]*(?:\\[\s\S][^"\\]*)*("|\\?$)|'[^'\\]*(?:\\[\s\S][^'\\]*)*('|\\?$)|[{}[\],:]|\s+|[^\s"'{}[\],:]+/g;

const LITERAL = /^(?:true|false|null)$/;
const PLAIN_VALUE = /^(?:true|false|null|-?\d[\d.eE+-]*)$/;

export function looksLikeJson(text: string): boolean {
  return /^[\s\ufeff]{0,16}[{["]/.test(text);
}

export interface RedactedJson {
  readonly json: string;
  /** Whether all of it was JSON as far as its tokens tell. */
  readonly isJson: boolean;
}

/**
 * JSON text in which the values of secret names are replaced, at any depth, and everything else stays as it is written.
 * NOTE: token by token, with no tree and no recursion: the text may be cut anywhere, nested 100,000 times, or no JSON.
 */
export function redactJson(json: string, isCut: boolean, context: JsonContext): RedactedJson {
  const walk = new JsonWalk(context);
  const shown: string[] = [];
  let isJson = true;
  let isAfterScalar = false;
  for (const { 0: token, 1: double, 2: single, index } of json.matchAll(TOKEN)) {
    const end = index + token.length;
    const close = double ?? single;
    const isOpen = close === undefined ? isCut && end === json.length : close === '' || close === '\\';
    const kind = kindOf(token);
    // NOTE: words without a comma between them are a text, and `[4111 1111 …` may be a card number.
    if (kind === 'bare' || single !== undefined || (kind === 'scalar' && isAfterScalar)) isJson = false;
    if (kind !== 'space') isAfterScalar = kind === 'scalar';
    shown.push(walk.token(token, isOpen, () => isFollowedByColon(json, end)));
  }
  return { json: shown.join(''), isJson };
}

function kindOf(token: string): 'space' | 'mark' | 'scalar' | 'bare' {
  const first = token[0] as string;
  if (/\s/.test(first)) return 'space';
  if ('{}[],:'.includes(first)) return 'mark';
  return first === '"' || PLAIN_VALUE.test(token) ? 'scalar' : 'bare';
}

function isFollowedByColon(json: string, end: number): boolean {
  COLON.lastIndex = end;
  return COLON.test(json);
}

const COLON = /\s{0,64}:/y;

/** `{ "name": "password", "value": "x" }`: a list of such is a form, or headers. */
const PAIR_NAMES = /^(?:name|key|field|param|parameter|header|property)$/i;
const PAIR_VALUES = /^(?:value|values|val|content|data)$/i;

class JsonWalk {
  readonly #context: JsonContext;
  #depth = 0;
  /** Depth of the object or list that is the value of a secret name; -1 outside of one. */
  #secretDepth = -1;
  /** Whether the value that comes is that of a secret name. */
  #isSecretNext = false;
  /** Whether the value that comes is the name of a pair. */
  #isPairName = false;
  /** Depth of a pair whose name is secret; -1 outside of one. */
  #pairDepth = -1;

  constructor(context: JsonContext) {
    this.#context = context;
  }

  token(token: string, isOpen: boolean, isName: () => boolean): string {
    switch (token[0]) {
      case '{':
      case '[':
        if (this.#isSecretNext && this.#secretDepth === -1) this.#secretDepth = this.#depth;
        this.#isSecretNext = false;
        this.#depth++;
        return token;
      case '}':
      case ']':
        this.#isSecretNext = false;
        this.#depth--;
        if (this.#depth < this.#pairDepth) this.#pairDepth = -1;
        if (this.#depth <= this.#secretDepth) this.#secretDepth = -1;
        return token;
      case ',':
        this.#isSecretNext = false;
        return token;
      case ':':
        return token;
      default:
        return token.trim() === '' ? token : this.#scalar(token, isOpen, isName);
    }
  }

  #scalar(token: string, isOpen: boolean, isName: () => boolean): string {
    const text = textOf(token, isOpen);
    const isInside = this.#secretDepth !== -1;
    if (isName()) {
      const isOfPair = this.#depth === this.#pairDepth && PAIR_VALUES.test(text);
      this.#isSecretNext = isOfPair || this.#context.isSecretName(text, this.#depth);
      this.#isPairName = PAIR_NAMES.test(text);
      return isInside ? this.#replaced(token, text, isOpen) : this.#shown(token, text, isOpen);
    }
    if (this.#isPairName && this.#context.isSecretName(text, -1)) this.#pairDepth = this.#depth;
    this.#isPairName = false;
    // NOTE: what is no JSON may have several words for one value, so the name counts up to the next comma.
    return this.#isSecretNext || isInside
      ? this.#replaced(token, text, isOpen)
      : this.#shown(token, text, isOpen);
  }

  /** NOTE: `null`, `true` and `false` are no secrets, and that a password became `null` may be what matters. */
  #replaced(token: string, text: string, isOpen: boolean): string {
    if (LITERAL.test(token)) return token;
    return JSON.stringify(this.#context.instead(text, !isOpen));
  }

  #shown(token: string, text: string, isOpen: boolean): string {
    const redacted = this.#context.text(text, isOpen);
    return redacted === text ? token : JSON.stringify(redacted);
  }
}

/** What a string says, and anything else as it is written. */
function textOf(token: string, isOpen: boolean): string {
  const quote = token[0];
  if (quote !== '"' && quote !== "'") return token;
  const inner = isOpen ? token.slice(1) : token.slice(1, -1);
  if (!inner.includes('\\')) return inner;
  return inner.replace(ESCAPE, (all, unit?: string) =>
    unit === undefined
      ? (ESCAPES[all[1] ?? ''] ?? all[1] ?? '')
      : String.fromCharCode(Number.parseInt(unit, 16)),
  );
}

const ESCAPE = /\\(?:u([\da-f]{4})|[\s\S]|$)/gi;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
