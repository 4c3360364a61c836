import type { Buffer } from 'node:buffer';
import type { Certificate } from './certificate.js';
import type { Amendment } from './purge.js';

/** What the store has read out of the text of a seal, by which entries are found. */
export interface EntryColumns {
  readonly chain: string;
  readonly number: number;
  readonly segment: string;
  readonly rows: number;
  readonly occurredFrom: string;
  readonly occurredTo: string;
  readonly openedAt: string;
  readonly sealedAt: string;
  readonly service: string;
}

/** A row of `audit.segments` as it is stored. */
export interface Entry {
  readonly certificate: Certificate;
  readonly columns: EntryColumns;
  readonly ingestedAtMillis: number;
  /** True for one that lies before the period and is only there to be linked to. */
  readonly isOutside: boolean;
  /** Largest number of its chain, in or behind the period. */
  readonly lastNumber: number;
}

/** What is stored of a segment. Rows that are the same to the byte count once in `distinct` and `digest`. */
export interface StoredRows {
  readonly rows: number;
  readonly distinct: number;
  /** How many sequences there are. */
  readonly sequences: number;
  /** SHA-256 in hex over the distinct rows in order of their sequences. */
  readonly digest: string;
  readonly occurredFrom: string;
}

export const NO_ROWS: StoredRows = {
  rows: 0,
  distinct: 0,
  sequences: 0,
  digest: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  occurredFrom: '0',
};

/** What is stored under one sequence of a segment. */
export interface StoredSequence {
  readonly sequence: number;
  readonly variants: number;
  readonly ingestedAtMillis: number;
}

/** A row as it is stored. */
export interface StoredRow {
  readonly sequence: number;
  readonly ingestedAtMillis: number;
  /** Nanoseconds since the epoch. */
  readonly occurredAt: string;
  /** In RowBinary, the columns of the segment's schema. */
  readonly bytes: Buffer;
}

/** One sealed segment, and what is there of it. */
export interface SegmentEvidence {
  /** All entries that say the same of it. */
  readonly entries: readonly Entry[];
  readonly stored: StoredRows;
  /** At most {@link MOST_SEQUENCES}, in order. */
  sequences(): Promise<readonly StoredSequence[]>;
  /** In order of the sequences. */
  rows(): Promise<readonly StoredRow[]>;
}

export const MOST_SEQUENCES = 100_000;

/** Rows of a segment that no entry speaks of. */
export interface Stray {
  readonly chain: string;
  readonly segment: string;
  /** True where there is an entry, and the rows are outside of the time it says. */
  readonly isSealed: boolean;
  /** True for what came through a collector from services without the preload: there is no chain that they could be of. */
  readonly isOfNoChain?: boolean;
  readonly rows: number;
  readonly first: number;
  readonly last: number;
  readonly occurredFrom: string;
  readonly occurredTo: string;
  /** Of the first that came: a fresh one must not make the others look fresh. */
  readonly ingestedAtMillis: number;
  readonly service: string;
  readonly host: string;
  readonly pid: number;
}

/** A segment's place in its chain. */
export interface ChainPoint {
  readonly chain: string;
  readonly number: number;
}

/** `sealHash` of an entry. */
export interface PointHash extends ChainPoint {
  readonly hash: string;
}

/** What a purge says of itself. */
export interface PurgeRecord {
  readonly chain: string;
  readonly segment: string;
  /** The attribute of the record. */
  readonly digest: string;
}

/** What was promised and what is there, of one period. */
export interface EvidenceSource {
  /** Named in the report, without credentials. */
  readonly name: string;
  /** The clock that `ingestedAtMillis` is of. */
  readonly nowMillis: number;
  /** True where nothing is known beyond the period: an archive. */
  readonly isPartial: boolean;
  /** After how many days the store deletes records by itself; Infinity for never. */
  readonly keptDays: number;
  /** How much there is to do. */
  readonly size: { readonly entries: number; readonly rows: number };
  /** Chain by chain, in order of the numbers. */
  entries(): AsyncIterable<Entry>;
  /** What stands at places of chains, also outside of the period. */
  hashesAt(points: readonly ChainPoint[]): Promise<readonly PointHash[]>;
  /** Every sealed segment with records in the period. */
  segments(): AsyncIterable<SegmentEvidence>;
  strays(): AsyncIterable<Stray>;
  /** What purges have said of a segment. */
  amendments(segment: string): Promise<readonly (Amendment & { readonly purge: string })[]>;
  purgeRecords(purge: string): Promise<readonly PurgeRecord[]>;
  /** Everything that is stored of a purge, in the order of the texts of the segment ids. */
  amendmentsOf(purge: string): AsyncIterable<Amendment>;
  segmentOf(chain: string, segment: string): Promise<SegmentEvidence | undefined>;
}
