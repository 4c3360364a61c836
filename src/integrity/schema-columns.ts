import { COLUMNS } from '../record/columns.js';

/**
 * How many columns each version of the list had: columns are only ever appended, so that a version is known by its length.
 * NOTE: a new version gets a new line here; what stands here never changes, or old segments no longer verify.
 */
const LENGTHS: ReadonlyMap<number, number> = new Map([[1, 67]]);

/** Names of the columns under the digest of a segment; undefined for a version that is newer than this code. */
export function columnsOf(schema: number): readonly string[] | undefined {
  const length = LENGTHS.get(schema);
  return length === undefined ? undefined : COLUMNS.slice(0, length).map(({ name }) => name);
}
