import type { Certificate } from '../../src/integrity/certificate.ts';
import type { Entry, EvidenceSource, SegmentEvidence, Stray } from '../../src/integrity/evidence.ts';
import type { Amendment } from '../../src/integrity/purge.ts';
import { readSeal } from '../../src/integrity/read-seal.ts';
import { sealHash } from '../../src/integrity/seal.ts';

export const NOW = Date.parse('2026-11-20T12:00:00Z');
export const MINUTE = 60_000;

/** What a store would hold: entries, and rows as they were sealed. */
export class Held implements EvidenceSource {
  readonly name = 'what is held';
  readonly nowMillis = NOW;
  readonly isPartial = false;
  keptDays = 400;
  readonly size = { entries: 1, rows: 1 };
  readonly certificates: { certificate: Certificate; ingestedAtMillis: number }[] = [];
  readonly held: Stray[] = [];
  readonly rowsOf = new Map<string, SegmentEvidence['stored']>();
  readonly sequencesOf = new Map<string, readonly number[]>();
  readonly purges = new Map<
    string,
    { amendments: Amendment[]; digest: string; chain: string; segment: string }
  >();

  add(certificate: Certificate, ingestedAtMillis = NOW - 60 * MINUTE): void {
    this.certificates.push({ certificate, ingestedAtMillis });
  }

  #entries(): Entry[] {
    const all = this.certificates.map(({ certificate, ingestedAtMillis }) => {
      const seal = readSeal(certificate.seal);
      if (seal === undefined) throw new Error('a test writes seals');
      const { chain, number, segment, rows, occurredFrom, occurredTo, openedAt, sealedAt } = seal;
      const service = seal.process.service;
      const columns = { chain, number, segment, rows, occurredFrom, occurredTo, openedAt, sealedAt, service };
      return { certificate, columns, ingestedAtMillis, isOutside: false, lastNumber: number };
    });
    return all.sort((a, b) =>
      a.columns.chain === b.columns.chain
        ? a.columns.number - b.columns.number
        : a.columns.chain < b.columns.chain
          ? -1
          : 1,
    );
  }

  async *entries() {
    yield* this.#entries();
  }

  async *segments() {
    const seen = new Set<string>();
    for (const entry of this.#entries()) {
      if (entry.columns.rows === 0 || seen.has(entry.columns.segment)) continue;
      seen.add(entry.columns.segment);
      yield this.#evidence(entry);
    }
  }

  #evidence(entry: Entry): SegmentEvidence {
    const { rows, segment, occurredFrom } = entry.columns;
    const digest = readSeal(entry.certificate.seal)?.digest ?? '';
    const whole = { rows, distinct: rows, sequences: rows, digest, occurredFrom };
    return {
      entries: this.#entries().filter(({ columns }) => columns.segment === segment),
      stored: this.rowsOf.get(segment) ?? whole,
      sequences: () =>
        Promise.resolve(
          (this.sequencesOf.get(segment) ?? []).map((sequence) => ({
            sequence,
            variants: 1,
            ingestedAtMillis: NOW - 60 * MINUTE,
          })),
        ),
      rows: () => Promise.resolve([]),
    };
  }

  async *strays() {
    yield* this.held;
  }

  hashesAt(points: readonly { chain: string; number: number }[]) {
    const found = this.#entries().filter(({ columns }) =>
      points.some(({ chain, number }) => chain === columns.chain && number === columns.number),
    );
    return Promise.resolve(
      found.map(({ columns: { chain, number }, certificate }) => ({
        chain,
        number,
        hash: sealHash(certificate.seal),
      })),
    );
  }

  amendments(segment: string) {
    const all = [...this.purges].flatMap(([purge, { amendments }]) =>
      amendments.map((amendment) => ({ ...amendment, purge })),
    );
    return Promise.resolve(all.filter((amendment) => amendment.segment === segment));
  }

  purgeRecords(purge: string) {
    const record = this.purges.get(purge);
    return Promise.resolve(record === undefined ? [] : [record]);
  }

  async *amendmentsOf(purge: string) {
    yield* this.purges.get(purge)?.amendments ?? [];
  }

  segmentOf(chain: string, segment: string) {
    const entry = this.#entries().find(
      ({ columns }) => columns.chain === chain && columns.segment === segment,
    );
    return Promise.resolve(entry === undefined ? undefined : this.#evidence(entry));
  }
}
