import { posix } from 'node:path';

/** What makes a path differ from its plain form: escapes, backslashes, dot segments, empty segments, an authority. */
const UNUSUAL = /[%\\]|\/\/|\/\.|^[^/]|.\/$/;

const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^/]*/i;

/**
 * The path as a framework may understand it that tidies up before it routes: `/public/../admin`, `//admin` and `/%61dmin`
 * are all `/admin`. Some do, most do not, so neither form alone says which handler ran.
 */
export function plainPath(path: string): string {
  if (!UNUSUAL.test(path)) return path;
  const decoded = decodeEscapes(path.replace(ORIGIN, '')).replaceAll('\\', '/');
  const normal = posix.normalize(`/${decoded}`);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
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
