import { EarlyEnds, isHeirsEnd } from './early-ends.js';
import type { Numbered, Placed } from './early-ends.js';
import { chainPlaceOf, isoOfMicros, placeOf, span } from './finding.js';
import type { Finding, Note } from './finding.js';
import type { Link } from './link.js';
import { SignatureRuns } from './signature-runs.js';
import { isUnderway } from './underway.js';
import type { ChainEnd, Seal } from './seal.js';

/** The last link of a chain, kept in a report so that a later verification can ask for it. */
export interface ChainHead {
  readonly chain: string;
  readonly number: number;
  readonly hash: string;
  readonly closed: boolean;
  readonly sealedAt: string;
  readonly service: string;
  readonly host: string;
  readonly pid: number;
}

export interface WalkOptions {
  readonly nowMillis: number;
  /** A chain that is silent for longer has lost its process. */
  readonly silenceMillis: number;
}

export interface Remarks {
  readonly findings: Finding[];
  readonly notes: Note[];
}

/** A chain that names another as one that ended before it. */
export interface NamedPredecessor {
  readonly end: ChainEnd;
  readonly by: Link;
}

/** Walks one chain from its first link that is known to its last. */
export class ChainWalk {
  readonly remarks: Remarks = { findings: [], notes: [] };
  readonly predecessors: NamedPredecessor[] = [];
  readonly #options: WalkOptions;
  /** What there is at the last number that was taken: one link, or several that contradict each other. */
  #last: readonly Link[] = [];
  #first: Link | undefined;
  readonly #signatures = new SignatureRuns();
  readonly #earlyEnds = new EarlyEnds();
  /** The first end that was set aside. */
  #early: Link | undefined;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  /** @param numbered What there is at the next number. */
  take(numbered: Numbered): void {
    for (const placed of this.#earlyEnds.take(numbered)) this.#place(placed);
  }

  /** Says what can only be said at the end; undefined where there was nothing in the period. */
  end(): ChainHead | undefined {
    for (const placed of this.#earlyEnds.end()) this.#place(placed);
    const [last] = this.#last;
    if (last === undefined || this.#first === undefined) return undefined;
    this.#endOf(last);
    this.#countsOf(this.#first, last);
    this.remarks.findings.push(...this.#signatures.findings());
    return headOf(last);
  }

  #place(placed: Placed): void {
    if (placed.is === 'early') this.#setAside(placed.link, 'the process had delivered more');
    else this.#walk(placed.numbered);
  }

  #walk({ links, copies }: Numbered): void {
    const [link] = links as [Link];
    if (this.#isEndOfCopy(link)) return this.#setAside(link, 'the process had ended in order');
    if (!link.isOutside) {
      if (links.length > 1) this.#find(link.seal, 'replaced', replacedText(links));
      if (this.#last.length === 0) this.#takeFirst(link);
      else this.#follow(link);
      if (this.#last[0]?.isOutside === true)
        this.#note(link.seal, 'outside', `segments ${span(1, link.seal.number - 1)} lie before the period`);
      this.#signatures.take(link);
      this.#first ??= link;
      for (const end of link.seal.predecessors) this.predecessors.push({ end, by: link });
      for (const copy of copies) this.#note(copy.seal, 'recovered-copy', copyText(copy));
    }
    this.#last = [...links, ...copies];
  }

  /** NOTE: signed or not is said of it all the same: it may be an entry that somebody has forged. */
  #setAside(link: Link, why: string): void {
    if (link.isOutside) return;
    this.#signatures.take(link);
    if (link.verdict !== 'valid' && link.verdict !== 'unchecked') return;
    this.#early ??= link;
    this.#note(link.seal, 'closed-early', `closed by its heir at segment ${link.seal.number}; ${why}`);
  }

  /** The end that follows the heir's copy of a segment which was itself the end of the chain. */
  #isEndOfCopy({ seal }: Link): boolean {
    const [before, ...others] = this.#last;
    return (
      before?.seal.kind === 'closing' &&
      before.hash !== seal.previous &&
      isHeirsEnd(seal) &&
      others.some(({ hash }) => hash === seal.previous)
    );
  }

  #takeFirst({ seal, ingestedAtMillis }: Link): void {
    if (seal.number === 1) {
      if (seal.previous !== '') this.#find(seal, 'broken-link', 'the first segment names one before it');
      if (seal.first !== 1)
        this.#find(seal, 'missing-head', `the chain begins with record ${seal.first}, not with 1`);
    } else if (isUnderway(ingestedAtMillis, this.#options.nowMillis)) {
      this.#note(seal, 'underway', `segments ${span(1, seal.number - 1)} are not there yet`);
    } else {
      this.#find(
        seal,
        'missing-head',
        `segments ${span(1, seal.number - 1)} with records 1 to ${seal.first - 1} are not there: the beginning of the chain was removed`,
      );
    }
  }

  #follow(link: Link): void {
    const { seal } = link;
    const [before] = this.#last as [Link];
    if (seal.number !== before.seal.number + 1) return this.#skipped(before, link);
    if (isClosed(before.seal))
      this.#find(seal, 'reordered', `the chain goes on after segment ${before.seal.number}, which closed it`);
    const named = this.#last.find(({ hash }) => hash === seal.previous);
    // NOTE: an heir that has only a part of the segment before goes on from there, and brings no records.
    const end = (isHeirsEnd(seal) && named !== undefined ? named : before).seal.last;
    if (named === undefined) {
      this.#find(
        seal,
        'broken-link',
        `segment ${seal.number} follows another segment ${before.seal.number} than the one that is stored: one of the two was replaced`,
      );
    }
    if (seal.first > end + 1) {
      this.#find(
        seal,
        'lost',
        `records ${span(end + 1, seal.first - 1)} stand in no segment: they were lost before they were sealed`,
      );
    } else if (seal.first <= end) {
      this.#find(
        seal,
        'reordered',
        `it begins with record ${seal.first}, but segment ${before.seal.number} ended with ${end}`,
      );
    }
  }

  #skipped(before: Link, { seal, ingestedAtMillis }: Link): void {
    const [first, last] = [before.seal.number + 1, seal.number - 1];
    const numbers = first === last ? `segment ${first} is` : `segments ${span(first, last)} are`;
    const records = seal.first > before.seal.last + 1;
    const what = `${numbers} not there${records ? `, with records ${span(before.seal.last + 1, seal.first - 1)}` : ''}`;
    const place = {
      ...chainPlaceOf(seal),
      number: first,
      lastNumber: last,
      ...(records && { firstSequence: before.seal.last + 1, lastSequence: seal.first - 1 }),
      from: isoOfMicros(before.seal.sealedAt),
      to: isoOfMicros(seal.openedAt),
    };
    if (isUnderway(ingestedAtMillis, this.#options.nowMillis))
      this.remarks.notes.push({ ...place, kind: 'underway', text: `${what} yet` });
    else
      this.remarks.findings.push({
        ...place,
        kind: 'missing-segment',
        text: `${what}: the entry was removed, or waits in a spool that nobody empties`,
      });
  }

  #endOf({ seal, lastNumber, ingestedAtMillis }: Link): void {
    if (isClosed(seal) || isHistory(seal)) return;
    if (lastNumber > seal.number) {
      this.#note(seal, 'outside', `segments ${span(seal.number + 1, lastNumber)} lie after the period`);
      return;
    }
    const { nowMillis, silenceMillis } = this.#options;
    const sealedAtMillis = Number(BigInt(seal.sealedAt) / 1_000n);
    const silentMillis = nowMillis - sealedAtMillis;
    if (Math.abs(silentMillis) <= silenceMillis) return;
    // NOTE: after an outage what is old arrives now, and a clock that was set wrong says nothing about silence.
    const isLate = Math.abs(ingestedAtMillis - sealedAtMillis) > silenceMillis;
    if (isLate && isUnderway(ingestedAtMillis, nowMillis, silenceMillis)) {
      const text = `segment ${seal.number}, sealed at ${isoOfMicros(seal.sealedAt)}, arrived just now; what follows it is not there yet`;
      this.#note(seal, 'underway', text);
      return;
    }
    this.#find(
      seal,
      'unfinished',
      `the chain ends with segment ${seal.number}, sealed at ${isoOfMicros(seal.sealedAt)}, and was not closed: ${this.#whyUnfinished()}`,
    );
  }

  /** NOTE: an heir that did not know of these segments cannot know whether there were more. */
  #whyUnfinished(): string {
    return this.#early === undefined
      ? 'what came after it was removed, or its process died and nobody has found its spool'
      : `its heir closed it at segment ${this.#early.seal.number} already, so that nobody says whether there was more`;
  }

  #countsOf(first: Link, last: Link): void {
    const before = first.seal.number === 1 ? { dropped: 0, dead: 0 } : first.seal.counts;
    const dropped = last.seal.counts.dropped - before.dropped;
    const dead = last.seal.counts.dead - before.dead;
    if (dropped > 0)
      this.#note(last.seal, 'dropped', `the process dropped ${dropped} records, by its own account`);
    if (dead > 0)
      this.#note(last.seal, 'dead-letters', `the store refused ${dead} records; they are dead letters`);
  }

  #find(seal: Seal, kind: Finding['kind'], text: string): void {
    this.remarks.findings.push({ ...placeOf(seal), kind, text });
  }

  #note(seal: Seal, kind: Note['kind'], text: string): void {
    this.remarks.notes.push({ ...placeOf(seal), kind, text });
  }
}

function isClosed(seal: Seal): boolean {
  return seal.kind === 'closing' || seal.kind === 'abandoned';
}

/**
 * Imported history has no process that could fall silent: a later import goes on with it. What is cut off from its end is
 * missed by the record of the import, which names it.
 */
function isHistory(seal: Seal): boolean {
  return seal.process.pid === 0;
}

function headOf({ seal, hash }: Link): ChainHead {
  const { service, host, pid } = seal.process;
  return {
    chain: seal.chain,
    number: seal.number,
    hash,
    closed: isClosed(seal),
    sealedAt: isoOfMicros(seal.sealedAt),
    service,
    host,
    pid,
  };
}

function replacedText(links: readonly Link[]): string {
  const valid = links.filter(({ verdict }) => verdict === 'valid').length;
  const genuine = valid === 1 ? '; the one with the valid signature is genuine' : '';
  return `there are ${links.length} different seals for one segment: somebody has put another beside it${genuine}`;
}

function copyText({ seal }: Link): string {
  return isHeirsEnd(seal)
    ? `closed by more than one heir, each after the same segment`
    : `recovered by its heir with ${seal.rows} records; the whole segment had been delivered, and its records are there`;
}
