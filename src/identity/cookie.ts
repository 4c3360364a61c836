import { lazily } from '../lazily.js';

/** NOTE: an ES module, for which Node.js sets up all it has for these; only a request with the cookie that is looked for needs it. */
export const cookieLibrary = lazily(() => require('cookie') as typeof import('cookie'));

/** The value of one cookie; empty where there is none. */
export function cookieOf(header: string, name: string): string {
  return cookieLibrary().parseCookie(header)[name] ?? '';
}
