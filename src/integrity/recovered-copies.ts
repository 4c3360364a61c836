import { Buffer } from 'node:buffer';
import { withoutTwinEnds } from './early-ends.js';
import type { Numbered } from './early-ends.js';
import type { EvidenceSource, SegmentEvidence, StoredRow } from './evidence.js';
import type { Link } from './link.js';
import type { PurgeTrust } from './purge-trust.js';
import { isPromisedBy, judgeRows } from './row-check.js';
import { digestOf } from './seal.js';
import type { Seal } from './seal.js';

/** A forger may put any number of seals beside others; each costs a look at the rows. */
const MOST_LOOKED_UP = 1_000;

/**
 * Tells the seal of a partly written file, which an heir has recovered, from one that somebody has put beside the genuine one:
 * the segment was delivered whole from memory, and the rows that are stored say which of the two is right.
 */
export class RecoveredCopies {
  readonly #source: EvidenceSource;
  readonly #purges: PurgeTrust;
  readonly #keptFromNanos: bigint;
  readonly #hashes = new Set<string>();
  #lookedUp = 0;

  constructor(source: EvidenceSource, purges: PurgeTrust, keptFromNanos: bigint) {
    this.#source = source;
    this.#purges = purges;
    this.#keptFromNanos = keptFromNanos;
  }

  /** Whether it was found to be one: its rows are looked at with those of the whole segment. */
  has(link: Link): boolean {
    return this.#hashes.has(link.hash);
  }

  /** @param links What there is at one number, the best first. */
  async settle(links: readonly Link[]): Promise<Numbered> {
    const [whole] = links.toSorted((a, b) => b.seal.rows - a.seal.rows);
    const copies = whole === undefined ? [] : links.filter((link) => isPartOf(link, whole));
    if (whole === undefined || copies.length === 0) return withoutTwinEnds(links);
    const proven = await this.#proven(whole, copies);
    for (const { hash } of proven) this.#hashes.add(hash);
    const others = links.filter((link) => link !== whole && !proven.includes(link));
    return proven.length === 0 ? { links, copies: [] } : { links: [whole, ...others], copies: proven };
  }

  async #proven(whole: Link, copies: readonly Link[]): Promise<readonly Link[]> {
    // NOTE: what lies before the period is only linked to; its rows may not be there to be looked at.
    if (whole.isOutside) return copies;
    this.#lookedUp += 1;
    if (this.#lookedUp > MOST_LOOKED_UP) return [];
    const evidence = await this.#source.segmentOf(whole.seal.chain, whole.seal.segment);
    if (evidence === undefined) return [];
    const verdict = judgeRows(whole, evidence.stored, this.#keptFromNanos);
    if (verdict === 'whole') return await partsOf(copies, evidence);
    // NOTE: where rows have gone, only the signatures are left to believe.
    if (whole.verdict !== 'valid') return [];
    const isGone =
      verdict === 'expired' || (await this.#purges.explains(whole.seal.segment, evidence.stored));
    return isGone ? copies : [];
  }
}

/** Whether it may be what was written of a segment before its process died. */
function isPartOf({ seal, verdict }: Link, whole: Link): boolean {
  const isBelieved = verdict === whole.verdict && (verdict === 'valid' || verdict === 'unchecked');
  return (
    isBelieved &&
    seal.kind === 'records' &&
    seal.rows > 0 &&
    seal.rows < whole.seal.rows &&
    seal.rows === seal.last - seal.first + 1 &&
    beginningOf(seal) === beginningOf(whole.seal)
  );
}

/** What a file says before its first row. */
function beginningOf({ segment, first, previous, predecessors, schema }: Seal): string {
  return JSON.stringify([segment, first, previous, schema, predecessors.map(({ hash }) => hash)]);
}

/** Those whose rows are indeed the first of what is stored. */
async function partsOf(copies: readonly Link[], evidence: SegmentEvidence): Promise<Link[]> {
  const rows = withoutDuplicates(await evidence.rows());
  return copies.filter((copy) => {
    const part = rows.filter(({ sequence }) => sequence <= copy.seal.last).map(({ bytes }) => bytes);
    return isPromisedBy(copy, part.length, digestOf(Buffer.concat(part)));
  });
}

/** NOTE: the digest over all of them was right, so that what is there twice is the same to the byte. */
function withoutDuplicates(rows: readonly StoredRow[]): StoredRow[] {
  return [...new Map(rows.map((row) => [row.sequence, row])).values()];
}
