import type { ActorAssurance } from '../record/actor.js';
import { codeOf, isJoseError, Unverifiable } from './jose.js';

/** What came of looking at a token, and how long that holds. */
export interface Verdict {
  readonly assurance: ActorAssurance;
  readonly problem: string;
  readonly untilMillis: number;
}

/** A key taken back by its issuer counts no longer than this. */
export const KEPT_MILLIS = 600_000;
const REFUSED_MILLIS = 60_000;
/** For what the key server may see otherwise in a moment. */
const BRIEFLY_MILLIS = 5_000;

const PROBLEMS: Readonly<Record<string, string>> = {
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'signature verification failed',
  ERR_JOSE_ALG_NOT_ALLOWED: 'algorithm not accepted',
  ERR_JOSE_NOT_SUPPORTED: 'algorithm not accepted',
  ERR_JWS_INVALID: 'malformed token',
  ERR_JWT_INVALID: 'malformed token',
};

const CLAIM_PROBLEMS: Readonly<Record<string, string>> = {
  iss: 'issuer not accepted',
  aud: 'audience not accepted',
  nbf: 'not valid yet',
};

/**
 * What to write of a token whose verification failed by `error`. The problems are stable words: policies and
 * queries look for them.
 */
export function verdictOfError(error: unknown, now: number): Verdict {
  if (error instanceof Unverifiable) {
    return { assurance: 'claimed', problem: error.message, untilMillis: now + BRIEFLY_MILLIS };
  }
  if (isJoseError(error, 'ERR_JWT_EXPIRED')) {
    return { assurance: 'expired', problem: 'expired', untilMillis: now + KEPT_MILLIS };
  }
  if (isJoseError(error, 'ERR_JWKS_NO_MATCHING_KEY')) {
    return { assurance: 'invalid', problem: 'signing key not known', untilMillis: now + BRIEFLY_MILLIS };
  }
  if (isJoseError(error, 'ERR_JWT_CLAIM_VALIDATION_FAILED')) {
    const known = error.reason === 'invalid' ? undefined : CLAIM_PROBLEMS[error.claim];
    return refused(known ?? 'malformed claims', now);
  }
  return refused(PROBLEMS[codeOf(error)] ?? 'verification failed', now);
}

export function refused(problem: string, now: number): Verdict {
  return { assurance: 'invalid', problem, untilMillis: now + REFUSED_MILLIS };
}

/** Why a text has no claims to read. */
export function formProblem(token: string): string {
  return token.split('.', 6).length === 5 ? 'encrypted token' : 'malformed token';
}
