import { createPublicKey } from 'node:crypto';
import { ConfigurationError, messageOf } from '../errors.js';
import type { JwtIssuerConfig } from './config.js';
import type { Values } from './load.js';
import { nearest } from './nearest.js';
import { isHttpAddress } from './parse.js';

const KEY_KINDS = ['jwksUrl', 'publicKey', 'secret'] as const;

const ENTRY_KEYS = ['issuer', 'audience', 'algorithms', ...KEY_KINDS];

/** Source: RFC 7518 section 3.1, RFC 8037, RFC 9864; those that jose verifies. */
const SHARED_SECRET_ALGORITHM = /^HS(256|384|512)$/;
const PUBLIC_KEY_ALGORITHM = /^([RPE]S(256|384|512)|EdDSA|Ed25519|ML-DSA-(44|65|87))$/;

/** The issuers of the file, or the single one of the plain settings. */
export function readIssuers(values: Values, fromFile: unknown): readonly JwtIssuerConfig[] {
  const single = {
    issuer: values.text('jwt.issuer'),
    audience: values.list('jwt.audience'),
    algorithms: values.list('jwt.algorithms'),
    jwksUrl: values.text('jwt.jwksUrl'),
    publicKey: values.text('jwt.publicKey'),
    secret: values.text('jwt.secret'),
  };
  const hasSingle = KEY_KINDS.some((kind) => single[kind] !== '');
  const skips = values.flag('jwt.dangerouslySkipVerification');
  if (skips && (hasSingle || fromFile !== undefined)) {
    throw new ConfigurationError(
      'AUDIT_REGISTER_JWT_DANGEROUSLY_SKIP_VERIFICATION contradicts a configured key; remove one of the two.',
    );
  }
  if (fromFile !== undefined) {
    if (hasSingle) {
      throw new ConfigurationError(
        '"jwt.issuers" and a single AUDIT_REGISTER_JWT_… key are both set; keep one.',
      );
    }
    return readList(fromFile);
  }
  if (hasSingle) return [checkIssuer(single, 'AUDIT_REGISTER_JWT')];
  refuseKeyless(single);
  return [];
}

/** An issuer or audience that is asked for but cannot be checked would be a false promise. */
function refuseKeyless(single: {
  issuer: string;
  audience: readonly string[];
  algorithms: readonly string[];
}): void {
  const asked =
    single.issuer !== ''
      ? 'ISSUER'
      : single.audience.length > 0
        ? 'AUDIENCE'
        : single.algorithms.length > 0
          ? 'ALGORITHMS'
          : '';
  if (asked === '') return;
  throw new ConfigurationError(
    `AUDIT_REGISTER_JWT_${asked} is set without a key; set AUDIT_REGISTER_JWT_JWKS_URL, _PUBLIC_KEY or _SECRET.`,
  );
}

function readList(value: unknown): readonly JwtIssuerConfig[] {
  if (!Array.isArray(value) || value.length === 0)
    throw new ConfigurationError('"jwt.issuers" must be a list of issuers.');
  const issuers = value.map((entry: unknown, index) =>
    checkIssuer(readEntry(entry, index), `"jwt.issuers[${index}]"`),
  );
  const names = issuers.map((issuer) => issuer.issuer);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new ConfigurationError(`"jwt.issuers" names the issuer ${JSON.stringify(twice)} twice.`);
  return issuers;
}

function readEntry(entry: unknown, index: number): Draft {
  if (typeof entry !== 'object' || entry === null)
    throw new ConfigurationError(`"jwt.issuers[${index}]" must be an object.`);
  const given = entry as Record<string, unknown>;
  refuseStrayKeys(given, index);
  const text = (key: string): string => {
    const value = given[key] ?? '';
    if (typeof value !== 'string')
      throw new ConfigurationError(`"jwt.issuers[${index}].${key}" must be text.`);
    return value;
  };
  const list = (key: string): readonly string[] => {
    const value = given[key] ?? [];
    const items: unknown[] = Array.isArray(value) ? value : [value];
    if (items.some((item) => typeof item !== 'string'))
      throw new ConfigurationError(`"jwt.issuers[${index}].${key}" must be a list of texts.`);
    return items as string[];
  };
  return {
    issuer: text('issuer'),
    audience: list('audience'),
    algorithms: list('algorithms'),
    jwksUrl: text('jwksUrl'),
    publicKey: text('publicKey'),
    secret: text('secret'),
  };
}

function refuseStrayKeys(given: object, index: number): void {
  const stray = Object.keys(given).find((key) => !ENTRY_KEYS.includes(key));
  if (stray === undefined) return;
  const near = nearest(stray, ENTRY_KEYS);
  throw new ConfigurationError(
    `"jwt.issuers[${index}]" has "${stray}"; ${near === undefined ? `an issuer has ${ENTRY_KEYS.join(', ')}` : `did you mean "${near}"?`}`,
  );
}

interface Draft {
  issuer: string;
  audience: readonly string[];
  algorithms: readonly string[];
  jwksUrl: string;
  publicKey: string;
  secret: string;
}

function checkIssuer(draft: Draft, origin: string): JwtIssuerConfig {
  const kinds = KEY_KINDS.filter((kind) => draft[kind] !== '');
  if (kinds.length !== 1) {
    const got = kinds.length === 0 ? 'none is given' : `${kinds.join(' and ')} are given`;
    throw new ConfigurationError(
      `${origin}: exactly one of JWKS_URL, PUBLIC_KEY and SECRET must be set; ${got}.`,
    );
  }
  const isSecret = kinds[0] === 'secret';
  const allowed = isSecret ? SHARED_SECRET_ALGORITHM : PUBLIC_KEY_ALGORITHM;
  const unfit = draft.algorithms.find((algorithm) => !allowed.test(algorithm));
  if (unfit !== undefined) {
    const fit = isSecret ? 'HS256, HS384, HS512' : 'RS…, PS…, ES…, EdDSA';
    throw new ConfigurationError(
      `${origin}: the algorithm ${JSON.stringify(unfit)} cannot be used with this kind of key; use ${fit}.`,
    );
  }
  if (draft.publicKey !== '') checkPem(draft.publicKey, origin);
  if (draft.jwksUrl !== '' && !isHttpAddress(draft.jwksUrl)) {
    throw new ConfigurationError(`${origin}: JWKS_URL must be an http:// or https:// address.`);
  }
  const { issuer, audience, algorithms } = draft;
  return {
    issuer,
    audience,
    algorithms,
    [kinds[0] as string]: draft[kinds[0] as (typeof KEY_KINDS)[number]],
  };
}

function checkPem(pem: string, origin: string): void {
  try {
    // NOTE: accepts certificates too; a private key would pass as well, and has no business here.
    if (/PRIVATE KEY/.test(pem)) throw new Error('it is a private key');
    createPublicKey(pem);
  } catch (error) {
    throw new ConfigurationError(
      `${origin}: PUBLIC_KEY is not a public key or certificate in PEM: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
