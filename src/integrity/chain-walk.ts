import { chainPlaceOf, isoOfMicros, placeOf, span } from './finding.js';
import type { Finding, Note } from './finding.js';
import type { Link } from './link.js';
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

/** Numbers in a row that share a fault, told as one finding. */
interface Run {
  readonly from: Link;
  to: Link;
  count: number;
  readonly keyId: string;
}

const MOST_RUNS = 1_000;

/** Walks one chain from its first link that is known to its last. */
export class ChainWalk {
  readonly remarks: Remarks = { findings: [], notes: [] };
  readonly predecessors: NamedPredecessor[] = [];
  readonly #options: WalkOptions;
  /** What there is at the last number that was taken: one link, or several that contradict each other. */
  #last: readonly Link[] = [];
  #first: Link | undefined;
  #signed = 0;
  #unsigned: Run[] = [];
  #unknownKey: Run[] = [];

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  /** @param links What there is at the next number, the best first. */
  take(links: readonly Link[]): void {
    const [link] = links as [Link];
    if (!link.isOutside) {
      if (links.length > 1) this.#find(link.seal, 'replaced', replacedText(links));
      if (this.#last.length === 0) this.#takeFirst(link);
      else this.#follow(link);
      if (this.#last[0]?.isOutside === true)
        this.#note(link.seal, 'outside', `segments ${span(1, link.seal.number - 1)} lie before the period`);
      this.#takeSignature(link);
      this.#first ??= link;
      for (const end of link.seal.predecessors) this.predecessors.push({ end, by: link });
    }
    this.#last = links;
  }

  /** Says what can only be said at the end; undefined where there was nothing in the period. */
  end(): ChainHead | undefined {
    const [last] = this.#last;
    if (last === undefined || this.#first === undefined) return undefined;
    this.#endOf(last);
    this.#countsOf(this.#first, last);
    this.#signaturesOf();
    return headOf(last);
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
    if (!this.#last.some(({ hash }) => hash === seal.previous)) {
      this.#find(
        seal,
        'broken-link',
        `segment ${seal.number} follows another segment ${before.seal.number} than the one that is stored: one of the two was replaced`,
      );
    }
    if (seal.first > before.seal.last + 1) {
      this.#find(
        seal,
        'lost',
        `records ${span(before.seal.last + 1, seal.first - 1)} stand in no segment: they were lost before they were sealed`,
      );
    } else if (seal.first <= before.seal.last) {
      this.#find(
        seal,
        'reordered',
        `it begins with record ${seal.first}, but segment ${before.seal.number} ended with ${before.seal.last}`,
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

  #takeSignature(link: Link): void {
    if (link.verdict === 'valid') this.#signed += 1;
    if (link.verdict === 'unsigned') extend(this.#unsigned, link, '');
    if (link.verdict === 'unknown-key') extend(this.#unknownKey, link, link.keyId);
  }

  #signaturesOf(): void {
    for (const run of this.#unknownKey) {
      this.#findRun(
        run,
        'forged',
        `signed by key ${run.keyId}, which was not given (--public-key): somebody else's, or one that is missing here`,
      );
    }
    for (const run of this.#unsigned) {
      if (this.#signed > 0)
        this.#findRun(run, 'forged', 'not signed, although others of the chain are: made without the key');
      else
        this.#findRun(
          run,
          'unsigned',
          'nothing of this chain is signed: its process had no AUDIT_REGISTER_SIGNING_KEY, or somebody else has made it',
        );
    }
  }

  #findRun(run: Run, kind: 'forged' | 'unsigned', why: string): void {
    const { from, to, count } = run;
    const place = placeOf(to.seal).to;
    this.remarks.findings.push({
      ...chainPlaceOf(from.seal),
      number: from.seal.number,
      ...(count > 1 && { lastNumber: to.seal.number }),
      ...(count === 1 && { segment: from.seal.segment }),
      from: isoOfMicros(from.seal.openedAt),
      ...(place !== undefined && { to: place }),
      kind,
      text: why,
    });
  }

  #endOf({ seal, lastNumber }: Link): void {
    if (isClosed(seal) || isHistory(seal)) return;
    if (lastNumber > seal.number) {
      this.#note(seal, 'outside', `segments ${span(seal.number + 1, lastNumber)} lie after the period`);
      return;
    }
    const silentMillis = this.#options.nowMillis - Number(BigInt(seal.sealedAt) / 1_000n);
    if (silentMillis <= this.#options.silenceMillis) return;
    this.#find(
      seal,
      'unfinished',
      `the chain ends with segment ${seal.number}, sealed at ${isoOfMicros(seal.sealedAt)}, and was not closed: what came after it was removed, or its process died and nobody has found its spool`,
    );
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

function extend(runs: Run[], link: Link, keyId: string): void {
  const run = runs.at(-1);
  const isNext = run?.keyId === keyId && run.to.seal.number === link.seal.number - 1;
  if (run !== undefined && (isNext || runs.length >= MOST_RUNS)) {
    run.to = link;
    run.count += 1;
  } else {
    runs.push({ from: link, to: link, count: 1, keyId });
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
