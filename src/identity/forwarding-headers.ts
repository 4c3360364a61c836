import { lazily } from '../lazily.js';

const library = lazily(() => require('forwarded-parse') as typeof import('forwarded-parse'));

/** Entries of `X-Forwarded-For`, the nearest proxy's first. */
export function* forwardedForHops(header: string): Generator<string> {
  for (let end = header.length; end >= 0;) {
    const comma = end === 0 ? -1 : header.lastIndexOf(',', end - 1);
    yield header.slice(comma + 1, end).trim();
    end = comma;
  }
}

/**
 * `for` of the elements of `Forwarded` (RFC 7239, 4), the nearest proxy's first; `''` where there is none.
 *
 * It is read from its end, element by element, because proxies append: a client that begins the header
 * with nonsense or an open quote must not hide what its proxy said after it.
 */
export function* forwardedHops(header: string): Generator<string> {
  for (const element of elementsFromEnd(header)) yield forOf(element);
}

function* elementsFromEnd(header: string): Generator<string> {
  let end = header.length;
  let quoted = false;
  for (let index = header.length - 1; index >= 0; index--) {
    const character = header.charCodeAt(index);
    if (character === 0x22) quoted = !quoted;
    if (character !== 0x2c || quoted) continue;
    yield header.slice(index + 1, end).trim();
    end = index;
  }
  yield header.slice(0, end).trim();
}

function forOf(element: string): string {
  try {
    return library().parse(element)[0]?.['for'] ?? '';
  } catch {
    return '';
  }
}
