import type { IncomingHttpHeaders } from 'node:http';
import type { IdentityConfig } from '../config/config.js';
import { ANONYMOUS } from '../record/actor.js';
import type { Actor } from '../record/actor.js';
import { createJwtVerifier } from './jwt.js';
import type { JwtVerifier, JwtVerifierOptions } from './jwt.js';
import { findToken, findUpgradeToken } from './token.js';

/** What of a request names its actor. */
export interface IdentityRequest {
  readonly headers: IncomingHttpHeaders;
  /** As sent; only looked at for WebSocket upgrades. */
  readonly url?: string | undefined;
}

/** One way to name an actor. Undefined when the request does not use it. Neither throws nor rejects. */
export interface IdentitySource {
  resolve(request: IdentityRequest): Actor | Promise<Actor> | undefined;
  /** What to write when `resolve` takes too long. */
  claimed(request: IdentityRequest): Actor | undefined;
}

export interface IdentityResolver {
  /** The actor of a request, at once when its token is known. Never throws, never rejects. */
  (request: IdentityRequest): Actor | Promise<Actor>;
  /** The actor a request claims to have, for a record that can wait no longer. */
  claimed(request: IdentityRequest): Actor;
}

/**
 * Asks the sources of identity in order; the first that finds anything wins, else the actor is anonymous.
 *
 * @throws ConfigurationError when a source cannot work as configured
 */
export function createIdentityResolver(
  config: IdentityConfig,
  options: JwtVerifierOptions = {},
): IdentityResolver {
  const verifier = createJwtVerifier(config, options);
  return resolverOf([
    createTokenSource(verifier, ({ headers }) => findToken(headers, config.cookie)),
    createTokenSource(verifier, ({ headers, url }) => findUpgradeToken(headers, url)),
  ]);
}

function createTokenSource(
  verifier: JwtVerifier,
  find: (request: IdentityRequest) => string | undefined,
): IdentitySource {
  return {
    resolve: (request) => {
      const token = find(request);
      return token === undefined ? undefined : verifier.verify(token);
    },
    claimed: (request) => {
      const token = find(request);
      return token === undefined ? undefined : verifier.claimed(token);
    },
  };
}

function resolverOf(sources: readonly IdentitySource[]): IdentityResolver {
  const resolve = (request: IdentityRequest) => {
    for (const source of sources) {
      const actor = source.resolve(request);
      if (actor !== undefined) return actor;
    }
    return ANONYMOUS;
  };
  const claimed = (request: IdentityRequest) => {
    for (const source of sources) {
      const actor = source.claimed(request);
      if (actor !== undefined) return actor;
    }
    return ANONYMOUS;
  };
  return Object.assign(resolve, { claimed });
}
