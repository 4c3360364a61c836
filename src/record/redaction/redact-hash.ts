import { Buffer } from 'node:buffer';
import { createHmac } from 'node:crypto';
import { redactCards } from './redact-cards.js';

/** What a keyed hash begins with. */
export const HASH_PREFIX = 'hmac:';

/** Fewer bytes could be guessed by trying them. */
export const LEAST_KEY_BYTES = 16;

/** A value as `hmac:` and the base64url of its keyed hash: the same in every process that has the key. */
export type Hasher = (value: string) => string;

/** @param key Text counts as UTF-8. */
export function createHasher(key: string | Uint8Array): Hasher {
  const bytes = Buffer.from(key as string);
  return (value) =>
    HASH_PREFIX + createHmac('sha256', bytes).update(canonical(value), 'utf8').digest('base64url');
}

/**
 * The form of a value that is hashed: the value itself, but for what is written in more than one way. Credentials lose
 * the scheme before them (`Bearer x` is `x`), card numbers the spaces and hyphens between their digits.
 */
function canonical(value: string): string {
  const credentials = /^(?:bearer|basic|jwt|token|apikey|negotiate)\s+(\S+)\s*$/i.exec(value)?.[1];
  if (credentials !== undefined) return credentials;
  return isCard(value) ? value.replace(/\D/g, '') : value;
}

function isCard(value: string): boolean {
  const isNumber = value.length <= 40 && /^\d[\d \u00a0-]*\d$/.test(value);
  return isNumber && redactCards(value, () => '') === '';
}
