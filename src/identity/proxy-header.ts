import type { ProxyConfig } from '../config/config.js';
import { ANONYMOUS } from '../record/actor.js';
import type { Actor } from '../record/actor.js';
import { rolesOf, textOf } from './claims.js';
import { headerText } from './header-text.js';
import type { IdentityRequest, IdentitySource } from './source.js';

/** What servers write for a variable that is not set (Apache's `%{REMOTE_USER}s`), or for nobody. */
const NOBODY = new Set(['', '(null)', '-']);

/**
 * The user whom a proxy has authenticated (`REMOTE_USER`), from a direct peer that is trusted; anybody else's header is
 * ignored, and said to have been there.
 */
export function createProxyHeaderSource(
  headers: ProxyConfig,
  isTrusted: (remoteAddress: string | undefined) => boolean,
): IdentitySource {
  const userOf = (request: IdentityRequest): string => valueOf(request, headers.user);
  return {
    resolve: (request) => {
      const user = userOf(request);
      if (NOBODY.has(user) || !isTrusted(request.remoteAddress)) return undefined;
      // NOTE: a proxy that adds its header to the client's, instead of replacing it, lets the client choose.
      if (isRepeated(request, headers.user)) return named({ id: textOf(user) }, 'invalid', 'header repeated');
      return named({
        id: textOf(user),
        name: textOf(valueOf(request, headers.name)),
        roles: Object.freeze(rolesOf(valueOf(request, headers.roles))),
        tenantId: textOf(valueOf(request, headers.tenant)),
      });
    },
    remarks: (request) => {
      const user = userOf(request);
      if (user === '' || isTrusted(request.remoteAddress)) return undefined;
      return { 'audit.actor.ignored_proxy_user': textOf(user) };
    },
  };
}

function valueOf({ headers }: IdentityRequest, name: string): string {
  if (name === '') return '';
  const value = headers[name];
  return value === undefined ? '' : headerText(typeof value === 'string' ? value : value.join(', ')).trim();
}

/** HTTP/2 shows only the joined values, in which a comma may be either. */
function isRepeated({ headers, rawHeaders }: IdentityRequest, name: string): boolean {
  if (rawHeaders === undefined) return Array.isArray(headers[name]) || headers[name]?.includes(', ') === true;
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.toLowerCase() === name) count += 1;
  return count > 1;
}

function named(
  facts: Partial<Actor>,
  assurance: Actor['assurance'] = 'trusted',
  problem: string = '',
): Actor {
  return Object.freeze({
    ...ANONYMOUS,
    ...facts,
    type: 'user' as const,
    authMethod: 'proxy',
    assurance,
    problem,
  });
}
