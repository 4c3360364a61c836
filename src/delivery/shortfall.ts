import type { MissingRows, Shortfall } from '../integrity/certificate.js';
import { digestOf } from '../integrity/seal.js';
import type { Segment } from './segment.js';

/** What a certificate says beside the seal; undefined where nothing is missing. */
export function shortfallOf(
  missing: readonly MissingRows[],
  delivered: Pick<Segment, 'rows'>,
): Shortfall | undefined {
  if (missing.length === 0) return undefined;
  return { missing: joined(missing), digest: digestOf(delivered.rows) };
}

export function rowsMissing(missing: readonly MissingRows[]): number {
  return missing.reduce((rows, { first, last }) => rows + last - first + 1, 0);
}

/** In order; neighbours that are missing for the same reason are one. */
function joined(missing: readonly MissingRows[]): MissingRows[] {
  const runs: MissingRows[] = [];
  for (const next of [...missing].sort((a, b) => a.first - b.first)) {
    const before = runs.at(-1);
    if (before !== undefined && before.reason === next.reason && next.first <= before.last + 1) {
      runs[runs.length - 1] = { ...before, last: Math.max(before.last, next.last) };
    } else runs.push(next);
  }
  return runs;
}
