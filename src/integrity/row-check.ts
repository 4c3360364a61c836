import type { MissingRows, Shortfall } from './certificate.js';
import type { StoredRows, StoredSequence } from './evidence.js';
import { isoOfMillis, isoOfNanos, placeOf, span } from './finding.js';
import type { Finding, Note } from './finding.js';
import type { Link } from './link.js';
import type { Seal } from './seal.js';

/**
 * - `whole`: what was promised is there
 * - `expired`: some of it is not, and all of it is of an age at which it may go
 * - `partly-expired`: some of it is not, some of it is of that age, and what is left is what a TTL leaves
 * - `wrong`: none of these
 */
export type RowVerdict = 'whole' | 'expired' | 'partly-expired' | 'wrong';

/** @param keptFromNanos Older records may be gone. */
export function judgeRows(link: Link, stored: StoredRows, keptFromNanos: bigint): RowVerdict {
  if (isPromisedBy(link, stored.distinct, stored.digest)) return 'whole';
  // Rows are only ever gone by age, never changed or added.
  if (stored.distinct >= promisedRows(link) || stored.sequences !== stored.distinct) return 'wrong';
  if (BigInt(link.seal.occurredTo) < keptFromNanos) return 'expired';
  return isLeftByExpiry(link.seal, stored, keptFromNanos) ? 'partly-expired' : 'wrong';
}

/** Whether so many different rows with this digest are all that a seal promises. */
export function isPromisedBy(link: Link, count: number, digest: string): boolean {
  return expectationsOf(link).some((expected) => count === expected.rows && digest === expected.digest);
}

/** A TTL deletes with the merges of the table, not to the second. */
const EXPIRY_LAG_NANOS = 86_400_000_000_000n;

/**
 * Whether what is left of a segment that is older in part may be what expiry has left: nothing of what is old enough to go,
 * or whole months, for the table drops parts as a whole (`ttl_only_drop_parts`), and a part is of one month.
 *
 * NOTE: how many rows were that old cannot be known: a seal has the bounds of their time only, and the digest is over all of
 * them. So a young row that was deleted beside old ones that have gone is not missed here; a note says how many are unproven.
 */
function isLeftByExpiry({ occurredFrom }: Seal, stored: StoredRows, keptFromNanos: bigint): boolean {
  if (BigInt(occurredFrom) >= keptFromNanos || stored.rows === 0) return false;
  const isYoung = BigInt(stored.occurredFrom) >= keptFromNanos - EXPIRY_LAG_NANOS;
  const isLater = BigInt(stored.occurredFrom) > BigInt(occurredFrom);
  return isLater && (isYoung || monthOf(stored.occurredFrom) > monthOf(occurredFrom));
}

/** As text that sorts. */
function monthOf(nanos: string): string {
  return isoOfNanos(nanos).slice(0, '2026-11'.length);
}

/** What nobody can vouch for any more. */
export function partlyExpiredNote(link: Link, stored: StoredRows): Note {
  const { seal } = link;
  const promised = promisedRows(link);
  const text = `${promised - stored.distinct} of ${promised} records are gone; some were older than the retention, but whether all of them were cannot be told, and the ${stored.distinct} that are left cannot be proven without them`;
  return { ...placeOf(seal), kind: 'expired', text };
}

interface Expectation {
  readonly rows: number;
  readonly digest: string;
}

/**
 * What may be there: everything that was sealed, or what a shortfall has left. NOTE: who says that everything was stored is
 * believed before who says that some was not, or a certificate made from a damaged file would excuse a deletion.
 */
function expectationsOf(link: Link): Expectation[] {
  const { seal } = link;
  const whole = { rows: seal.rows, digest: seal.digest };
  const left = believedShortfalls(link).map((shortfall) => ({
    rows: rowsLeft(seal, shortfall),
    digest: shortfall.digest,
  }));
  return [whole, ...left];
}

/** None where an entry as good says that everything was delivered. */
function believedShortfalls({ shortfalls }: Link): Shortfall[] {
  const some = shortfalls.filter((shortfall) => shortfall !== undefined);
  return some.length === shortfalls.length ? some : [];
}

/** NOTE: by the sequences, not by the rows of the seal: a seal made from a damaged file leaves the same hole out. */
function rowsLeft(seal: Seal, { missing }: Shortfall): number {
  return seal.last - seal.first + 1 - countOf(missing);
}

