import { isUtf8 } from 'node:buffer';
import { ANONYMOUS } from '../record/actor.js';
import type { Actor } from '../record/actor.js';
import { textOf } from './claims.js';
import type { IdentitySource } from './source.js';

const CREDENTIALS = /^basic[ \t]+([\w+/-]+={0,2})[ \t]*$/i;
const SCHEME = /^basic(?:[ \t]|$)/i;

/**
 * Passwords that say "the name before me is the key": of APIs that take a key for the user name. Such a name is a
 * secret, so it is not kept.
 */
const NO_PASSWORDS = new Set(['', 'x', 'x-oauth-basic', 'api_token']);

/** The user name of Basic credentials (RFC 7617), which nobody has checked here. The password is never looked at twice. */
export const basicSource: IdentitySource = {
  resolve: ({ headers: { authorization } }) => {
    if (typeof authorization !== 'string' || isBearer(authorization) || !SCHEME.test(authorization))
      return undefined;
    const name = basicUserName(authorization);
    if (name === undefined) return named('', 'invalid', 'malformed credentials');
    if (name === MAY_BE_KEY) return named('', 'claimed', 'user name may be a key');
    return name === '' ? named('', 'invalid', 'empty user name') : named(name, 'claimed', '');
  },
};

/** NOTE: what nearly all requests have that have any is told without an expression. */
function isBearer(authorization: string): boolean {
  return authorization.startsWith('Bearer ');
}

/** Stands for a user name that is not kept. */
export const MAY_BE_KEY = Symbol('audit-register.user-name-may-be-a-key');

/** The user name of an Authorization header; undefined for any other scheme, and for what cannot be read. */
export function basicUserName(authorization: string | undefined): string | typeof MAY_BE_KEY | undefined {
  const decoded = decode(CREDENTIALS.exec(authorization ?? '')?.[1] ?? '');
  const colon = decoded.indexOf(':');
  if (colon === -1) return undefined;
  if (NO_PASSWORDS.has(decoded.slice(colon + 1).toLowerCase())) return MAY_BE_KEY;
  return textOf(decoded.slice(0, colon));
}

/** NOTE: section 2.1 lets the server choose; browsers send UTF-8, and some clients Latin-1. */
function decode(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
}

function named(id: string, assurance: Actor['assurance'], problem: string): Actor {
  return Object.freeze({
    ...ANONYMOUS,
    type: 'user' as const,
    id,
    name: id,
    authMethod: 'basic',
    assurance,
    problem,
  });
}
