import type { SpanProcessor } from '@opentelemetry/sdk-trace';
import type { Api } from './api/api.js';
import type { ConfigFile } from './config/file.js';
import { AuditRegisterError } from './errors.js';
import type { Actor } from './record/actor.js';
import { currentRuntime } from './runtime.js';
import type { Runtime } from './runtime.js';

export type { Actor, ActorAssurance, ActorType } from './record/actor.js';
export type { AuditRecord, StoredRecord } from './record/record.js';
export type { PolicyLevel, PolicyRule, RuleMatch } from './config/config.js';
export type { ConfigFile, FileIssuer, FileRule } from './config/file.js';
export { AuditRegisterError, ConfigurationError } from './errors.js';

// An application may import this always: where the preload is not running or switched off, every function says so by its
// return and does nothing else. Wrong arguments are never thrown back at the application.

/** What code may say of an actor; what is left out is unknown. */
export type ActorDescription = Pick<Actor, 'id'> &
  Partial<Pick<Actor, 'type' | 'name' | 'roles' | 'tenantId' | 'impersonatorId' | 'sessionId'>>;

/** How somebody logged in or out, or tried to. */
interface AuthDescription {
  /** The name that was typed. @default the name, else the id */
  readonly account?: string;
  /** `password`, `oauth`, `saml`, `ldap`, …; a word of your own. */
  readonly method?: string;
  /** Who vouches for it, such as the identity provider. */
  readonly issuer?: string;
  /** Address of the client, where no request is being served. */
  readonly sourceAddress?: string;
  /** Anything else worth knowing. Names that begin with `audit.` are ours. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** Who logged in, described apart or right here. */
export type LoginDescription = AuthDescription &
  Partial<Omit<ActorDescription, 'impersonatorId'>> & { readonly actor?: ActorDescription };

export type LogoutDescription = LoginDescription;

export interface FailedLoginDescription extends AuthDescription {
  /** The name that was tried. Never the password. */
  readonly name?: string;
  /** Why, in words. */
  readonly reason?: string;
  /** Why, for machines. @default login_failed */
  readonly code?: string;
}

/** An event of the application's own, such as `invoice.sent`. */
export interface EventDescription {
  /** Letters, digits, `.`, `_`, `:` and `-`, at most 64; does not begin with `audit_`. */
  readonly action: string;
  readonly target?: { readonly type: string; readonly id?: string | number | bigint };
  /** @default success */
  readonly outcome?: 'success' | 'failure' | 'denied' | 'unknown';
  /** @default info, and warning for what is no success */
  readonly severity?: 'info' | 'notice' | 'warning' | 'error';
  /** @default the names of the values */
  readonly changedFields?: readonly string[];
  readonly oldValues?: Readonly<Record<string, unknown>>;
  readonly newValues?: Readonly<Record<string, unknown>>;
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Why it did not succeed, in words and for machines. */
  readonly reason?: string;
  readonly code?: string;
}

/**
 * Names the actor of the request that is being served, over whatever its token said. Records of the request that are
 * made from now on carry it, the request's own record included; their `actor_assurance` is `trusted`.
 *
 * @returns False outside a request, when the preload is not running, and for what is no actor.
 */
export function setActor(actor: ActorDescription): boolean {
  return api()?.setActor(actor) ?? false;
}

/**
 * Records that somebody has logged in, for logins that no path shows: single sign-on, third parties, a protocol that is not
 * HTTP. Within a request the actor is from now on the request's actor, and nothing is concluded from its path any more.
 *
 * @returns False when the preload is not running.
 */
export function login(description: LoginDescription): boolean {
  return api()?.login(description) ?? false;
}

/**
 * Records that somebody could not log in, within a request or outside of any. The name is only what was tried: the actor
 * stays whoever the request's is, or anonymous.
 *
 * @returns False when the preload is not running.
 */
export function loginFailed(description: FailedLoginDescription): boolean {
  return api()?.loginFailed(description) ?? false;
}

/**
 * Records a logout, of whom is described, or of the request's actor. It is recorded even where nobody is known.
 *
 * @returns False when the preload is not running.
 */
export function logout(description: LogoutDescription = {}): boolean {
  return api()?.logout(description) ?? false;
}

/**
 * Records an event of the application's own, with the actor and the source of the request that is being served.
 *
 * @returns False when the preload is not running, and for an action that is no name.
 */
export function record(event: EventDescription): boolean {
  return api()?.record(event) ?? false;
}

/**
 * Adds attributes to every record of the request that is finished from now on, its own record included; outside of a
 * request, to those of the work within {@link runAs} or {@link withoutAudit}. At most 32 names; the later word counts.
 * Names that begin with `audit.` are ours.
 *
 * @returns False where there is neither, and when the preload is not running.
 */
export function annotate(attributes: Readonly<Record<string, unknown>>): boolean {
  return api()?.annotate(attributes) ?? false;
}

/**
 * Does work in somebody's name: a job, a script, an administrator who acts as a customer. What it records, now and later,
 * carries that actor; within a request the request's own actor is kept as `impersonator_id`.
 *
 * @returns What the work returns. A query of an ORM that starts when it is awaited is started here, and comes back as a
 *   promise.
 */
export function runAs<T>(actor: ActorDescription, work: () => PromiseLike<T>): Promise<T>;
export function runAs<T>(actor: ActorDescription, work: () => T): T;
export function runAs(actor: ActorDescription, work: () => unknown): unknown {
  const running = api();
  return running === undefined ? done(work) : running.runAs(actor, work);
}

/**
 * Does work that is not recorded, and leaves a record of that: `audit_suspended`, with the reason, how many records were
 * left out, and how long it took. It hides neither the request it is done in nor logins, and it ends with what the work
 * returns: whatever goes on after that is recorded.
 *
 * @param reason Required; without one the work is recorded.
 * @returns What the work returns, as {@link runAs} does.
 */
export function withoutAudit<T>(reason: string, work: () => PromiseLike<T>): Promise<T>;
export function withoutAudit<T>(reason: string, work: () => T): T;
export function withoutAudit(reason: string, work: () => unknown): unknown {
  const running = api();
  return running === undefined ? done(work) : running.withoutAudit(reason, work);
}

/**
 * Waits until everything recorded so far has been delivered.
 *
 * @param timeoutMillis What is no number counts as the default. @default 5000
 * @returns False when the time ran out first.
 * @throws AuditRegisterError `ERR_AUDIT_NOT_RUNNING` when the preload is not there.
 */
export async function flush(timeoutMillis = FLUSH_MILLIS): Promise<boolean> {
  const { delivery, pipeline } = runningOrThrow();
  pipeline.settleLogins();
  return delivery.flush(timerMillis(timeoutMillis));
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

/** Gives back a configuration as it is: for `audit-register.config.js`, so that editors know its settings. */
export function defineConfig(config: ConfigFile): ConfigFile {
  return config;
}

const FLUSH_MILLIS = 5_000;
/** The longest that Node's timers wait; beyond it they do not wait at all. */
const MOST_MILLIS = 2 ** 31 - 1;

function timerMillis(given: unknown): number {
  if (typeof given !== 'number' || Number.isNaN(given)) return FLUSH_MILLIS;
  return Math.min(Math.max(given, 0), MOST_MILLIS);
}

function done(work: unknown): unknown {
  return typeof work === 'function' ? (work as () => unknown)() : undefined;
}

/** NOTE: of the preload, not of this copy of the package, which may be another one. */
function api(): Api | undefined {
  const runtime = currentRuntime();
  return runtime === 'disabled' ? undefined : runtime?.api;
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
