import { ChainWalk } from './chain-walk.js';
import type { ChainHead, NamedPredecessor } from './chain-walk.js';
import type { Numbered } from './early-ends.js';
import { columnsOf } from './schema-columns.js';
import type { Entry, EvidenceSource, SegmentEvidence } from './evidence.js';
import { isoOfMillis, placeOf } from './finding.js';
import type { Finding, Note, Place } from './finding.js';
import type { NamedKey } from './keys.js';
import { judgeEntries } from './link.js';
import type { Link } from './link.js';
import { checkKnownHeads, checkPredecessors } from './other-chains.js';
import { PurgeTrust } from './purge-trust.js';
import { RecoveredCopies } from './recovered-copies.js';
import { ReportWriter } from './report.js';
import type { Period, Report } from './report.js';
import { explainRows, judgeRows, partlyExpiredNote, shortfallRemarks } from './row-check.js';
import { createSignatureCheck } from './signature.js';
import type { SignatureCheck } from './signature.js';
import { RecordsOfNoChain, strayRemarks } from './strays.js';
import { isUnderway } from './underway.js';

export interface VerifyOptions {
  readonly period: Period;
  /** None: signatures are not looked at. */
  readonly keys: readonly NamedKey[];
  /** Days that records must be kept. @default what the store keeps, and no less than it was made with */
  readonly retentionDays: number | undefined;
  /** Heads of an earlier report. */
  readonly known: readonly ChainHead[];
  readonly heartbeatIntervalMillis: number;
  /** Called as work goes on. */
  readonly onProgress?: (done: number, of: number) => void;
}

/** What the tables are made with: `TTL … 400 DAY` in 0001_records.sql. */
export const RETENTION_DAYS = 400;

const NANOS_PER_DAY = 86_400_000_000_000n;

/** After so many heartbeats without one a process is gone. */
const SILENT_HEARTBEATS = 3;

/** A predecessor is asked for together with so many others. */
const LOOK_UP = 500;

/** Compares what was promised with what is there. */
export function verify(source: EvidenceSource, options: VerifyOptions): Promise<Report> {
  return new Verification(source, options).run();
}

class Verification {
  readonly #source: EvidenceSource;
  readonly #options: VerifyOptions;
  readonly #check: SignatureCheck;
  readonly #report = new ReportWriter();
  readonly #purges: PurgeTrust;
  readonly #copies: RecoveredCopies;
  readonly #retentionDays: number;
  readonly #keptFromNanos: bigint;
  #done = 0;
  #predecessors: NamedPredecessor[] = [];