/** How many there are by the account of the certificate. */
function promisedRows(link: Link): number {
  const [shortfall] = believedShortfalls(link);
  return shortfall === undefined ? link.seal.rows : rowsLeft(link.seal, shortfall);
}

/** Sequences of a segment that were lost before it was sealed, as far as no shortfall tells which. */
function holeOf(link: Link): number {
  const { first, last, rows } = link.seal;
  return believedShortfalls(link).length > 0 ? 0 : Math.max(0, last - first + 1 - rows);
}

/** Records that a certificate owns up to: dead letters are kept elsewhere, damaged ones are lost. */
export function shortfallRemarks(
  link: Link,
  stored: StoredRows,
): { readonly findings: Finding[]; readonly notes: Note[] } {
  const findings: Finding[] = [];
  const notes: Note[] = [];
  const { seal } = link;
  const isComplete = isAllThere(link, stored);
  for (const { first, last, reason } of toldMissing(link, stored)) {
    const place = { ...placeOf(seal), firstSequence: first, lastSequence: last };
    const records = `record ${span(first, last)}`;
    if (isComplete) {
      const text = `${records}: ${reason} when the segment was delivered, and there all the same, as they were sealed`;
      notes.push({ ...place, kind: 'arrived', text });
    } else if (reason === 'refused')
      notes.push({ ...place, kind: 'dead-letters', text: `${records}: refused by the store, a dead letter` });
    else findings.push({ ...place, kind: 'lost', text: `${records}: lost before delivery (${reason})` });
  }
  const gaps = holeOf(link);
  if (gaps > 0) {
    findings.push({
      ...placeOf(seal),
      kind: 'lost',
      text: `${gaps} of the records ${span(seal.first, seal.last)} were lost before the segment was sealed`,
    });
  }
  return { findings, notes };
}

/** Whether the store has every record of the segment, as it was sealed. */
function isAllThere({ seal }: Link, stored: StoredRows): boolean {
  return stored.digest === seal.digest && seal.rows === seal.last - seal.first + 1;
}

/** What is said to be missing, by the account that is true of what is there, or else the first. */
function toldMissing(link: Link, stored: StoredRows): readonly MissingRows[] {
  const told = isAllThere(link, stored)
    ? link.shortfalls.filter((shortfall) => shortfall !== undefined)
    : believedShortfalls(link);
  return (told.find(({ digest }) => digest === stored.digest) ?? told[0])?.missing ?? [];
}

const MOST_NAMED = 20;

/** Says what is wrong with the rows of a segment, as far as what is there tells it. */
export function explainRows(link: Link, stored: StoredRows, sequences: readonly StoredSequence[]): Finding[] {
  const { seal } = link;
  const [shortfall] = believedShortfalls(link);
  const promised = promisedRows(link);
  const expected = expectedSequences(seal, shortfall);
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
  // NOTE: which of them the seal has never had cannot be told.
  const hole = Math.min(holeOf(link), deleted.length);
  const gone = stored.rows === 0 ? promised : deleted.length - hole;
  if (gone > 0) {
    const but = hole === 0 ? '' : `, but ${hole} of these were lost before the segment was sealed`;
    find('deleted', deleted, `${gone} of ${promised} records are gone: ${named(deleted)}${but}`);
  }
  if (foreign.length > 0)
    find('inserted', foreign, `records that were never part of the segment: ${named(foreign)}`);
  if (twice.length > 0)
    find(
      'inserted',
      twice,
      `there more than once with different content, one of them added: ${named(twice)}`,
    );
  if (findings.length > 0) return findings;
  find('edited', lateSequences(sequences), editedText(promised, sequences));
  return findings;
}

function editedText(promised: number, sequences: readonly StoredSequence[]): string {
  const late = lateSequences(sequences);
  const where =
    late.length > 0
      ? `the store took in later than the others: ${named(late)}, ${isoOfMillis(latestOf(sequences))}`
      : 'which ones cannot be told, for the digest is over all of them';
  return `all ${promised} records are there, but the content of at least one was changed (${where})`;
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

function expectedSequences(seal: Seal, shortfall: Shortfall | undefined): number[] {
  const missing = shortfall?.missing ?? [];
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
