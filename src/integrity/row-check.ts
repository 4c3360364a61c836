import type { MissingRows } from './certificate.js';
import type { StoredRows, StoredSequence } from './evidence.js';
import { isoOfMillis, placeOf, span } from './finding.js';
import type { Finding, Note } from './finding.js';
import type { Link } from './link.js';
import type { Seal } from './seal.js';

/**
 * - `whole`: what was promised is there
 * - `expired`: some of it is not, and all of it may have gone by its age
 * - `wrong`: neither
 */
export type RowVerdict = 'whole' | 'expired' | 'wrong';

/** @param keptFromNanos Older records may be gone. */
export function judgeRows(link: Link, stored: StoredRows, keptFromNanos: bigint): RowVerdict {
  if (isPromisedBy(link, stored.distinct, stored.digest)) return 'whole';
  return mayHaveExpired(link.seal, stored, keptFromNanos) ? 'expired' : 'wrong';
}

/** Whether so many different rows with this digest are all that a seal promises. */
export function isPromisedBy(link: Link, count: number, digest: string): boolean {
  return expectationsOf(link).some((expected) => count === expected.rows && digest === expected.digest);
}

/** Rows are only ever gone by age, never changed or added. */
function mayHaveExpired(seal: Seal, stored: StoredRows, keptFromNanos: bigint): boolean {
  if (stored.rows >= seal.rows || stored.sequences !== stored.distinct) return false;
  if (BigInt(seal.occurredTo) < keptFromNanos) return true;
  // A segment that is older in part: what is left of it must all be younger.
  return (
    BigInt(seal.occurredFrom) < keptFromNanos &&
    stored.rows > 0 &&
    BigInt(stored.occurredFrom) > BigInt(seal.occurredFrom)
  );
}

interface Expectation {
  readonly rows: number;
  readonly digest: string;
}

/**
 * What may be there: everything, or what a shortfall has left. NOTE: a certificate without a shortfall followed the arrival of
 * all rows; one that was made when the file was sent again, damaged, takes nothing of that back.
 */
function expectationsOf({ seal, shortfalls }: Link): Expectation[] {
  const everything = { rows: seal.rows, digest: seal.digest };
  const rests = shortfalls.includes(undefined) ? [] : shortfalls.flatMap((one) => one ?? []);
  return [
    everything,
    ...rests.map(({ missing, digest }) => ({ rows: seal.rows - countOf(missing), digest })),
  ];
}

/** Records that a shortfall owns up to: dead letters are kept elsewhere, damaged ones are lost, unless they are there. */
export function shortfallRemarks(
  link: Link,
  stored: StoredRows,
): { readonly findings: Finding[]; readonly notes: Note[] } {
  const findings: Finding[] = [];
  const notes: Note[] = [];
  const { shortfalls, seal } = link;
  const isComplete = stored.distinct === seal.rows && stored.digest === seal.digest;
  for (const { first, last, reason } of toldMissing(shortfalls, stored, isComplete)) {
    const place = { ...placeOf(seal), firstSequence: first, lastSequence: last };
    const records = `record ${span(first, last)}`;
    if (isComplete) {
      const text = `${records}: ${reason} when the segment was delivered, and there all the same, as they were sealed`;
      notes.push({ ...place, kind: 'arrived', text });
    } else if (reason === 'refused')
      notes.push({ ...place, kind: 'dead-letters', text: `${records}: refused by the store, a dead letter` });
    else findings.push({ ...place, kind: 'lost', text: `${records}: lost before delivery (${reason})` });
  }
  const gaps = seal.last - seal.first + 1 - seal.rows;
  if (gaps > 0) {
    findings.push({
      ...placeOf(seal),
      kind: 'lost',
      text: `${gaps} of the records ${span(seal.first, seal.last)} were lost before the segment was sealed`,
    });
  }
  return { findings, notes };
}

