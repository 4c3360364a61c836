import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingHttpHeaders } from 'node:http';
import { context as contexts } from '@opentelemetry/api';
import type { Context, Span } from '@opentelemetry/api';
import type { ClientAddressResolver } from '../identity/client-address.js';
import type { RequestIdentity } from '../identity/request-identity.js';
import type { IdentityResolver } from '../identity/resolve.js';
import type {
  Annotations,
  AuthRoute,
  ErrorFacts,
  RequestEnd,
  RequestStart,
  Work,
} from '../pipeline/facts.js';
import { Operations } from '../pipeline/operations.js';
import type { Actor } from '../record/actor.js';
import { uuidV7 } from '../record/uuid.js';
import { nowMillis } from './clock.js';
import { hasRouter } from './frameworks/router-seen.js';
import type { OpenPlace, OpenRequest } from './open-requests.js';

/** What of a request a scope is made from, whichever protocol brought it. */
export interface RawRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly protocol: string;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  /** Names and values as they came, in turn; undefined where the protocol does not show them. */
  readonly rawHeaders?: readonly string[];
  /** The socket; undefined where there is no connection to look at. */
  readonly connection?: object | undefined;
  /** Where middleware may leave the user it has authenticated. */
  readonly carrier?: object;
}

/** How a request ended, as the server saw it; time and trace are added when it is reported. */
export type Ending = Omit<RequestEnd, 'startedAtNanos' | 'durationMicros' | 'trace'>;

/** What kept a request from being answered, as far as it is known before its end. */
export interface Trouble {
  readonly ending: 'aborted' | 'failed' | 'unknown';
  readonly error: ErrorFacts;
  /** What Node or a listener answered past the response. */
  readonly status?: number;
}

export const ABORTED: Trouble = Object.freeze({
  ending: 'aborted',
  error: { type: 'aborted', message: 'the connection closed before the response was complete' },
});

const NOTHING_TOLD: ReadonlySet<AuthRoute> = new Set();

/** One request while it is served. Everything that happens below it finds it through {@link currentScope}. */
export class RequestScope implements RequestStart, OpenPlace {
  readonly id = uuidV7();
  readonly startMillis = nowMillis();
  readonly method: string;
  readonly rawUrl: string;
  readonly headers: IncomingHttpHeaders;
  readonly protocol: string;
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly correlationId: string;
  readonly identity: RequestIdentity;
  route = '';
  /** Asked at the end, by frameworks that know the route only then. */
  readRoute: (() => string) | undefined;
  /** Called at the end, by frameworks that know what was asked for only then. */
  readOperations: (() => void) | undefined;
  /** The server span of the request: the first one that starts within the scope. */
  span: Span | undefined;
  /** Whether an instrumentation may still make the span of it. */
  isSpanProvisional = false;
  /** Of OpenTelemetry, below a server span of our own that a SDK keeps elsewhere. */
  context: Context | undefined;
  trouble: Trouble | undefined;
  ending: Ending | undefined;
  isReported = false;
  isWriteAhead = false;
  hasLostRecord = false;
  authRoute: AuthRoute | undefined;
  /** Set before the request is watched, it keeps the body for `RequestEnd.requestBody` whatever the policy says. */
  wantsRequestBody = false;
  toldByCode: ReadonlySet<AuthRoute> = NOTHING_TOLD;
  annotations: Annotations | undefined;
  operations: Operations | undefined;
  open: OpenRequest | undefined;
  before: RequestScope | undefined;
  after: RequestScope | undefined;
  /** Where the request is, before code declares any work within it. */
  readonly place: Place = { request: this, work: undefined, context: undefined };

  routeSoFar(): string {
    try {
      return this.route || (this.readRoute?.() ?? '');
    } catch {
      return '';
    }
  }

  /** Code has told of a login or logout itself. */
  tell(route: AuthRoute): void {
    this.toldByCode = new Set([...this.toldByCode, route]);
  }

  /** For what is asked beneath method and path, as frameworks come to know it. */
  get asked(): Operations {
    return (this.operations ??= new Operations());
  }

