import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import { currentScope } from './capture/request-scope.js';
import { AuditRegisterError } from './errors.js';
import { textOf } from './identity/claims.js';
import { ANONYMOUS } from './record/actor.js';
import type { Actor, ActorType } from './record/actor.js';
import { currentRuntime } from './runtime.js';
import type { Runtime } from './runtime.js';

export type { Actor, ActorAssurance, ActorType } from './record/actor.js';
export type { AuditRecord, StoredRecord } from './record/record.js';
export type { PolicyLevel, PolicyRule, RuleMatch } from './config/config.js';
export { AuditRegisterError, ConfigurationError } from './errors.js';

/** What code may say of an actor; what is left out is unknown. */
export type ActorDescription = Pick<Actor, 'id'> &
  Partial<Pick<Actor, 'type' | 'name' | 'roles' | 'tenantId' | 'impersonatorId' | 'sessionId'>>;

/**
 * Names the actor of the request that is being served, over whatever its token said. Records of the request that are
 * made from now on carry it, the request's own record included; their `actor_assurance` is `trusted`.
 *
 * @returns False outside a request, when the preload is not running, and for what is no actor.
 */
export function setActor(actor: ActorDescription): boolean {
  const scope = currentScope();
  // NOTE: JavaScript calls this with a user that is not there, or whose id is a number.
  if (scope === undefined || typeof actor !== 'object' || actor === null) return false;
  scope.actor = describedActor(actor);
  return true;
}

const ACTOR_TYPES: readonly ActorType[] = ['user', 'service', 'system', 'anonymous'];

function describedActor({ type, roles, ...texts }: ActorDescription): Actor {
  return {
    ...ANONYMOUS,
    type: ACTOR_TYPES.find((known) => known === type) ?? 'user',
    id: textOf(texts.id),
    name: textOf(texts.name),
    roles: [roles ?? []].flat().map(textOf),
    tenantId: textOf(texts.tenantId),
    impersonatorId: textOf(texts.impersonatorId),
    sessionId: textOf(texts.sessionId),
    authMethod: 'code',
    assurance: 'trusted',
  };
}

/**
 * Waits until everything recorded so far has been delivered.
 *
 * @param timeoutMillis @default 5000
 * @returns False when the time ran out first.
 * @throws AuditRegisterError `ERR_AUDIT_NOT_RUNNING` when the preload is not there.
 */
export async function flush(timeoutMillis = 5_000): Promise<boolean> {
  return runningOrThrow().delivery.flush(timeoutMillis);
}

/**
 * The span processor of the running preload, for an OpenTelemetry SDK that the application starts itself and that
 * cannot be joined from outside.
 *
 * @throws AuditRegisterError `ERR_AUDIT_NOT_RUNNING` when the preload is not there.
 */
export function createAuditSpanProcessor(): SpanProcessor {
  return runningOrThrow().processor;
}

function runningOrThrow(): Runtime {
  const runtime = currentRuntime();
  if (runtime === undefined || runtime === 'disabled') {
    throw new AuditRegisterError(
      'ERR_AUDIT_NOT_RUNNING',
      'audit-register is not running in this process; start it with `node --require audit-register …`',
    );
  }
  return runtime;
}
