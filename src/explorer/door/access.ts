import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { parseCookie } from 'cookie';
import { Refusal } from '../refusal.js';

const TOKEN_BYTES = 24;

export function makeToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** Who may ask: everybody, or who has the token. */
export interface Access {
  /** Whether this is the token. */
  readonly accepts: (token: string) => boolean;
  /** What a browser gets for the token. */
  readonly cookie: (request: IncomingMessage) => string;
  /** @throws Refusal for a request without the cookie and without the token. */
  readonly check: (request: IncomingMessage) => void;
}

/** For `--no-token`. */
export const openAccess: Access = {
  accepts: () => true,
  cookie: () => '',
  check: () => {},
};

/**
 * Access by a token, which is exchanged for a cookie: an address is remembered, shown and copied, a cookie is not. Scripts send
 * the token itself, as `Authorization: Bearer`.
 *
 * @param port Is in the name of the cookie: browsers keep cookies by host, and two explorers share one.
 */
export function createAccess(token: string, port: number): Access {
  const name = `audit-register-${port}`;
  // Not the token: what a cookie gives away ends with it.
  const session = createHmac('sha256', token).update('audit-register explorer').digest('base64url');
  return {
    accepts: (given) => isSame(given, token),
    cookie: ({ headers }) => {
      const secure = headers['x-forwarded-proto'] === 'https' ? '; Secure' : '';
      return `${name}=${session}; Path=/api; HttpOnly; SameSite=Strict${secure}`;
    },
    check: ({ headers }) => {
      if (isSame(parseCookie(headers.cookie ?? '')[name] ?? '', session)) return;
      if (isSame(/^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '', token)) return;
      throw new Refusal(401, 'ERR_AUDIT_EXPLORER_TOKEN', 'This browser has not shown the access token.', {
        mend: 'Open the link that `audit-register explore` (or `dev`) has printed; it is another one after each start.',
        headers: { 'WWW-Authenticate': 'Bearer' },
      });
    },
  };
}

function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