  get awaitsRoute(): boolean {
    return !this.isReported && hasRouter();
  }

  constructor(raw: RawRequest, identify: IdentityResolver, locate: ClientAddressResolver) {
    this.method = raw.method;
    this.rawUrl = raw.url;
    this.headers = raw.headers;
    this.protocol = raw.protocol;
    const source = locate(raw.remoteAddress, raw.remotePort, raw.headers);
    this.sourceAddress = source.address;
    this.sourcePort = source.port;
    this.correlationId = givenCorrelationId(raw.headers) || this.id;
    this.identity = identify(raw);
    if (raw.carrier !== undefined) this.identity.addCarrier(raw.carrier);
  }

  get actor(): Actor {
    return this.identity.known;
  }

  /** Code of the application has the last word. */
  set actor(actor: Actor) {
    this.identity.name(actor);
  }
}

function givenCorrelationId(headers: IncomingHttpHeaders): string | undefined {
  const given = headers['x-request-id'] || headers['x-correlation-id'];
  return typeof given === 'string' ? given : given?.[0];
}

/** NOTE: one store for all, so that work is never taken from one request into another. */
interface Place {
  readonly request: RequestScope | undefined;
  readonly work: Work | undefined;
  /** Of OpenTelemetry, where it stands on this store. */
  context: Context | undefined;
}

const NOWHERE: Place = Object.freeze({ request: undefined, work: undefined, context: undefined });
const places = new AsyncLocalStorage<Place>();

/** The request that is being served here; undefined for work that belongs to none. */
export function currentScope(): RequestScope | undefined {
  return places.getStore()?.request;
}

/** What code declared of what is done here; undefined where it said nothing. */
export function currentWork(): Work | undefined {
  return places.getStore()?.work;
}

/** Both at once: to look for a place takes longer than all else of it. */
export function placeHere(): Pick<Place, 'request' | 'work'> {
  return places.getStore() ?? NOWHERE;
}

/** Does work of the request that is being served here, if any, as declared. */
export function runAsWork<T>(work: Work, run: () => T): T {
  const here = places.getStore();
  return places.run({ request: here?.request, work, context: here?.context }, run);
}

/** Makes the scope current for the rest of this turn and everything it starts. */
export function enterScope(scope: RequestScope): void {
  places.enterWith(scope.place);
}

/** For what outlives the request it is made in, such as a connection of a pool. */
export function runOutsideScopes<T>(work: () => T): T {
  return places.exit(work);
}

export function runInScope<T>(scope: RequestScope, work: () => T): T {
  const { context } = scope;
  return places.run(scope.place, context === undefined ? work : () => contexts.with(context, work));
}

/** Whether this is where a request itself is: in its scope, and below no other span than its own. */
export function isAtScope(scope: RequestScope): boolean {
  const here = places.getStore();
  if (here?.request !== scope || here.context !== scope.place.context) return false;
  return scope.context === undefined || contexts.active() === scope.context;
}

/** Does work where a request itself is, in the name of whoever code has declared here. */
export function runAtScope<T>(scope: RequestScope, run: () => T): T {
  const here = places.getStore();
  if (here?.request !== scope || here.work === undefined) return runInScope(scope, run);
  return runAsWork(here.work, () => runInOwnContext(scope, run));
}

function runInOwnContext<T>(scope: RequestScope, run: () => T): T {
  const context = scope.place.context ?? scope.context;
  return context === undefined ? run() : contexts.with(context, run);
}

/** OpenTelemetry's context, where it stands on this store; undefined outside of any. */
export function activeContext(): Context | undefined {
  return places.getStore()?.context;
}

/** NOTE: what is bound to a context is mostly called where that is current already. */
export function runInContext<T>(context: Context, work: () => T): T {
  return activeContext() === context ? work() : places.run(placeWith(context), work);
}

/** Makes a context current for the rest of this turn and everything it starts. */
export function enterContext(context: Context): void {
  places.enterWith(placeWith(context));
}

function placeWith(context: Context): Place {
  const here = places.getStore();
  return { request: here?.request, work: here?.work, context };
}
