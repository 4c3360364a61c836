import type { Actor } from '../record/actor.js';
import { AuthFold } from './auth-fold.js';
import type { AuthFoldOptions } from './auth-fold.js';
import { authActor, fillAuth, inTheWay, rejectedToken } from './auth-record.js';
import type { AuthFacts } from './auth-record.js';
import type { AuthRoutes } from './auth-routes.js';
import type { RequestEnd, RequestStart } from './facts.js';
import type { Recorder, Telling } from './recorder.js';
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

  /**
   * What a request that has ended says about logins. Its body is read at once.
   *
   * @returns What writes that, as soon as it is known who made the request.
   */
  requestEnded(start: RequestStart, end: RequestEnd): (actor: Actor, outcome: string) => void {
    const login = this.#byRoute.conclude(start, end);
    return (actor, outcome) => {
      const rejected = rejectedToken(actor, outcome);
      if (login === undefined && rejected === undefined) return;
      const at = { ...end, request: start, work: undefined };
      if (login !== undefined) this.#write(login, authActor(login, actor), at);
      if (rejected !== undefined) this.#write(rejected, actor, at);
    };
  }

  /** What code told of. @param from Address of the client, where no request shows it. */
  told(facts: AuthFacts, actor: Actor, at: Telling, from: string): void {
    this.#write(facts, actor, at, from);
  }

  /** Writes what has been folded so far. */
  settle(): void {
    this.#fold.settle();
  }

  #write(facts: AuthFacts, actor: Actor, at: Telling & { readonly status?: number }, from = ''): void {
    const draft = this.#recorder.begin(at);
    fillAuth(draft, facts);
    draft.source_address = from;
    draft.http_status = at.status ?? 0;
    this.#recorder.fillOrigin(draft, at.request, at.work);
    const named = inTheWay(actor, facts);
    if (FAILURES.has(facts.action)) this.#fold.failure(draft, named);
    else this.#recorder.finish(draft, named);
  }
}
