/** Who acted. `unknown` is for what nobody can say; `anonymous` is for a request that named nobody. */
export type ActorType = 'user' | 'service' | 'system' | 'anonymous';

/**
 * How much the name is worth.
 * `verified`: a signature was checked here · `trusted`: vouched for by a proxy, a session or the code ·
 * `claimed`: decoded, not verified · `expired` and `invalid`: a token that was refused, its claims kept ·
 * `none`: nobody was named.
 */
export type ActorAssurance = 'verified' | 'trusted' | 'claimed' | 'expired' | 'invalid' | 'none';

export interface Actor {
  readonly type: ActorType;
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly tenantId: string;
  readonly impersonatorId: string;
  /** `jti` or `sid` of the token, or a keyed hash; never the token itself. */
  readonly sessionId: string;
  /** `jwt`, `proxy`, `session`, `basic`, `client-certificate`, `code`; empty when nobody was named. */
  readonly authMethod: string;
  readonly authIssuer: string;
  readonly assurance: ActorAssurance;
  /** Why the token was refused, such as `signature verification failed`; empty when it was not. */
  readonly problem: string;
}

export const ANONYMOUS: Actor = Object.freeze({
  type: 'anonymous',
  id: '',
  name: '',
  roles: Object.freeze([]),
  tenantId: '',
  impersonatorId: '',
  sessionId: '',
  authMethod: '',
  authIssuer: '',
  assurance: 'none',
  problem: '',
});
