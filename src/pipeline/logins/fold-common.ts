import { ANONYMOUS } from '../../record/actor.js';
import type { Actor } from '../../record/actor.js';
import type { Draft } from '../blank-record.js';

/** What a record has of its own, what is counted or gathered, and what says whose it is: that is the actor's. */
const APART: ReadonlySet<string> = new Set([
  'record_id',
  'request_id',
  'outcome',
  'duration_us',
  'target_id',
  'source_address',
  'actor_type',
  'actor_assurance',
]);

/** Leaves in a record only what another one says as well: one of many must not stand for all of them. */
export function keepCommon(draft: Draft, other: Draft): void {
  const values = draft as unknown as Record<string, unknown>;
  if (draft.error_type !== other.error_type) draft.error_message = '';
  if (draft.outcome !== other.outcome) draft.outcome = 'failure';
  // NOTE: all columns, so that one that is added is not forgotten.
  for (const name in values) {
    const value = values[name];
    if (value === (other as unknown as Record<string, unknown>)[name] || APART.has(name)) continue;
    if (typeof value === 'string') values[name] = '';
    else if (typeof value === 'number') values[name] = 0;
  }
  draft.attributes = commonAttributes(draft.attributes, other.attributes);
}

function commonAttributes(one: Draft['attributes'], other: Draft['attributes']): Draft['attributes'] {
  const entries = Object.entries(one);
  const common = entries.filter(([name, value]) => Object.hasOwn(other, name) && other[name] === value);
  return common.length === entries.length ? one : Object.fromEntries(common);
}

/** Nobody, where the actors are not the same; how they were identified, where that is. */
export function commonActor(one: Actor, other: Actor): Actor {
  if (one === other) return one;
  return {
    ...(isSame(one, other) ? one : ANONYMOUS),
    roles: one.roles.join('\n') === other.roles.join('\n') && isSame(one, other) ? one.roles : [],
    sessionId: one.sessionId === other.sessionId ? one.sessionId : '',
    authMethod: one.authMethod === other.authMethod ? one.authMethod : '',
    authIssuer: one.authIssuer === other.authIssuer ? one.authIssuer : '',
    problem: one.problem === other.problem ? one.problem : '',
  };
}

function isSame(one: Actor, other: Actor): boolean {
  return (
    one.type === other.type &&
    one.id === other.id &&
    one.name === other.name &&
    one.assurance === other.assurance &&
    one.tenantId === other.tenantId &&
    one.impersonatorId === other.impersonatorId
  );
}
