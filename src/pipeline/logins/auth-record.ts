import { ANONYMOUS } from '../../record/actor.js';
import type { Actor } from '../../record/actor.js';
import type { Draft } from '../blank-record.js';
import type { ErrorFacts } from '../facts.js';

export type AuthAction = 'login' | 'logout' | 'login_failed' | 'token_rejected';

/** An attempt to become somebody, or the end of being it. */
export interface AuthFacts {
  readonly action: AuthAction;
  readonly outcome: 'success' | 'failure' | 'denied' | 'unknown';
  /** The name that was tried; empty when it is not known. */
  readonly account: string;
  /** `password`, `oauth`, `saml`, `jwt`, …; empty when it is not known. */
  readonly method: string;
  readonly issuer: string;
  readonly error?: ErrorFacts | undefined;
  readonly attributes?: Readonly<Record<string, string>>;
}

export function fillAuth(draft: Draft, facts: AuthFacts): void {
  draft.category = 'auth';
  draft.action = facts.action;
  draft.outcome = facts.outcome;
  draft.severity = facts.outcome === 'success' ? 'info' : 'warning';
  draft.target_type = 'account';
  draft.target_id = facts.account;
  if (facts.attributes !== undefined) draft.attributes = facts.attributes;
  if (facts.error === undefined) return;
  draft.error_type = facts.error.type;
  draft.error_message = facts.error.message;
}

/** The actor of a record about a login, with the way in which it was tried. */
export function inTheWay(actor: Actor, { method, issuer }: AuthFacts): Actor {
  return { ...actor, authMethod: method || actor.authMethod, authIssuer: issuer || actor.authIssuer };
}

/**
 * Whom a login or logout concluded from a request is put down to. A name that was merely tried has done nothing; one that
 * was let in is as good as the answer of the application.
 */
export function authActor(facts: AuthFacts, requested: Actor): Actor {
  if (facts.action === 'token_rejected' || facts.action === 'logout') return requested;
  const isKnown = requested.assurance === 'verified' || requested.assurance === 'trusted';
  if (facts.action === 'login_failed')
    return isKnown && requested.authMethod !== 'basic' ? requested : ANONYMOUS;
  if (isKnown || requested.assurance === 'claimed') return requested;
  if (facts.outcome !== 'success' || facts.account === '') return ANONYMOUS;
  // NOTE: what people type to log in need not be the identifier that later records have.
  return { ...ANONYMOUS, type: 'user', name: facts.account, assurance: 'claimed' };
}

/** A token that was refused, as the actor it claimed; undefined for any other actor. */
export function rejectedToken(actor: Actor, outcomeOfRequest: string): AuthFacts | undefined {
  if (actor.assurance !== 'invalid' && actor.assurance !== 'expired') return undefined;
  return {
    action: 'token_rejected',
    outcome: outcomeOfRequest === 'denied' ? 'denied' : 'failure',
    account: actor.id || actor.name,
    method: actor.authMethod,
    issuer: actor.authIssuer,
    error: { type: actor.problem || actor.assurance, message: `the token is ${actor.assurance}` },
  };
}
