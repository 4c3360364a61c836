import { isIP } from 'node:net';
import type { AuthAction, AuthFacts } from '../pipeline/logins/auth-record.js';
import type { ErrorFacts } from '../pipeline/facts.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import type { Actor } from '../record/actor.js';
import { propertyOf } from '../pipeline/annotations.js';
import { describedActor, isObject, textAt } from './described.js';
import { here } from './place.js';
import type { Here } from './place.js';

/** What code tells of logins, on its way to the pipeline. */
export interface LoginTeller {
  login(given: unknown): boolean;
  loginFailed(given: unknown): boolean;
  logout(given: unknown): boolean;
}

export function createLoginTeller(pipeline: Pipeline): LoginTeller {
  const tell = (facts: AuthFacts, actor: Actor | undefined, given: unknown, at: Here): boolean => {
    const from = textAt(given, 'sourceAddress');
    pipeline.login(facts, actor, at, isIP(from) === 0 ? '' : from);
    at.request?.tell(facts.action === 'logout' ? 'logout' : 'login');
    return true;
  };
  const factsOf = (action: AuthAction, given: unknown, account: string, error?: ErrorFacts): AuthFacts => ({
    action,
    outcome: action === 'login_failed' ? 'failure' : 'success',
    account,
    method: textAt(given, 'method'),
    issuer: textAt(given, 'issuer'),
    error,
    attributes: pipeline.annotations(undefined, propertyOf(given, 'attributes')),
  });

  return {
    login(given) {
      const at = here();
      const actor = actorOf(given);
      if (at.request !== undefined && isNamed(actor)) at.request.actor = actor;
      return tell(factsOf('login', given, accountOf(given, actor)), actor, given, at);
    },
    loginFailed(given) {
      const reason = textAt(given, 'reason');
      const error = { type: textAt(given, 'code') || 'login_failed', message: reason };
      return tell(
        factsOf('login_failed', given, accountOf(given, actorOf(given)), error),
        undefined,
        given,
        here(),
      );
    },
    logout(given) {
      const at = here();
      const actor = actorOf(given);
      const facts = factsOf('logout', given, accountOf(given, actor));
      return tell(facts, isNamed(actor) ? actor : at.work?.actor, given, at);
    },
  };
}

/** Somebody described apart, or together with the login. */
function actorOf(given: unknown): Actor {
  const actor = propertyOf(given, 'actor');
  const described = describedActor(isObject(actor) ? actor : given);
  return {
    ...described,
    tenantId: described.tenantId || textAt(given, 'tenantId'),
    sessionId: described.sessionId || textAt(given, 'sessionId'),
  };
}

function isNamed({ id, name }: Actor): boolean {
  return id !== '' || name !== '';
}

function accountOf(given: unknown, { id, name }: Actor): string {
  return textAt(given, 'account') || name || id;
}
