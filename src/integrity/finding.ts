import type { Seal } from './seal.js';

/** What must not be. Each is told in words as well. */
export const FINDING_KINDS = [
  'edited',
  'deleted',
  'inserted',
  'missing-segment',
  'missing-head',
  'missing-chain',
  'broken-link',
  'reordered',
  'replaced',
  'forged',
  'unsigned',
  'unfinished',
  'lost',
  'retention',
  'unreadable',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** What is worth knowing and is no fault of the register's content. */
export const NOTE_KINDS = [
  'duplicate',
  'expired',
  'purged',
  'dropped',
  'dead-letters',
  'underway',
  'outside',
  'closed-early',
  'recovered-copy',
  'arrived',
  'of-no-chain',
] as const;
export type NoteKind = (typeof NOTE_KINDS)[number];

/** Where it is; what is not known is left out. */
export interface Place {
  readonly chain?: string;
  /** Of the segment within the chain. */
  readonly number?: number;
  readonly lastNumber?: number;
  readonly segment?: string;
  readonly firstSequence?: number;
  readonly lastSequence?: number;
  /** ISO 8601, of the records where there are any, else of the segment. */
  readonly from?: string;
  readonly to?: string;
  readonly service?: string;
  readonly host?: string;
  readonly pid?: number;
}

export interface Remark<Kind extends string> extends Place {
  readonly kind: Kind;
  /** What happened, in words. */
  readonly text: string;
}

export type Finding = Remark<FindingKind>;
export type Note = Remark<NoteKind>;

/** Where a sealed segment is. */
export function placeOf(seal: Seal): Place {
  return {
    chain: seal.chain,
    number: seal.number,
    segment: seal.segment,
    ...(seal.last >= seal.first && { firstSequence: seal.first, lastSequence: seal.last }),
    from: seal.rows > 0 ? isoOfNanos(seal.occurredFrom) : isoOfMicros(seal.openedAt),
    to: seal.rows > 0 ? isoOfNanos(seal.occurredTo) : isoOfMicros(seal.sealedAt),
    service: seal.process.service,
    host: seal.process.host,
    pid: seal.process.pid,
  };
}

/** Where a chain is. */
export function chainPlaceOf(seal: Seal): Place {
  const { service, host, pid } = seal.process;
  return { chain: seal.chain, service, host, pid };
}

export function isoOfNanos(nanos: string): string {
  return isoOfMillis(Number(BigInt(nanos) / 1_000_000n));
}

export function isoOfMicros(micros: string): string {
  return isoOfMillis(Number(BigInt(micros) / 1_000n));
}

const LATEST_MILLIS = 8.64e15;

/** NOTE: what a forger writes may be no time at all. */
export function isoOfMillis(millis: number): string {
  return Math.abs(millis) <= LATEST_MILLIS ? new Date(millis).toISOString() : 'no time';
}

/** `3`, or `3 to 7`. */
export function span(first: number, last: number): string {
  return first === last ? `${first}` : `${first} to ${last}`;
}
