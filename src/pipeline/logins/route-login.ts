import { STATUS_CODES } from 'node:http';
import type { AuthFacts } from './auth-record.js';
import { isAmbiguousLogin } from './auth-routes.js';
import type { AuthRoutes } from './auth-routes.js';
import type { AnswerHeaders, ErrorFacts, RequestEnd, RequestStart } from '../facts.js';
import { readLoginAttempt } from './login-attempt.js';
import type { LoginAttempt, LoginBody } from './login-attempt.js';

/** What is looked at of a body. */
const MOST_BODY_BYTES = 65_536;

const NO_BODY: LoginBody = { text: '', isCut: false, refusal: '' };

/** An answer of these says that the path does not exist, unless somebody routed it. */
const NOT_THERE = new Set([404, 405, 501]);

/** Not let in whatever the password. */
const DENIED = new Set([403, 423, 429]);

/** Words in the address of a redirection that tell of a failure, as a name or a value of their own. */
const FAILURE = /[/?&#=_-](?:error|errors|fail|failed|failure|denied|invalid|unauthori[sz]ed)(?:$|[=&/_#-])/i;

const PAGE: ErrorFacts = {
  type: 'page',
  message: 'answered with a page, which does not tell whether it worked',
};

/** Concludes a login or a logout from a request and its answer. */
export class RouteLogins {
  readonly #routes: AuthRoutes;
  readonly #nameFields: readonly string[];

  constructor(routes: AuthRoutes, nameFields: readonly string[]) {
    this.#routes = routes;
    this.#nameFields = nameFields;
  }

  /** Undefined where nobody tried to log in or out, or code has told of it. */
  conclude(start: RequestStart, end: RequestEnd): AuthFacts | undefined {
    const { authRoute } = start;
    if (authRoute === undefined || start.toldByCode.has(authRoute)) return undefined;
    return authRoute === 'login' ? this.#login(start, end) : this.#logout(start, end);
  }

  #login(start: RequestStart, end: RequestEnd): AuthFacts | undefined {
    const body = end.requestBody?.read(MOST_BODY_BYTES) ?? NO_BODY;
    const attempt = readLoginAttempt(start.headers, body, this.#nameFields);
    if (attempt.isRenewal || !isMeant(start, end, attempt.hasCredentials)) return undefined;
    const tried = { account: attempt.account, method: attempt.method, issuer: '', ...doubtsOf(attempt) };
    const failure = this.#failure(end);
    if (failure !== undefined) {
      const outcome = DENIED.has(end.status) ? 'denied' : 'failure';
      return { action: 'login_failed', outcome, ...tried, error: failure };
    }
    const doubt = doubtOf(end);
    const outcome = doubt === undefined ? 'success' : 'unknown';
    return { action: 'login', outcome, ...tried, error: doubt };
  }

  #logout(start: RequestStart, end: RequestEnd): AuthFacts | undefined {
    if (NOT_THERE.has(end.status) && start.route === '') return undefined;
    const facts = { action: 'logout', account: '', method: '', issuer: '' } as const;
    const doubt = doubtOf(end);
    if (doubt !== undefined) return { ...facts, outcome: 'unknown', error: doubt };
    if (end.ending === 'answered' && end.status < 400) return { ...facts, outcome: 'success' };
    const outcome = end.status === 401 || end.status === 403 ? 'denied' : 'failure';
    return { ...facts, outcome, error: end.error ?? statusError(end.status) };
  }

  /** Why the login did not work; undefined when it did, or nobody can say. */
  #failure({ status, ending, error, answer }: RequestEnd): ErrorFacts | undefined {
    if (ending === 'failed') return error ?? statusError(status);
    if (ending !== 'answered') return undefined;
    if (status >= 400) return statusError(status);
    return status >= 300 ? this.#redirectedBack(answer) : undefined;
  }

  /** As Passport's `failureRedirect` does it. */
  #redirectedBack(answer: AnswerHeaders | undefined): ErrorFacts | undefined {
    const location = (answer?.location ?? '').replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '');
    const isBack = this.#routes('POST', location) === 'login' || FAILURE.test(location);
    return isBack
      ? { type: 'redirect', message: `redirected to ${location.replace(/[?#].*$/s, '')}` }
      : undefined;
  }
}

/** @param mayHaveCredentials A body of a kind that is not looked into may. */
function isMeant(start: RequestStart, { status }: RequestEnd, mayHaveCredentials: boolean): boolean {
  if (mayHaveCredentials) return true;
  if (isAmbiguousLogin(start.rawUrl)) return false;
  return !NOT_THERE.has(status) || start.route !== '';
}

/** What the record says where it cannot say the name. */
function doubtsOf({ candidates, problem }: LoginAttempt): Pick<AuthFacts, 'attributes'> {
  if (candidates.length === 0 && problem === '') return {};
  return {
    attributes: {
      ...(candidates.length > 0 ? { 'audit.auth.candidates': JSON.stringify(candidates) } : {}),
      'audit.auth.problem': problem === '' ? 'several names' : problem,
    },
  };
}

function doubtOf({ status, ending, answer, error }: RequestEnd): ErrorFacts | undefined {
  if (ending === 'aborted' || ending === 'unknown')
    return error ?? { type: 'aborted', message: 'the connection closed before the response was complete' };
  const isPage = status === 200 && answer?.contentType.startsWith('text/html') === true;
  return isPage ? PAGE : undefined;
}

function statusError(status: number): ErrorFacts {
  return { type: String(status), message: STATUS_CODES[status] ?? '' };
}
