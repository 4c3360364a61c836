import type { errors, JWTPayload, JWTVerifyOptions } from 'jose';
import type { IdentityConfig, JwtIssuerConfig } from '../config/config.js';
import type { Actor } from '../record/actor.js';
import { ActorCache } from './actor-cache.js';
import { claimAt, createActorMapper, decodeClaims } from './claims.js';
import type { ActorMapper, Claims } from './claims.js';
import { isJoseError, jose } from './jose.js';
import { createKeySource } from './key-source.js';
import type { KeySource } from './key-source.js';
import { isWeak } from './remote-keys.js';
import { formProblem, KEPT_MILLIS, refused, verdictOfError } from './verdict.js';
import type { Verdict } from './verdict.js';
import { epochMillis } from '../timers.js';

export interface JwtVerifierOptions {
  /** Clock in milliseconds since the epoch. @default the wall clock */
  readonly now?: () => number;
  /** Told once of each kind of trouble with keys. */
  readonly onProblem?: (problem: string) => void;
}

export interface JwtVerifier {
  /**
   * The actor of a token, at once when the token is known. Never throws, never rejects: a token that is
   * refused is an actor whose `assurance` and `problem` say so.
   */
  verify(token: string): Actor | Promise<Actor>;
  /** The actor a token claims, for a record that can wait for `verify` no longer. */
  claimed(token: string): Actor;
}

interface Issuer extends KeySource {
  readonly config: JwtIssuerConfig;
  readonly checks: JWTVerifyOptions;
}

/** Longest token, in characters, that is verified; Node's own limit for all headers together. */
export const MAX_TOKEN_CHARACTERS = 16_384;

const MAX_CACHED = 5_000;
const MAX_CACHED_CHARACTERS = 8 * 1_048_576;
const MAX_PENDING = 5_000;

/**
 * Verifies JSON Web Tokens against the configured issuers; without issuers, or with
 * `dangerouslySkipVerification`, only reads them.
 *
 * @throws ConfigurationError when the key of an issuer cannot be used
 */
export function createJwtVerifier(config: IdentityConfig, options: JwtVerifierOptions = {}): JwtVerifier {
  return new CachingJwtVerifier(config, options);
}

class CachingJwtVerifier implements JwtVerifier {
  // Apart, so that a flood of bad tokens does not evict the good ones.
  readonly #accepted = new ActorCache(MAX_CACHED, MAX_CACHED_CHARACTERS);
  readonly #refused = new ActorCache(MAX_CACHED, MAX_CACHED_CHARACTERS);
  readonly #pending = new Map<string, Promise<Actor>>();
  readonly #issuers: readonly Issuer[];
  readonly #actorOf: ActorMapper;
  readonly #now: () => number;
  readonly #toleranceSeconds: number;