  constructor(source: EvidenceSource, options: VerifyOptions) {
    this.#source = source;
    this.#options = options;
    this.#check = createSignatureCheck(options.keys);
    this.#purges = new PurgeTrust(source, this.#check);
    this.#retentionDays = options.retentionDays ?? Math.max(RETENTION_DAYS, source.keptDays);
    this.#keptFromNanos = Number.isFinite(this.#retentionDays)
      ? BigInt(source.nowMillis) * 1_000_000n - BigInt(Math.round(this.#retentionDays)) * NANOS_PER_DAY
      : 0n;
    this.#copies = new RecoveredCopies(source, this.#purges, this.#keptFromNanos);
  }

  async run(): Promise<Report> {
    const { keys, period, known } = this.#options;
    this.#checkRetention();
    await this.#walkChains();
    await this.#askForPredecessors(0);
    this.#report.find(await checkKnownHeads(this.#source, known));
    await this.#checkRows();
    await this.#checkStrays();
    return this.#report.finish({
      madeAt: isoOfMillis(this.#source.nowMillis),
      source: this.#source.name,
      period,
      keys: keys.map(({ keyId }) => keyId),
      retentionDays: Number.isFinite(this.#retentionDays) ? this.#retentionDays : null,
    });
  }

  async #checkStrays(): Promise<void> {
    const ofNoChain = new RecordsOfNoChain();
    for await (const stray of this.#source.strays()) {
      if (stray.isOfNoChain === true) {
        ofNoChain.add(stray);
        continue;
      }
      const { findings, notes } = strayRemarks(stray, this.#source.nowMillis);
      this.#report.find(findings);
      this.#report.note(notes);
    }
    this.#report.totals.ofNoChain = ofNoChain.rows;
    this.#report.note(ofNoChain.notes());
  }

  #checkRetention(): void {
    const { keptDays } = this.#source;
    const wanted = this.#options.retentionDays ?? RETENTION_DAYS;
    if (keptDays >= wanted) return;
    this.#report.find([
      {
        kind: 'retention',
        text: `the table deletes records after ${keptDays} days, not after ${wanted}: somebody has changed its TTL, or --retention is to say ${keptDays}`,
      },
    ]);
  }

  async #walkChains(): Promise<void> {
    let walk: ChainWalk | undefined;
    let chain = '';
    for await (const entries of together(this.#source.entries())) {
      const judgement = await judgeEntries(entries, this.#check);
      this.#report.find(judgement.findings);
      const [link] = judgement.links;
      this.#advance(entries.length);
      if (link === undefined) continue;
      if (walk === undefined || link.seal.chain !== chain) {
        if (walk !== undefined) this.#endChain(walk);
        await this.#askForPredecessors(LOOK_UP);
        walk = this.#beginWalk();
        chain = link.seal.chain;
      }
      const numbered = await this.#copies.settle(judgement.links);
      this.#count(numbered);
      walk.take(numbered);
    }
    if (walk !== undefined) this.#endChain(walk);
  }

  #beginWalk(): ChainWalk {
    return new ChainWalk({
      nowMillis: this.#source.nowMillis,
      silenceMillis: SILENT_HEARTBEATS * this.#options.heartbeatIntervalMillis,
    });
  }

  #endChain(walk: ChainWalk): void {
    const head = walk.end();
    if (head === undefined) return;
    this.#report.totals.chains += 1;
    this.#report.head(head);
    this.#report.find(walk.remarks.findings);
    this.#report.note(walk.remarks.notes);
    this.#predecessors.push(...walk.predecessors);
  }

  #count({ links }: Numbered): void {
    const [link] = links as [Link, ...Link[]];
    if (link.isOutside) return;
    this.#report.totals.segments += 1;
    this.#report.totals.records += link.seal.rows;
    if (link.verdict === 'valid') this.#report.totals.signed += 1;
  }

  async #askForPredecessors(least: number): Promise<void> {
    if (this.#predecessors.length < least) return;
    const named = this.#predecessors;
    this.#predecessors = [];
    for (let at = 0; at < named.length; at += LOOK_UP) {
      const some = named.slice(at, at + LOOK_UP);
      const { findings, notes } = await checkPredecessors(this.#source, some);
      this.#report.find(findings);
      this.#report.note(notes);
    }
  }

  async #checkRows(): Promise<void> {
    for await (const evidence of this.#source.segments()) {
      const { links } = await judgeEntries(evidence.entries, this.#check);
      this.#advance(evidence.stored.rows);
      // NOTE: of two seals that are worth the same, neither may hide what the other promises.
      for (const link of links) {
        if (link.verdict === links[0]?.verdict && !this.#copies.has(link))
          await this.#checkSegment(link, evidence);
      }
    }
  }

  async #checkSegment(link: Link, evidence: SegmentEvidence): Promise<void> {
    const { seal } = link;
    const { totals } = this.#report;
    if (columnsOf(seal.schema) === undefined) {
      this.#report.find([
        {
          ...placeOf(seal),
          kind: 'unreadable',
          text: `its records are of version ${seal.schema} of the columns, which this version of audit-register does not know: install a newer one`,
        },
      ]);
      return;
    }
    const remarks = shortfallRemarks(link, evidence.stored);
    this.#report.find(remarks.findings);
    this.#report.note(remarks.notes);
    totals.checked += seal.rows;
    const verdict = judgeRows(link, evidence.stored, this.#keptFromNanos);
    if (verdict === 'whole') return this.#noteDuplicates(link, evidence);
    if (verdict === 'expired') {
      totals.expired += 1;
      return;
    }
    // NOTE: what a purge explains is proven, so it is asked before what cannot be.
    if (await this.#purges.explains(seal.segment, evidence.stored)) {
      totals.purged += 1;
      this.#report.note([purgedNote(link)]);
      return;
    }
    if (verdict === 'partly-expired') {
      totals.expired += 1;
      this.#report.note([partlyExpiredNote(link, evidence.stored)]);
      return;
    }
    const findings = explainRows(link, evidence.stored, await evidence.sequences());
    if (this.#mayFollow(link, findings))
      this.#report.note(findings.map(({ text, ...place }) => awaitedNote(place, text)));
    else this.#report.find(findings);
  }

  /** NOTE: a replica may have the entry before the rows. What is foreign or changed does not become right by waiting. */
  #mayFollow({ ingestedAtMillis }: Link, findings: readonly Finding[]): boolean {
    return (
      findings.every(({ kind }) => kind === 'deleted') && isUnderway(ingestedAtMillis, this.#source.nowMillis)
    );
  }

  #noteDuplicates({ seal }: Link, { stored }: SegmentEvidence): void {
    const more = stored.rows - stored.distinct;
    if (more === 0) return;
    this.#report.totals.duplicates += more;
    const text = `${more} records are stored more than once, to the byte: sent again after the store had forgotten them`;
    this.#report.note([{ ...placeOf(seal), kind: 'duplicate', text }]);
  }

  #advance(by: number): void {
    const { entries, rows } = this.#source.size;
    this.#done += by;
    this.#options.onProgress?.(Math.min(this.#done, entries + rows), entries + rows);
  }
}

function awaitedNote(place: Place, text: string): Note {
  return {
    ...place,
    kind: 'underway',
    text: `${text}; their entry has only just come, and they may follow it`,
  };
}

function purgedNote({ seal }: Link): Note {
  return {
    ...placeOf(seal),
    kind: 'purged',
    text: 'records were purged, and the record of the purge verifies',
  };
}

/** Entries of the same number of a chain, which the source gives one after the other. */
async function* together(entries: AsyncIterable<Entry>): AsyncGenerator<Entry[]> {
  let group: Entry[] = [];
  for await (const entry of entries) {
    const [first] = group;
    if (
      first !== undefined &&
      (first.columns.chain !== entry.columns.chain || first.columns.number !== entry.columns.number)
    ) {
      yield group;
      group = [];
    }
    group.push(entry);
  }
  if (group.length > 0) yield group;
}
