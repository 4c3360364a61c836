import type { NamedType } from '../segment.js';

/** A spool rarely holds segments of more versions than two. */
const MOST_LISTS = 16;
const lists = new Map<string, readonly NamedType[]>();

/** One list for all segments that have the same columns: thousands of them may wait. */
export function sharedColumns(columns: readonly NamedType[]): readonly NamedType[] {
  const key = JSON.stringify(columns);
  const known = lists.get(key);
  if (known !== undefined) return known;
  if (lists.size === MOST_LISTS) lists.clear();
  lists.set(key, columns);
  return columns;
}
