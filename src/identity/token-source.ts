import type { JwtVerifier } from './jwt.js';
import type { IdentityRequest, IdentitySource } from './source.js';
import { findToken, findUpgradeToken } from './token.js';

/** Names the actor by the JSON Web Token of the request. */
export function createTokenSource(verifier: JwtVerifier, cookieName: string): IdentitySource {
  const find = ({ headers, url }: IdentityRequest): string | undefined =>
    findToken(headers, cookieName) ?? findUpgradeToken(headers, url);
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
