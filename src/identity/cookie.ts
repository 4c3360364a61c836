import { parseCookie } from 'cookie';

/** The value of one cookie; empty where there is none. */
export function cookieOf(header: string, name: string): string {
  return parseCookie(header)[name] ?? '';
}
