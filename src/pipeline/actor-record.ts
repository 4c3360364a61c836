import type { Actor } from '../record/actor.js';
import { ANONYMOUS } from '../record/actor.js';
import type { Draft } from './blank-record.js';
import { ACTOR } from './draft-notes.js';

/** Who acts when nobody asked: a job, a timer, a queue consumer of the service itself. */
export function systemActor(serviceName: string): Actor {
  return Object.freeze({ ...ANONYMOUS, type: 'system' as const, id: serviceName, name: serviceName });
}

/** Somebody in whose name somebody else acts, who is named beside him where he is known. */
export function actingAs(actor: Actor, principal: Actor | undefined): Actor {
  if (principal === undefined || principal === actor || principal.assurance === 'invalid') return actor;
  const impersonatorId = principal.impersonatorId || principal.id || principal.name;
  if (actor.impersonatorId !== '' || impersonatorId === actor.id) return actor;
  return { ...actor, impersonatorId };
}

export function fillActor(draft: Draft, actor: Actor): void {
  if (draft[ACTOR] === actor) return;
  draft[ACTOR] = actor;
  draft.actor_type = actor.type;
  draft.actor_id = actor.id;
  draft.actor_name = actor.name;
  draft.actor_roles = actor.roles;
  draft.tenant_id = actor.tenantId;
  draft.impersonator_id = actor.impersonatorId;
  draft.session_id = actor.sessionId;
  draft.auth_method = actor.authMethod;
  draft.auth_issuer = actor.authIssuer;
  draft.actor_assurance = actor.assurance;
  if (actor.problem !== '') draft.attributes = { ...draft.attributes, 'audit.actor.problem': actor.problem };
}
