import type { Actor } from './actor.js';
import type { AuditRecord } from './record.js';
import type { RowBinaryWriter } from './row-binary-writer.js';

type ActorColumn =
  | 'actor_type'
  | 'actor_id'
  | 'actor_name'
  | 'actor_roles'
  | 'tenant_id'
  | 'impersonator_id'
  | 'session_id'
  | 'auth_method'
  | 'auth_issuer'
  | 'actor_assurance';

/** Whom the columns of a record were filled from. Under a symbol, so that no record has it. */
export const ACTOR: unique symbol = Symbol('audit-register.actor');

/** Columns that are the same in all records of an actor. They stand together, and are encoded once. */
export type OfActor = Pick<AuditRecord, ActorColumn> & { readonly [ACTOR]?: Actor | undefined };

/** NOTE: for as long as there is the actor, who is remembered by whoever verified him. */
const known = new WeakMap<Actor, Uint8Array>();

/** @param write Writes them one by one. */
export function writeActor(
  writer: RowBinaryWriter,
  record: OfActor,
  write: (writer: RowBinaryWriter, record: OfActor) => void,
): void {
  const actor = record[ACTOR];
  // NOTE: what was redacted or cut is no longer what the actor has.
  if (actor === undefined || !showsAll(record, actor)) return write(writer, record);
  const bytes = known.get(actor);
  if (bytes !== undefined) return writer.bytes(bytes);
  const start = writer.rowLength;
  write(writer, record);
  // NOTE: what can change would no longer be what was written.
  if (staysAsItIs(actor)) known.set(actor, writer.rowFrom(start));
}

export function staysAsItIs(actor: Actor): boolean {
  return Object.isFrozen(actor) && Object.isFrozen(actor.roles);
}

/** Whether all that a record has of its actor is there as the actor has it. */
export function showsAll(record: OfActor, actor: Actor): boolean {
  return (
    record.actor_id === actor.id &&
    record.actor_name === actor.name &&
    record.actor_roles === actor.roles &&
    record.tenant_id === actor.tenantId &&
    record.impersonator_id === actor.impersonatorId &&
    record.session_id === actor.sessionId &&
    record.auth_method === actor.authMethod &&
    record.auth_issuer === actor.authIssuer &&
    record.actor_assurance === actor.assurance &&
    record.actor_type === actor.type
  );
}
