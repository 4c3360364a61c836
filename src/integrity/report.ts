import type { ChainHead } from './chain-walk.js';
import type { Finding, FindingKind, Note, NoteKind } from './finding.js';

/** What was verified; empty texts stand for no bound. */
export interface Period {
  /** ISO 8601. */
  readonly from: string;
  readonly to: string;
  readonly service: string;
}

export interface ReportTotals {
  chains: number;
  segments: number;
  /** Of those with a valid signature by a given key. */
  signed: number;
  /** Records that the segments promise. */
  records: number;
  /** Of those that were compared with what is stored. */
  checked: number;
  /** Segments whose records have gone by age. */
  expired: number;
  /** Segments that lost records to purges that verify. */
  purged: number;
  /** Rows that are there once more than needed, to the byte. */
  duplicates: number;
  /** Rows of services without the preload, which no segment promises. */
  ofNoChain: number;
}

/** `nothing` where the period holds no segment and no record: that is no proof of anything. */
export type ReportVerdict = 'good' | 'findings' | 'nothing';

/** What `audit-register verify --json` prints; documented in docs/integrity.md. */
export interface Report {
  readonly format: 1;
  readonly madeAt: string;
  readonly source: string;
  readonly period: Period;
  /** Thumbprints of the public keys that were given. */
  readonly keys: readonly string[];
  readonly retentionDays: number | null;
  readonly verdict: ReportVerdict;
  readonly totals: Readonly<ReportTotals>;
  /** How many there are of each kind, those left out included. */
  readonly counts: Readonly<Partial<Record<FindingKind | NoteKind, number>>>;
  readonly findings: readonly Finding[];
  readonly notes: readonly Note[];
  /** The newest link of every chain: what `--known` compares with. */
  readonly heads: readonly ChainHead[];
}

/** A report names so many of each; it counts them all. */
export const MOST_REMARKS = 10_000;

/** Collects what is found, in bounded memory but for the heads. */
export class ReportWriter {
  readonly totals: ReportTotals = {
    chains: 0,
    segments: 0,
    signed: 0,
    records: 0,
    checked: 0,
    expired: 0,
    purged: 0,
    duplicates: 0,
    ofNoChain: 0,
  };
  readonly #findings: Finding[] = [];
  readonly #notes: Note[] = [];
  readonly #heads: ChainHead[] = [];
  readonly #counts = new Map<FindingKind | NoteKind, number>();
  #found = 0;

  find(findings: readonly Finding[]): void {
    this.#found += findings.length;
    this.#add(this.#findings, findings);
  }

  note(notes: readonly Note[]): void {
    this.#add(this.#notes, notes);
  }

  head(head: ChainHead): void {
    this.#heads.push(head);
  }

  #add<Remark extends Finding | Note>(list: Remark[], remarks: readonly Remark[]): void {
    for (const remark of remarks) {
      this.#counts.set(remark.kind, (this.#counts.get(remark.kind) ?? 0) + 1);
      if (list.length < MOST_REMARKS) list.push(remark);
    }
  }

  finish(of: Pick<Report, 'madeAt' | 'source' | 'period' | 'keys' | 'retentionDays'>): Report {
    return {
      format: 1,
      ...of,
      verdict: this.#found > 0 ? 'findings' : this.totals.segments === 0 ? 'nothing' : 'good',
      totals: this.totals,
      counts: Object.fromEntries(this.#counts),
      findings: this.#findings,
      notes: this.#notes,
      heads: this.#heads,
    };
  }
}
