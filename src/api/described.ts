import { textOf } from '../identity/claims.js';
import { propertyOf } from '../pipeline/annotations.js';
import { ANONYMOUS } from '../record/actor.js';
import type { Actor, ActorType } from '../record/actor.js';

const ACTOR_TYPES: readonly ActorType[] = ['user', 'service', 'system', 'anonymous'];

/** Roles that are read of what may be a list without end. */
const MOST_ROLES = 64;

/** Text of a property, whatever it holds; empty where it cannot be read. */
export function textAt(given: unknown, name: string): string {
  try {
    return textOf(propertyOf(given, name));
  } catch {
    return '';
  }
}

export function isObject(given: unknown): given is object {
  return typeof given === 'object' && given !== null;
}

/**
 * The actor that code describes, as far as it can be read: JavaScript calls with a user that is not there, whose id is a
 * number, or whose getters throw.
 */
export function describedActor(given: unknown): Actor {
  const type = textAt(given, 'type');
  return {
    ...ANONYMOUS,
    type: ACTOR_TYPES.find((known) => known === type) ?? 'user',
    id: textAt(given, 'id'),
    name: textAt(given, 'name'),
    roles: rolesOf(given),
    tenantId: textAt(given, 'tenantId'),
    impersonatorId: textAt(given, 'impersonatorId'),
    sessionId: textAt(given, 'sessionId'),
    authMethod: 'code',
    assurance: 'trusted',
  };
}

function rolesOf(given: unknown): readonly string[] {
  try {
    const roles = [propertyOf(given, 'roles') ?? []].flat() as readonly unknown[];
    return roles.slice(0, MOST_ROLES).map(textOf);
  } catch {
    return [];
  }
}
