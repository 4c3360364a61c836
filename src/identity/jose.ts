import type { errors } from 'jose';
import { lazily } from '../lazily.js';

/** Why a token could not be looked at although it may be perfectly good. `message` is the record's problem. */
export class Unverifiable extends Error {}

/**
 * Loaded for the first token: it takes as long as all of the register, and many applications have no tokens.
 *
 * @throws Unverifiable where it cannot be loaded, because the application has given up its right to read it.
 */
export const jose = lazily(() => {
  try {
    return require('jose') as typeof import('jose');
  } catch (error) {
    throw new Unverifiable('verification not possible', { cause: error });
  }
});

/** The code of an error of jose's; any other has none of them. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Those that mean something of their own. */
interface JoseErrors {
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: errors.JWKSMultipleMatchingKeys;
  ERR_JWKS_NO_MATCHING_KEY: errors.JWKSNoMatchingKey;
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: errors.JWSSignatureVerificationFailed;
  ERR_JWT_CLAIM_VALIDATION_FAILED: errors.JWTClaimValidationFailed;
  ERR_JWT_EXPIRED: errors.JWTExpired;
}

/** NOTE: by its code, for a class would have to be loaded to be compared with. */
export function isJoseError<Code extends keyof JoseErrors>(
  error: unknown,
  code: Code,
): error is JoseErrors[Code] {
  return codeOf(error) === code;
}
