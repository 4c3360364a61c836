import type { ChainHead, NamedPredecessor } from './chain-walk.js';
import type { ChainPoint, EvidenceSource } from './evidence.js';
import { placeOf } from './finding.js';
import type { Finding, Note } from './finding.js';
import { isUnderway } from './underway.js';

type Remarks = { readonly findings: Finding[]; readonly notes: Note[] };

/** A head is asked for together with so many others. */
const LOOK_UP = 500;

/** Asks for the chains that others name as having ended before them. */
export async function checkPredecessors(
  source: EvidenceSource,
  named: readonly NamedPredecessor[],
): Promise<Remarks> {
  const findings: Finding[] = [];
  const notes: Note[] = [];
  const hashes = await hashesAt(
    source,
    named.map(({ end }) => end),
  );
  for (const { end, by } of named) {
    const found = hashes.get(keyOf(end));
    if (found?.has(end.hash) === true) continue;
    const place = { ...placeOf(by.seal), chain: end.chain, number: end.number };
    const what = `chain ${by.seal.chain} names chain ${end.chain} as one that ended with segment ${end.number}`;
    if (found !== undefined)
      findings.push({ ...place, kind: 'missing-chain', text: `${what}; another end of it is stored` });
    else if (source.isPartial)
      notes.push({ ...place, kind: 'outside', text: `${what}, which lies outside of the archive` });
    else if (isUnderway(by.ingestedAtMillis, source.nowMillis))
      notes.push({ ...place, kind: 'underway', text: `${what}; that is not there yet` });
    else
      findings.push({
        ...place,
        kind: 'missing-chain',
        text: `${what}; that is not there: the chain or its end was removed`,
      });
  }
  return { findings, notes };
}

/** Asks for what was there when an earlier report was made. */
export async function checkKnownHeads(
  source: EvidenceSource,
  heads: readonly ChainHead[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (let at = 0; at < heads.length; at += LOOK_UP) {
    const some = heads.slice(at, at + LOOK_UP);
    const hashes = await hashesAt(source, some);
    for (const head of some) findings.push(...missingHead(head, hashes.get(keyOf(head)), source.isPartial));
  }
  return findings;
}

function missingHead(head: ChainHead, found: Set<string> | undefined, isPartial: boolean): Finding[] {
  const { chain, number, hash, service, host, pid, sealedAt } = head;
  if (found?.has(hash) === true || (found === undefined && isPartial)) return [];
  const place = { chain, number, from: sealedAt, to: sealedAt, service, host, pid };
  return [
    found === undefined
      ? {
          ...place,
          kind: 'missing-chain',
          text: `the earlier report knows segment ${number} of this chain; it is not there any more`,
        }
      : {
          ...place,
          kind: 'replaced',
          text: `segment ${number} is not the one that the earlier report knows: the chain was made anew`,
        },
  ];
}

async function hashesAt(
  source: EvidenceSource,
  points: readonly ChainPoint[],
): Promise<Map<string, Set<string>>> {
  const hashes = new Map<string, Set<string>>();
  if (points.length === 0) return hashes;
  for (const point of await source.hashesAt(points)) {
    const key = keyOf(point);
    hashes.set(key, (hashes.get(key) ?? new Set()).add(point.hash));
  }
  return hashes;
}

function keyOf({ chain, number }: ChainPoint): string {
  return `${chain}/${number}`;
}
