import { charCodeOf } from '../../char-code.js';
import { JsonTokens } from './json-tokens.js';
import type { Instead } from './redact-shapes.js';

/** What the redaction of JSON needs from outside. */
export interface JsonContext {
  /** @param depth 1 for the members of the outermost object. */
  readonly isSecretName: (name: string, depth: number) => boolean;
  readonly instead: Instead;
  /** Redacts a text within the JSON. */
  readonly text: (text: string, isCut: boolean) => string;
}

const LITERAL = /^(?:true|false|null)$/;

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
  const tokens = new JsonTokens(json, isCut);
  const walk = new JsonWalk(context, tokens);
  let shown = '';
  let copied = 0;
  let isJson = true;
  let isAfterScalar = false;
  while (tokens.next()) {
    const { kind } = tokens;
    if (kind === 'mark') {
      walk.mark(charCodeOf(json, tokens.start));
      isAfterScalar = false;
      continue;
    }
    // NOTE: words without a comma between them are a text, and `[4111 1111 …` may be a card number.
    if (kind === 'bare' || isAfterScalar) isJson = false;
    isAfterScalar = kind !== 'bare';
    const token = tokens.text;
    const redacted = walk.scalar(token);
    if (redacted === token) continue;
    shown += json.slice(copied, tokens.start) + redacted;
    copied = tokens.end;
  }
  return { json: copied === 0 ? json : shown + json.slice(copied), isJson };
}

/** `{ "name": "password", "value": "x" }`: a list of such is a form, or headers. */
const PAIR_NAMES = /^(?:name|key|field|param|parameter|header|property)$/i;
const PAIR_VALUES = /^(?:value|values|val|content|data)$/i;

const OPENS_OBJECT = 0x7b;
const CLOSES_OBJECT = 0x7d;
const OPENS_LIST = 0x5b;
const CLOSES_LIST = 0x5d;
const COMMA = 0x2c;

class JsonWalk {
  readonly #context: JsonContext;
  readonly #tokens: JsonTokens;
  #depth = 0;
  /** Depth of the object or list that is the value of a secret name; -1 outside of one. */
  #secretDepth = -1;
  /** Whether the value that comes is that of a secret name. */
  #isSecretNext = false;
  /** Whether the value that comes is the name of a pair. */
  #isPairName = false;
  /** Depth of a pair whose name is secret; -1 outside of one. */
  #pairDepth = -1;

  constructor(context: JsonContext, tokens: JsonTokens) {
    this.#context = context;
    this.#tokens = tokens;
  }

  mark(code: number): void {
    switch (code) {
      case OPENS_OBJECT:
      case OPENS_LIST:
        if (this.#isSecretNext && this.#secretDepth === -1) this.#secretDepth = this.#depth;
        this.#isSecretNext = false;
        this.#depth++;
        return;
      case CLOSES_OBJECT:
      case CLOSES_LIST:
        this.#isSecretNext = false;
        this.#depth--;
        if (this.#depth < this.#pairDepth) this.#pairDepth = -1;
        if (this.#depth <= this.#secretDepth) this.#secretDepth = -1;
        return;
      case COMMA:
        this.#isSecretNext = false;
    }
  }

  /** @returns The token as it may be shown; the same where nothing is secret. */
  scalar(token: string): string {
    const { isOpen } = this.#tokens;
    const text = textOf(token, isOpen);
    const isInside = this.#secretDepth !== -1;
    if (this.#tokens.isFollowedByColon()) {
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
