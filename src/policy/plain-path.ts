import { posix } from 'node:path';
import { charCodeOf } from '../char-code.js';

const [PERCENT, DOT, SLASH, BACKSLASH] = [0x25, 0x2e, 0x2f, 0x5c];
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^/]*/i;

/**
 * The path as a framework may understand it that tidies up before it routes: `/public/../admin`, `//admin` and `/%61dmin`
 * are all `/admin`. Some do, most do not, so neither form alone says which handler ran.
 */
export function plainPath(path: string): string {
  if (isPlain(path)) return path;
  const decoded = decodeEscapes(path.replace(ORIGIN, '')).replaceAll('\\', '/');
  const normal = posix.normalize(`/${decoded}`);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}

/** Whether it has no escapes, backslashes, dot segments, empty segments and no authority. */
function isPlain(path: string): boolean {
  let isBehindSlash = false;
  const { length } = path;
  for (let index = 0; index < length; index++) {
    const code = charCodeOf(path, index);
    if (code === PERCENT || code === BACKSLASH) return false;
    if (isBehindSlash && (code === SLASH || code === DOT)) return false;
    isBehindSlash = code === SLASH;
    if (index === 0 && !isBehindSlash) return false;
  }
  return !isBehindSlash || length === 1;
}

/** One escape after the other, because one that is wrong must not hide the rest. */
function decodeEscapes(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}
