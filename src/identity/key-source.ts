import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { JWTVerifyGetKey } from 'jose';
import type { JwtIssuerConfig } from '../config/config.js';
import { ConfigurationError } from '../errors.js';
import { createRemoteKeys } from './remote-keys.js';
import type { RemoteKeysOptions } from './remote-keys.js';

/** A key, and the algorithms it may be used with. */
export interface KeySource {
  readonly algorithms: string[];
  readonly getKey: JWTVerifyGetKey;
}

const HMAC = ['HS256', 'HS384', 'HS512'];
const RSA = ['RS256', 'RS384', 'RS512'];
const RSA_PSS = ['PS256', 'PS384', 'PS512'];
const ECDSA = ['ES256', 'ES384', 'ES512'];
const EDWARDS = ['EdDSA', 'Ed25519'];
const ASYMMETRIC = [...RSA, ...RSA_PSS, ...ECDSA, ...EDWARDS];

const ECDSA_BY_CURVE: Readonly<Record<string, string>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};

/**
 * The key of one issuer. Which algorithms are safe follows from the kind of key, never from the token
 * (RFC 8725, 3.1): a public key is never an HMAC secret, and `none` is never among them.
 *
 * @throws ConfigurationError when the key cannot be used, or with none of the allowed algorithms
 */
export function createKeySource(issuer: JwtIssuerConfig, options: RemoteKeysOptions): KeySource {
  const source = sourceOf(issuer, options);
  if (issuer.algorithms.length === 0) return source;
  const algorithms = source.algorithms.filter((name) => issuer.algorithms.includes(name));
  if (algorithms.length === 0) {
    throw new ConfigurationError(
      `AUDIT_REGISTER_JWT_ALGORITHMS allows ${issuer.algorithms.join(', ')}, none of which this kind of key ` +
        `is safe with; expected some of ${source.algorithms.join(', ')}`,
    );
  }
  return { ...source, algorithms };
}

function sourceOf(issuer: JwtIssuerConfig, options: RemoteKeysOptions): KeySource {
  if (issuer.jwksUrl) {
    return { algorithms: ASYMMETRIC, getKey: createRemoteKeys(parseJwksUrl(issuer.jwksUrl), options) };
  }
  if (issuer.publicKey) {
    const key = parsePublicKey(issuer.publicKey);
    return { algorithms: algorithmsOf(key), getKey: () => Promise.resolve(key) };
  }
  if (issuer.secret) {
    const secret = parseSecret(issuer.secret);
    return { algorithms: HMAC, getKey: () => Promise.resolve(secret) };
  }
  throw new ConfigurationError(
    `the issuer of tokens "${issuer.issuer}" has no key; set AUDIT_REGISTER_JWT_JWKS_URL, ` +
      'AUDIT_REGISTER_JWT_PUBLIC_KEY or AUDIT_REGISTER_JWT_SECRET',
  );
}

function parseJwksUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new ConfigurationError('AUDIT_REGISTER_JWT_JWKS_URL is no http or https address of a key set');
  }
  if (url.username !== '' || url.password !== '') {
    throw new ConfigurationError(
      'AUDIT_REGISTER_JWT_JWKS_URL contains a user name or password, which cannot be sent; ' +
        'give the address without, key sets are public',
    );
  }
  return url;
}

function parsePublicKey(pem: string): KeyObject {
  if (pem.includes('PRIVATE KEY-----')) {
    throw new ConfigurationError(
      'AUDIT_REGISTER_JWT_PUBLIC_KEY is a private key; give the public key, a private one must not lie here',
    );
  }
  try {
    return createPublicKey(pem);
  } catch (cause) {
    throw new ConfigurationError(
      'AUDIT_REGISTER_JWT_PUBLIC_KEY is no public key or certificate in PEM; ' +
        'expected text that begins with -----BEGIN PUBLIC KEY----- or -----BEGIN CERTIFICATE-----',
      { cause },
    );
  }
}

function algorithmsOf(key: KeyObject): string[] {
  const { modulusLength = Infinity, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < 2048) {
    throw new ConfigurationError(
      `AUDIT_REGISTER_JWT_PUBLIC_KEY has ${modulusLength} bits; expected 2048 or more (RFC 7518, 3.3)`,
    );
  }
  if (key.asymmetricKeyType === 'rsa') return [...RSA, ...RSA_PSS];
  if (key.asymmetricKeyType === 'rsa-pss') return RSA_PSS;
  if (key.asymmetricKeyType === 'ed25519') return EDWARDS;
  const ecdsa = ECDSA_BY_CURVE[namedCurve];
  if (ecdsa !== undefined) return [ecdsa];
  throw new ConfigurationError(
    `AUDIT_REGISTER_JWT_PUBLIC_KEY is of kind ${key.asymmetricKeyType} ${namedCurve}; ` +
      'expected RSA, P-256, P-384, P-521 or Ed25519',
  );
}

function parseSecret(text: string): Uint8Array {
  if (text.includes('-----BEGIN ')) {
    throw new ConfigurationError(
      'AUDIT_REGISTER_JWT_SECRET is a key in PEM, which anybody may know; ' +
        'give a public key as AUDIT_REGISTER_JWT_PUBLIC_KEY',
    );
  }
  return new TextEncoder().encode(text);
}
