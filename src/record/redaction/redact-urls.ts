import type { Instead } from './redact-shapes.js';

/** Longest user and password that are looked for. */
const USER_INFO_CHARACTERS = 256;

/** User and password of URLs: `postgres://app:hunter2@db`. */
export function redactUserInfo(text: string, instead: Instead): string {
  let shown = '';
  let copied = 0;
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', at + 3)) {
    const start = at + 3;
    if (start < copied || !/[a-z\d]/i.test(text[at - 1] ?? '')) continue;
    const end = userInfoEnd(text.slice(start, start + USER_INFO_CHARACTERS));
    if (end <= 0) continue;
    shown += text.slice(copied, start) + instead(secretOf(text.slice(start, start + end)));
    copied = start + end;
  }
  return copied === 0 ? text : shown + text.slice(copied);
}

/**
 * Where the last `@` of the authority is; 0 where there is none.
 * NOTE: a password may hold a `/` that nobody escaped. Then what stands behind the `:` is no port.
 */
function userInfoEnd(rest: string): number {
  const word = /^[^\s"'<>]*/.exec(rest)?.[0] ?? '';
  const authority = /^[^/?#]*/.exec(word)?.[0] ?? '';
  const hasNoPort = /^[^@]*:(?!\d*$)/.test(authority) && !authority.includes('@');
  return (hasNoPort && !authority.startsWith('[') ? word : authority).lastIndexOf('@');
}

/** The password as it was before it was escaped; the user, where there is no password. */
function secretOf(userInfo: string): string {
  const colon = userInfo.indexOf(':');
  const secret = userInfo.slice(colon + 1) || userInfo.slice(0, colon);
  try {
    return decodeURIComponent(secret);
  } catch {
    return secret;
  }
}
