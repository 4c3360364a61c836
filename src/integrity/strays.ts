import type { Stray } from './evidence.js';
import { isoOfMillis, isoOfNanos } from './finding.js';
import type { Finding, Note } from './finding.js';
import { isUnderway } from './underway.js';

/** Of so many services records of no chain are told apart. */
const MOST_SERVICES = 1_000;

/** Records of no chain, summed up by service: a fact about them, and no fault. */
export class RecordsOfNoChain {
  readonly #services = new Map<string, { rows: number; from: bigint; to: bigint }>();
  rows = 0;

  add({ service, rows, occurredFrom, occurredTo }: Stray): void {
    this.rows += rows;
    const [from, to] = [BigInt(occurredFrom), BigInt(occurredTo)];
    const known = this.#services.get(service);
    if (known === undefined) {
      if (this.#services.size < MOST_SERVICES) this.#services.set(service, { rows, from, to });
      return;
    }
    known.rows += rows;
    if (from < known.from) known.from = from;
    if (to > known.to) known.to = to;
  }

  notes(): Note[] {
    return [...this.#services].map(([service, { rows, from, to }]) => ({
      kind: 'of-no-chain',
      from: isoOfNanos(String(from)),
      to: isoOfNanos(String(to)),
      text: `${rows} records of ${service === '' ? 'a service without a name' : `service ${service}`} came through a collector and are of no chain: nothing is promised of them, so none that was changed, removed or added can be found`,
    }));
  }
}

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
