import { ownText } from './own-text.js';

/** Texts of one kind that are remembered. */
const MOST_TEXTS = 1_000;

/**
 * Finds out once what a text means that comes again and again. When there are too many it begins anew.
 *
 * @param mostCharacters Of a text that is remembered, for texts come from anybody.
 */
export function remembered<Found extends boolean | string | object>(
  find: (text: string) => Found,
  mostCharacters: number,
): (text: string) => Found {
  const known = new Map<string, Found>();
  return (text) => {
    if (text.length > mostCharacters) return find(text);
    const before = known.get(text);
    if (before !== undefined) return before;
    const found = find(text);
    if (known.size >= MOST_TEXTS) known.clear();
    known.set(ownText(text), found);
    return found;
  };
}
