import { createHash } from 'node:crypto';
import type { Buffer } from 'node:buffer';

/**
 * Why there is a segment: it brings `records`; a `heartbeat` brings none and says that there were none; `closing` is the
 * last of a chain that ended in order, `abandoned` the last of one whose process died, made by who found what it left.
 */
export type SegmentKind = 'records' | 'heartbeat' | 'closing' | 'abandoned';

/** The last segment of a chain that has ended. */
export interface ChainEnd {
  readonly chain: string;
  readonly number: number;
  /** {@link sealHash} of its seal. */
  readonly hash: string;
}

/** Whose chain it is. */
export interface ProcessName {
  readonly service: string;
  readonly version: string;
  readonly instance: string;
  readonly environment: string;
  readonly host: string;
  readonly pid: number;
}

/** What a chain had done when a segment was sealed, in records. */
export interface SealCounts {
  readonly appended: number;
  readonly delivered: number;
  readonly dropped: number;
  readonly dead: number;
  /** Faults of audit-register in this process that were kept from the application; missing where nobody counts them. */
  readonly faults?: number;
}

/** What is promised of a segment when it is complete: the links of the chain that `audit.segments` holds. */
export interface Seal {
  readonly format: 1;
  readonly chain: string;
  /** 1, 2, 3 … within the chain, heartbeats and all. */
  readonly number: number;
  readonly segment: string;
  readonly kind: SegmentKind;
  /** Sequences of the first and last record; without records `last` is `first - 1`. */
  readonly first: number;
  readonly last: number;
  readonly rows: number;
  /** SHA-256 in hex over the rows in RowBinary, in order. */
  readonly digest: string;
  /** {@link sealHash} of segment `number - 1`; empty for the first. */
  readonly previous: string;
  /** Of the first segment: chains that ended before this one began, each named by one successor only. */
  readonly predecessors: readonly ChainEnd[];
  /** Smallest and largest `occurred_at` of the rows, nanoseconds since the epoch; both '0' without rows. */
  readonly occurredFrom: string;
  readonly occurredTo: string;
  /** Microseconds since the epoch. */
  readonly openedAt: string;
  readonly sealedAt: string;
  /** Version of the list of columns. */
  readonly schema: number;
  readonly process: ProcessName;
  readonly counts: SealCounts;
}

/** A seal as it is hashed, signed and stored, to the letter. */
export interface SealText {
  readonly seal: Seal;
  readonly text: string;
  readonly hash: string;
}

export function sealText(seal: Seal): SealText {
  const text = canonicalJson(seal);
  return { seal, text, hash: sealHash(text) };
}

/** What the next segment of the chain holds as `previous`: SHA-256 of the text, in hex. */
export function sealHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** SHA-256 of a run of rows, in hex. */
export function digestOf(rows: Buffer): string {
  return createHash('sha256').update(rows).digest('hex');
}

/** JSON with its keys in order, so that the same thing is the same text. Source: RFC 8785, for the values used here. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
