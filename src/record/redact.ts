import { looksLikeJson, redactJson } from './redact-json.js';

/** What stands where a secret was. */
export const REDACTED = '[redacted]';

/** Names of fields, columns and parameters whose values are secret, whatever they hold. */
const SECRET_KEYS =
  /(?<!com|by|sur|tres)pass(?:word|wd|phrase|code)?(?:$|[^a-z])|passw|secret|token|authorization|cookie|credential|api[-_]?key|private[-_]?key|access[-_]?key|signature|(?:^|[-_.])(?:pwd|auth|sig|jwt|otp|pin|cvv|cvc|ssn|iban|card)(?:$|[-_.\d])|card[-_]?(?:number|no|num)|cardnumber/i;

/** Secrets that give themselves away by their shape. */
const SECRET_SHAPES: readonly RegExp[] = [
  /-----BEGIN [A-Z ]+-----[\s\S]*?(?:-----END [A-Z ]+-----|$)/g,
  /\b(?:Bearer|Basic)\s+[\w.~+/=-]{8,}/gi,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bAIza[\w-]{35}/g,
  /\bya29\.[\w-]{20,}/g,
  /\b(?:ghp|gho|ghs|ghu|github_pat|xox[abprs]|sk_live|rk_live)[_-][\w-]{10,}/g,
];

/** User and password of a URL. */
const CREDENTIALS = /\b([a-z][a-z\d+.-]{1,30}:\/\/)[^\s/?#@]+@/gi;

/** No column holds more, so nothing behind it is looked at: the text may come from anybody. */
const SCANNED_CHARACTERS = 16_384;

/** NOTE: issuers of cards begin with 2 to 6; identifiers made of a time, as long as a card number, begin with 1. */
const CARD_NUMBER = /(?<![\w.-])[2-6](?:[ -]?\d){12,18}(?![\w.-])/g;

export interface Redactor {
  /** Whether a name says that its value is secret. */
  readonly isSecretKey: (name: string) => boolean;
  /** A value whose name is known. */
  readonly value: (name: string, value: string) => string;
  /** Free text: only what has the shape of a secret goes. */
  readonly text: (value: string) => string;
  readonly values: (values: Readonly<Record<string, string>>) => Record<string, string>;
  /** A query string: secret values go, the rest stays as sent. */
  readonly query: (query: string) => string;
}

/** @param keys Names beside the built-in ones, compared without case. */
export function createRedactor(keys: readonly string[]): Redactor {
  const own = new Set(keys.map((key) => key.toLowerCase()));
  const isSecretKey = (name: string): boolean => own.has(name.toLowerCase()) || SECRET_KEYS.test(name);
  const value = (name: string, text: string): string => {
    if (isSecretKey(name)) return REDACTED;
    return redactText(looksLikeJson(text) ? redactJson(text, isSecretKey, REDACTED) : text);
  };
  return {
    isSecretKey,
    value,
    text: redactText,
    // NOTE: not by assignment, which would lose a column named `__proto__`.
    values: (values) =>
      Object.fromEntries(Object.entries(values).map(([name, text]) => [name, value(name, text)])),
    query: (query) =>
      mapQuery(query, (name, raw) => (value(name, decode(raw)) === decode(raw) ? raw : REDACTED)),
  };
}

/** A query string with its names alone. */
export function queryNames(query: string): string {
  return mapQuery(query, () => '');
}

function mapQuery(query: string, mapValue: (name: string, value: string) => string): string {
  if (query === '') return '';
  return query
    .split('&')
    .map((pair) => {
      const at = pair.indexOf('=');
      // NOTE: a pair without a name may be a bare secret, such as `?eyJ…`.
      if (at === -1) return redactText(decode(pair)) === decode(pair) ? pair : REDACTED;
      const name = decode(pair.slice(0, at));
      const shown = redactText(name) === name ? pair.slice(0, at) : REDACTED;
      return `${shown}=${mapValue(name, pair.slice(at + 1))}`;
    })
    .join('&');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function redactText(given: string): string {
  // NOTE: nothing shorter has the shape of a secret, and most values are short.
  if (given.length < 12) return given;
  let redacted = redactTokens(given.slice(0, SCANNED_CHARACTERS));
  for (const shape of SECRET_SHAPES) redacted = redacted.replace(shape, REDACTED);
  redacted = redacted.replace(CREDENTIALS, `$1${REDACTED}@`);
  return redacted.replace(CARD_NUMBER, (digits) => (isCardNumber(digits) ? REDACTED : digits));
}

/**
 * JSON Web Tokens, wherever they begin.
 * NOTE: one expression for a whole token would look at a long text again from each of its `eyJ`.
 */
function redactTokens(text: string): string {
  if (!text.includes('eyJ')) return text;
  return text.replace(/[\w.-]+/g, (run) => {
    const parts = run.split('.');
    for (let index = 0; index + 2 < parts.length; index++) {
      const header = parts[index] as string;
      const at = header.indexOf('eyJ');
      const isToken = at !== -1 && header.length - at >= 8 && (parts[index + 1] as string).length >= 5;
      if (isToken) parts.splice(index, 3, header.slice(0, at) + REDACTED);
    }
    return parts.join('.');
  });
}

/** Luhn's check digit. Source: ISO/IEC 7812-1, annex B. */
function isCardNumber(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
