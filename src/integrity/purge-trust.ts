import type { EvidenceSource, PurgeRecord, StoredRows } from './evidence.js';
import { judgeEntries } from './link.js';
import { PurgeDigest } from './purge.js';
import { judgeRows } from './row-check.js';
import type { SignatureCheck } from './signature.js';

/**
 * Tells what was purged in order from what was deleted: an amendment is believed where the record of its purge stands in a
 * segment that verifies itself, and holds the digest of all that the purge says.
 */
export class PurgeTrust {
  readonly #source: EvidenceSource;
  readonly #check: SignatureCheck;
  readonly #believed = new Map<string, Promise<boolean>>();

  constructor(source: EvidenceSource, check: SignatureCheck) {
    this.#source = source;
    this.#check = check;
  }

  /** Whether what is stored of a segment is what a purge has left of it. */
  async explains(segment: string, stored: StoredRows): Promise<boolean> {
    for (const { purge, rowsLeft, digestLeft } of await this.#source.amendments(segment)) {
      if (stored.distinct !== rowsLeft || stored.digest !== digestLeft) continue;
      if (await this.#isBelieved(purge)) return true;
    }
    return false;
  }

  #isBelieved(purge: string): Promise<boolean> {
    const known = this.#believed.get(purge);
    if (known !== undefined) return known;
    const believed = this.#verify(purge);
    this.#believed.set(purge, believed);
    return believed;
  }

  async #verify(purge: string): Promise<boolean> {
    const amendments = new PurgeDigest();
    for await (const amendment of this.#source.amendmentsOf(purge)) amendments.add(amendment);
    const digest = amendments.digest();
    for (const record of await this.#source.purgeRecords(purge)) {
      if (record.digest === digest && (await this.#isGenuine(record))) return true;
    }
    return false;
  }

  async #isGenuine({ chain, segment }: PurgeRecord): Promise<boolean> {
    const evidence = await this.#source.segmentOf(chain, segment);
    if (evidence === undefined) return false;
    const { links } = await judgeEntries(evidence.entries, this.#check);
    const [link] = links;
    if (link === undefined || (link.verdict !== 'valid' && link.verdict !== 'unchecked')) return false;
    return judgeRows(link, evidence.stored, 0n) === 'whole';
  }
}
