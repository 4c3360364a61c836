import type { IncomingHttpHeaders } from 'node:http';
import { cookieOf } from './cookie.js';

/** As nearly everybody writes it, which is told without looking for a pattern. */
const USUAL_SCHEME = 'Bearer ';
const SCHEME = /^(?:bearer|jwt)(?:[ \t]+|$)/i;

/** Three parts are a signed token, five an encrypted one; the last may be empty (`alg: none`). */
const BARE_TOKEN = /^[\w-]+\.[\w-]*\.[\w-]*(?:\.[\w-]*\.[\w-]*)?$/;

/**
 * The token a request presents: `Authorization: Bearer x`, `JWT x` or the bare token, else the named cookie.
 *
 * A malformed token is a token all the same, so that whoever sent it does not look anonymous in the
 * register. Other schemes (`Basic`, `Digest`, …) present none.
 *
 * @param cookieName cookie that may carry the token; empty for none
 * @returns the token, `''` when a scheme came without one, `undefined` when none was presented
 */
export function findToken(headers: IncomingHttpHeaders, cookieName: string): string | undefined {
  const token = headerToken(oneValue(headers.authorization, ','));
  if (token || cookieName === '') return token;
  return cookieToken(oneValue(headers.cookie, ';'), cookieName) ?? token;
}

/**
 * The token of a WebSocket upgrade. Browsers cannot set a header on one, so it comes as `access_token`
 * (RFC 6750, 2.3) or `token`; the latter only counts when it looks like a token, the name is too common.
 */
export function findUpgradeToken(headers: IncomingHttpHeaders, url: string | undefined): string | undefined {
  const upgrade: unknown = headers.upgrade;
  if (typeof upgrade !== 'string' || upgrade.toLowerCase() !== 'websocket') return undefined;
  const start = url?.indexOf('?') ?? -1;
  if (url === undefined || start === -1) return undefined;
  const query = new URLSearchParams(url.slice(start + 1));
  return withoutScheme(query.get('access_token') ?? '') || headerToken(query.get('token') ?? '');
}

function headerToken(value: string): string | undefined {
  if (value === '') return undefined;
  if (value.startsWith(USUAL_SCHEME)) return value.slice(USUAL_SCHEME.length).trim();
  const scheme = SCHEME.exec(value);
  if (scheme !== null) return value.slice(scheme[0].length).trim();
  return BARE_TOKEN.test(value) ? value : undefined;
}

function cookieToken(header: string, name: string): string | undefined {
  // Parsing decodes every cookie; most requests do not carry this one.
  if (!header.includes(name)) return undefined;
  const value = cookieOf(header, name);
  return withoutScheme(value.replace(/^"(.*)"$/s, '$1')) || undefined;
}

function withoutScheme(value: string): string {
  return value.replace(SCHEME, '').trim();
}

/** Node joins or drops repeated headers, but requests are also made by hand, by tests and by other servers. */
function oneValue(value: unknown, separator: string): string {
  if (typeof value === 'string') return value.trim();
  if (!Array.isArray(value)) return '';
  return value
    .filter((item) => typeof item === 'string')
    .join(separator)
    .trim();
}
