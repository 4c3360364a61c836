import { ANONYMOUS } from '../../record/actor.js';
import type { Actor } from '../../record/actor.js';
import { AuthFold } from './auth-fold.js';
import type { AuthFoldOptions } from './auth-fold.js';
import { authActor, fillAuth, inTheWay, rejectedToken } from './auth-record.js';
import type { AuthFacts } from './auth-record.js';
import type { AuthRoutes } from './auth-routes.js';
import type { Draft } from '../blank-record.js';
import type { RequestEnd, RequestStart } from '../facts.js';
import { remark } from '../recorder.js';
import type { Recorder, Telling } from '../recorder.js';
import { RouteLogins } from './route-login.js';

/** What a flood may be made of. */
const FAILURES: ReadonlySet<string> = new Set(['login_failed', 'token_rejected']);

/** Records of logins, logouts, failed logins and rejected tokens. */
export class Logins {
  readonly #recorder: Recorder;
  readonly #fold: AuthFold;
  readonly #byRoute: RouteLogins;

  constructor(
    recorder: Recorder,
    routes: AuthRoutes,
    nameFields: readonly string[],
    options: AuthFoldOptions = {},
  ) {
    this.#recorder = recorder;
    this.#fold = new AuthFold((draft, actor) => recorder.finish(draft, actor), options);
    this.#byRoute = new RouteLogins(routes, nameFields);
  }

  /** What a request that has ended says about logins by its route. Its body is read at once. */
  loginOf(request: RequestStart, end: RequestEnd): AuthFacts | undefined {
    return this.#byRoute.conclude(request, end);
  }

  /** Writes that, and whether its token was rejected, once it is known who made the request. */
  requestEnded(
    request: RequestStart,
    end: RequestEnd,
    login: AuthFacts | undefined,
    actor: Actor,
    outcome: string,
  ): void {
    const rejected = rejectedToken(actor, outcome);
    if (login === undefined && rejected === undefined) return;
    const at = { ...end, request, work: undefined };
    if (login !== undefined) this.#ended(login, at, actor, authActor(login, actor));
    if (rejected !== undefined) this.#ended(rejected, at, actor, actor);
  }

  /**
   * What code told of.
   *
   * @param actor Whom it is put down to; undefined leaves it to the request.
   * @param from Address of the client, where no request shows it.
   */
  told(facts: AuthFacts, actor: Actor | undefined, at: Telling, from: string): void {
    const draft = this.#begin(facts, at, from);
    const { request } = at;
    if (actor !== undefined || request === undefined) this.#finish(draft, facts, actor ?? ANONYMOUS, request);
    else {
      this.#recorder.whenNamed(
        request,
        (asking) => this.#finish(draft, facts, authActor(facts, asking), request),
        draft,
      );
    }
  }

  /** Writes what has been folded so far. */
  settle(): void {
    this.#fold.settle();
  }

  #begin(facts: AuthFacts, at: Telling & { readonly status?: number }, from = ''): Draft {
    const draft = this.#recorder.begin(at);
    fillAuth(draft, facts);
    draft.source_address = from;
    draft.http_status = at.status ?? 0;
    this.#recorder.fillOrigin(draft, at.request, at.work);
    return draft;
  }

  #ended(facts: AuthFacts, at: Telling & { request: RequestStart }, asking: Actor, actor: Actor): void {
    const draft = this.#begin(facts, at);
    remark(draft, at.request.identity, asking);
    this.#finish(draft, facts, actor, at.request);
  }

  #finish(draft: Draft, facts: AuthFacts, actor: Actor, request: RequestStart | undefined): void {
    const named = inTheWay(actor, facts);
    if (FAILURES.has(facts.action)) this.#fold.failure(draft, named);
    else this.#recorder.finish(draft, named, request);
  }
}