  constructor(config: IdentityConfig, options: JwtVerifierOptions) {
    this.#now = options.now ?? epochMillis;
    this.#toleranceSeconds = config.clockToleranceSeconds;
    this.#actorOf = createActorMapper(config.claims);
    const keyOptions = { now: this.#now, onProblem: guarded(options.onProblem) };
    const issuers = config.dangerouslySkipVerification ? [] : config.issuers;
    this.#issuers = issuers.map((issuer) => ({
      config: issuer,
      ...createKeySource(issuer, keyOptions),
      checks: checksOf(issuer, config.clockToleranceSeconds),
    }));
  }

  verify(token: string): Actor | Promise<Actor> {
    const now = this.#now();
    return (
      this.#accepted.get(token, now) ??
      this.#refused.get(token, now) ??
      this.#pending.get(token) ??
      this.#begin(token, now)
    );
  }

  claimed(token: string): Actor {
    const claims = decodeClaims(token);
    if (claims === undefined) return this.#actorOf(undefined, 'invalid', formProblem(token));
    return this.#actorOf(claims, 'claimed', 'not verified in time');
  }

  #begin(token: string, now: number): Actor | Promise<Actor> {
    const claims = decodeClaims(token);
    if (token.length > MAX_TOKEN_CHARACTERS) {
      return this.#actorOf(claims, 'invalid', `token longer than ${MAX_TOKEN_CHARACTERS} characters`);
    }
    if (claims === undefined) return this.#keep(token, claims, refused(formProblem(token), now));
    if (this.#issuers.length === 0) {
      return this.#keep(token, claims, { assurance: 'claimed', problem: '', untilMillis: now + KEPT_MILLIS });
    }
    const issuer = this.#issuerOf(claims);
    if (issuer === undefined) return this.#keep(token, claims, refused('issuer not accepted', now));
    if (this.#pending.size >= MAX_PENDING) {
      return this.#actorOf(claims, 'claimed', 'too many verifications at once');
    }
    return this.#verifyOnce(issuer, token, claims);
  }

  #issuerOf(claims: Claims): Issuer | undefined {
    const name = claimAt(claims, 'iss');
    const named = this.#issuers.find(({ config }) => config.issuer !== '' && config.issuer === name);
    return named ?? this.#issuers.find(({ config }) => config.issuer === '');
  }

  #verifyOnce(issuer: Issuer, token: string, claims: Claims): Promise<Actor> {
    const verification = this.#verdictOf(issuer, token, claims).then((verdict) => {
      this.#pending.delete(token);
      return this.#keep(token, claims, verdict);
    });
    this.#pending.set(token, verification);
    return verification;
  }

  async #verdictOf(issuer: Issuer, token: string, claims: Claims): Promise<Verdict> {
    const now = this.#now();
    try {
      const payload = await verifySignatureAndClaims(token, issuer, new Date(now));
      const expiry = payload.exp === undefined ? Infinity : this.#millis(payload.exp, 1);
      return { assurance: 'verified', problem: '', untilMillis: Math.min(expiry, now + KEPT_MILLIS) };
    } catch (error) {
      const verdict = verdictOfError(error, now);
      if (verdict.problem !== 'not valid yet' || typeof claims['nbf'] !== 'number') return verdict;
      return { ...verdict, untilMillis: Math.min(verdict.untilMillis, this.#millis(claims['nbf'], -1)) };
    }
  }

  #millis(claimSeconds: number, sign: 1 | -1): number {
    return (claimSeconds + sign * this.#toleranceSeconds) * 1_000;
  }

  #keep(token: string, claims: Claims | undefined, verdict: Verdict): Actor {
    const actor = this.#actorOf(claims, verdict.assurance, verdict.problem);
    const cache = verdict.problem === '' ? this.#accepted : this.#refused;
    cache.set(token, actor, verdict.untilMillis);
    return actor;
  }
}

function checksOf(issuer: JwtIssuerConfig, clockTolerance: number): JWTVerifyOptions {
  return {
    clockTolerance,
    ...(issuer.issuer === '' ? {} : { issuer: issuer.issuer }),
    ...(issuer.audience.length === 0 ? {} : { audience: [...issuer.audience] }),
  };
}

async function verifySignatureAndClaims(
  token: string,
  issuer: Issuer,
  currentDate: Date,
): Promise<JWTPayload> {
  const options = { ...issuer.checks, algorithms: issuer.algorithms, currentDate };
  try {
    return (await jose().jwtVerify(token, issuer.getKey, options)).payload;
  } catch (error) {
    if (!isJoseError(error, 'ERR_JWKS_MULTIPLE_MATCHING_KEYS')) throw error;
    return await verifyByAny(error, token, options);
  }
}

/** A token without `kid` fits every key of its kind in the set: one of them must have signed it. */
async function verifyByAny(
  keys: errors.JWKSMultipleMatchingKeys,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  const { errors, jwtVerify } = jose();
  for await (const key of keys) {
    if (isWeak(key)) continue;
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!isJoseError(error, 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED')) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}

/** A listener that throws must not become a verification that failed. */
function guarded(listener: ((problem: string) => void) | undefined): (problem: string) => void {
  return (problem) => {
    try {
      listener?.(problem);
    } catch {
      // The problem is in every record it touches.
    }
  };
}