/** What the shortfall says that fits to what is stored. */
function toldMissing(
  shortfalls: Link['shortfalls'],
  stored: StoredRows,
  isComplete: boolean,
): readonly MissingRows[] {
  const told = shortfalls.filter((shortfall) => shortfall !== undefined);
  if (shortfalls.includes(undefined) && !isComplete) return [];
  return (told.find(({ digest }) => digest === stored.digest) ?? told[0])?.missing ?? [];
}

const MOST_NAMED = 20;

/** Says what is wrong with the rows of a segment, as far as what is there tells it. */
export function explainRows(link: Link, stored: StoredRows, sequences: readonly StoredSequence[]): Finding[] {
  const { seal } = link;
  const expected = expectedSequences(link);
  const there = new Set(sequences.map(({ sequence }) => sequence));
  const findings: Finding[] = [];
  const find = (kind: Finding['kind'], affected: readonly number[], text: string): void => {
    const [first, last] = [affected[0] ?? seal.first, affected.at(-1) ?? seal.last];
    findings.push({ ...placeOf(seal), kind, firstSequence: first, lastSequence: last, text });
  };
  const deleted = stored.rows === 0 ? expected : expected.filter((sequence) => !there.has(sequence));
  const isExpected = new Set(expected);
  const foreign = [...there].filter((sequence) => !isExpected.has(sequence));
  const twice = sequences
    .filter(({ sequence, variants }) => variants > 1 && isExpected.has(sequence))
    .map(({ sequence }) => sequence);
  if (deleted.length > 0)
    find('deleted', deleted, `${deleted.length} of ${expected.length} records are gone: ${named(deleted)}`);
  if (foreign.length > 0)
    find('inserted', foreign, `records that were never part of the segment: ${named(foreign)}`);
  if (twice.length > 0)
    find(
      'inserted',
      twice,
      `there more than once with different content, one of them added: ${named(twice)}`,
    );
  if (findings.length > 0) return findings;
  find('edited', lateSequences(sequences), editedText(seal, sequences));
  return findings;
}

function editedText(seal: Seal, sequences: readonly StoredSequence[]): string {
  const late = lateSequences(sequences);
  const where =
    late.length > 0
      ? `the store took in later than the others: ${named(late)}, ${isoOfMillis(latestOf(sequences))}`
      : 'which ones cannot be told, for the digest is over all of them';
  return `all ${seal.rows} records are there, but the content of at least one was changed (${where})`;
}

/** An edit by deletion and insertion betrays itself by the time of the insertion. */
function lateSequences(sequences: readonly StoredSequence[]): number[] {
  const earliest = sequences.reduce(
    (least, { ingestedAtMillis }) => Math.min(least, ingestedAtMillis),
    Infinity,
  );
  const late = sequences.filter(({ ingestedAtMillis }) => ingestedAtMillis > earliest);
  return late.map(({ sequence }) => sequence);
}

function latestOf(sequences: readonly StoredSequence[]): number {
  return sequences.reduce((most, { ingestedAtMillis }) => Math.max(most, ingestedAtMillis), 0);
}

/** NOTE: a forged seal may claim any number of records. */
const MOST_EXPECTED = 100_000;

function expectedSequences({ seal, shortfalls }: Link): number[] {
  const missing = shortfalls.includes(undefined) ? [] : (shortfalls[0]?.missing ?? []);
  const length = Math.min(seal.last - seal.first + 1, MOST_EXPECTED);
  return Array.from({ length }, (_, index) => seal.first + index).filter(
    (sequence) => !missing.some(({ first, last }) => sequence >= first && sequence <= last),
  );
}

function countOf(missing: readonly MissingRows[]): number {
  return missing.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

/** `3, 5 to 9 and 40 more`. */
function named(sequences: readonly number[]): string {
  const spans: [number, number][] = [];
  for (const sequence of sequences) {
    const current = spans.at(-1);
    if (current?.[1] === sequence - 1) current[1] = sequence;
    else spans.push([sequence, sequence]);
  }
  const shown = spans.slice(0, MOST_NAMED).map(([first, last]) => span(first, last));
  const left = spans.length - shown.length;
  return `${shown.join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
}
