import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { ConfigurationError, messageOf } from '../errors.js';
import { canonicalJson } from './seal.js';

/** A key, and the name that signatures know it by. */
export interface NamedKey {
  readonly key: KeyObject;
  /** RFC 7638 thumbprint. */
  readonly keyId: string;
}

const SETTING = 'AUDIT_REGISTER_SIGNING_KEY';
const MAKE_ONE = 'make one with `audit-register keygen`';

/**
 * The key that signs.
 *
 * @param text PEM (PKCS #8) or a JWK.
 * @throws ConfigurationError when it is no private Ed25519 key
 */
export function parseSigningKey(text: string): NamedKey {
  const source = text.trim();
  if (isPem(source) && !source.includes('PRIVATE KEY-----'))
    throw new ConfigurationError(`${SETTING} is a public key; give the private one, or ${MAKE_ONE}.`);
  return named(readPrivateKey(source), SETTING, `; ${MAKE_ONE}`);
}

/** NOTE: what a parser says of a text may quote it, and this one is a secret. */
function readPrivateKey(text: string): KeyObject {
  try {
    if (isPem(text)) return createPrivateKey(text);
    return createPrivateKey({ key: parseJson(text), format: 'jwk' });
  } catch {
    throw new ConfigurationError(
      `${SETTING} is no private key in PEM (PKCS #8) or as a JWK (with its "d"); ${MAKE_ONE}.`,
    );
  }
}

/**
 * The keys of a file: one in PEM or as a JWK, or a JWK Set.
 *
 * @param origin Named in errors.
 * @throws ConfigurationError when there is one that is no public Ed25519 key
 */
export function parsePublicKeys(text: string, origin: string): NamedKey[] {
  const source = text.trim();
  if (isPem(source)) return [named(readPublicKey(source, origin), origin)];
  const given = readJson(source, origin);
  const jwks = Array.isArray(given['keys']) ? (given['keys'] as Record<string, unknown>[]) : [given];
  if (jwks.length === 0) throw new ConfigurationError(`${origin} is a key set without keys.`);
  return jwks.map((jwk) => named(readPublicKey(jwk, origin), origin));
}

/** What verifies the signatures of a key that signs. */
export function publicKeyOf({ key, keyId }: NamedKey): NamedKey {
  return { key: createPublicKey(key), keyId };
}

function readJson(text: string, origin: string): Record<string, unknown> {
  try {
    return parseJson(text);
  } catch (cause) {
    throw new ConfigurationError(
      `${origin} holds no public key: expected PEM (-----BEGIN PUBLIC KEY-----), a JWK or a JWK Set.`,
      { cause },
    );
  }
}

function readPublicKey(given: string | Record<string, unknown>, origin: string): KeyObject {
  const isPrivate = typeof given === 'string' ? given.includes('PRIVATE KEY-----') : 'd' in given;
  if (isPrivate)
    throw new ConfigurationError(
      `${origin} is a private key; whoever verifies needs the public one, and a private one must not lie there.`,
    );
  try {
    if (typeof given === 'string') return createPublicKey(given);
    return createPublicKey({ key: given, format: 'jwk' });
  } catch (cause) {
    throw new ConfigurationError(`${origin} holds a public key that cannot be read: ${messageOf(cause)}.`, {
      cause,
    });
  }
}

function named(key: KeyObject, origin: string, mend = ''): NamedKey {
  const kind = key.asymmetricKeyType ?? 'unknown';
  if (kind !== 'ed25519')
    throw new ConfigurationError(`${origin} is a key of kind ${kind}; expected Ed25519${mend}.`);
  return { key, keyId: thumbprint(key) };
}

/** Source: RFC 7638, section 3, with the members that RFC 8037, section 2, requires. */
function thumbprint(key: KeyObject): string {
  const { crv, kty, x } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  return createHash('sha256').update(canonicalJson({ crv, kty, x })).digest('base64url');
}

function isPem(text: string): boolean {
  return text.startsWith('-----BEGIN ');
}

function parseJson(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError('it is no JSON object');
  return value as Record<string, unknown>;
}
