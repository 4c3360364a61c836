import type { Stray } from './evidence.js';
import { isoOfMillis, isoOfNanos } from './finding.js';
import type { Finding, Note } from './finding.js';
import { isUnderway } from './underway.js';

/** Rows that no entry speaks of: added by somebody, or their entry is on its way. */
export function strayRemarks(
  stray: Stray,
  nowMillis: number,
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
  if (!stray.isSealed && isUnderway(stray.ingestedAtMillis, nowMillis)) {
    const text = `${stray.rows} records came from ${isoOfMillis(stray.ingestedAtMillis)} on; their segment is not certified yet`;
    return { findings: [], notes: [{ ...place, kind: 'underway', text }] };
  }
  const why = stray.isSealed
    ? 'their segment is certified, but for another time: somebody has added them'
    : 'nobody has certified their segment: somebody has added them or removed the entry, or their process died and nobody has found its spool';
  return { findings: [{ ...place, kind: 'inserted', text: `${stray.rows} records: ${why}` }], notes: [] };
}
