import type { Stray } from './evidence.js';
import { isoOfMillis, isoOfNanos } from './finding.js';
import type { Finding, Note } from './finding.js';

/** Rows that no entry speaks of: added by somebody, or their entry is on its way. */
export function strayRemarks(
  stray: Stray,
  nowMillis: number,
  graceMillis: number,
): { readonly findings: Finding[]; readonly notes: Note[] } {
  const place = {
    chain: stray.chain,
    segment: stray.segment,
    firstSequence: stray.first,
    lastSequence: stray.last,
    from: isoOfNanos(stray.occurredFrom),
    to: isoOfNanos(stray.occurredTo),
    service: stray.service,
    host: stray.host,
    pid: stray.pid,
  };
  const age = nowMillis - stray.ingestedAtMillis;
  // NOTE: a time in the future is no excuse, for whoever adds a row may choose it.
  if (!stray.isSealed && age >= 0 && age <= graceMillis) {
    const text = `${stray.rows} records came at ${isoOfMillis(stray.ingestedAtMillis)}; their segment is not certified yet`;
    return { findings: [], notes: [{ ...place, kind: 'underway', text }] };
  }
  const why = stray.isSealed
    ? 'their segment is certified, but for another time: somebody has added them'
    : 'nobody has certified their segment: somebody has added them or removed the entry, or their process died and nobody has found its spool';
  return { findings: [{ ...place, kind: 'inserted', text: `${stray.rows} records: ${why}` }], notes: [] };
}
