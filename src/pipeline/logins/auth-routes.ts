import type { LoginsConfig } from '../../config/config.js';
import { ConfigurationError } from '../../errors.js';
import { compileGlobLate } from '../../policy/glob.js';
import { plainPath } from '../../policy/plain-path.js';
import type { AuthRoute } from '../facts.js';

/** What a request is by method and path; undefined for nearly all of them. */
export type AuthRoutes = (method: string, rawUrl: string) => AuthRoute | undefined;

/** Words that mean a login below any prefix. */
const LOGIN =
  /\/(?:log[-_]?(?:in|on)|sign[-_]?in|authenticate|j_security_check|auth\/local|callback\/credentials)(?:\/(?:password|local|credentials|email|username|ldap))?$/i;
const LOGOUT = /\/(?:log|sign)[-_]?(?:out|off)$/i;

/** Words with other meanings too count only below prefixes such as `/api/v1` or `/oauth2`. */
const PREFIXES =
  '(?:/(?:api|rest|v\\d+(?:\\.\\d+)?|auth|oauth2?|oidc|connect|identity|sso|accounts?|users?|admin|realms/[^/]+|protocol|openid-connect))*';
const AMBIGUOUS_LOGIN = new RegExp(`^${PREFIXES}/(?:sessions?|token)$`, 'i');
const AMBIGUOUS_LOGOUT = new RegExp(`^${PREFIXES}/sessions?(?:/(?:current|me))?$`, 'i');

/** In every usual path, and in few others: nearly all requests are done with after one look. */
const MAY_BE = /log|sign|session|token|auth|callback|j_sec|%/i;

/** Never a login or a logout, unless a configured path names the method. */
const ASKING = new Set(['HEAD', 'OPTIONS', 'TRACE', 'CONNECT', '']);

/** `POST /enter`, `/enter`, `GET /auth/*\/callback`; `none` takes the built-in ones away. */
const ENTRY = /^(?:([A-Za-z]+) +)?([/*].*)$/;

type Test = (method: string, path: string) => boolean;

/** @throws ConfigurationError for an entry that is no path */
export function createAuthRoutes({ paths, logoutPaths }: LoginsConfig): AuthRoutes {
  const isLogin = anyOf(paths, isUsualLogin, 'AUDIT_REGISTER_LOGIN_PATHS');
  const isLogout = anyOf(logoutPaths, isUsualLogout, 'AUDIT_REGISTER_LOGOUT_PATHS');
  const hasOwn = [...paths, ...logoutPaths].some((entry) => entry !== 'none');
  return (method, rawUrl) => {
    if (!hasOwn && !MAY_BE.test(rawUrl)) return undefined;
    const path = pathOf(rawUrl);
    if (isLogin(method, path)) return 'login';
    return isLogout(method, path) ? 'logout' : undefined;
  };
}

/** Whether the path alone does not say that it is about a login: the request must look like one, too. */
export function isAmbiguousLogin(rawUrl: string): boolean {
  return AMBIGUOUS_LOGIN.test(pathOf(rawUrl));
}

function pathOf(rawUrl: string): string {
  const at = rawUrl.search(/[?#]/);
  return plainPath(at === -1 ? rawUrl : rawUrl.slice(0, at));
}

function isUsualLogin(method: string, path: string): boolean {
  return method === 'POST' && (LOGIN.test(path) || AMBIGUOUS_LOGIN.test(path));
}

function isUsualLogout(method: string, path: string): boolean {
  if (method === 'DELETE' && AMBIGUOUS_LOGOUT.test(path)) return true;
  return !ASKING.has(method) && LOGOUT.test(path);
}

function anyOf(entries: readonly string[], usual: Test, setting: string): Test {
  const own = entries.filter((entry) => entry !== 'none').map((entry) => readEntry(entry, setting));
  const tests = entries.includes('none') ? own : [usual, ...own];
  return (method, path) => tests.some((test) => test(method, path));
}

function readEntry(entry: string, setting: string): Test {
  const [, method, glob] = ENTRY.exec(entry) ?? [];
  if (glob === undefined) {
    throw new ConfigurationError(
      `${setting} holds ${JSON.stringify(entry)}; write a path such as /enter, a method and a path such as GET /auth/*/callback, or none.`,
    );
  }
  const isMeant = compileGlobLate(glob, { dot: true, nocase: true });
  const wanted = method?.toUpperCase();
  return (given, path) =>
    (wanted === undefined ? given !== 'GET' && !ASKING.has(given) : given === wanted) && isMeant(path);
}
