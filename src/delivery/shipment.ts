import { Buffer } from 'node:buffer';
import { messageOf } from '../errors.js';
import { shortfallText, signedText } from '../integrity/certificate.js';
import type { Certificate, MissingRows, Shortfall } from '../integrity/certificate.js';
import type { SealText } from '../integrity/seal.js';
import type { RowBounds } from '../record/row-bounds.js';
import { Division } from './division.js';
import type { RefusedPart } from './division.js';
import type { Segment } from './segment.js';
import { partOf } from './segment-part.js';
import { rowsMissing, shortfallOf } from './shortfall.js';
import type { SendOptions, Sink, SinkResult } from './sinks/sink.js';
import { within } from './within.js';
import { performance } from '../timers.js';

/** A sealed segment, in memory or in the spool. */
export interface Shippable {
  readonly seal: SealText;
  /** From memory, or from its file. */
  load(): Promise<{ readonly segment: Segment; readonly missing: readonly MissingRows[] }>;
  /**
   * Called once, before it is certified: `load` is not called again, for the sink has the rows, or they are dead letters or
   * lost. Certificates may be refused for long, and rows need no memory meanwhile. Not for a segment without rows.
   */
  accepted?(): void;
  /** Delivered and certified, or nothing is left to do. */
  done(): Promise<void>;
  /** Keeps rows that the sink refuses. */
  bury(rows: Segment, reason: string): Promise<void>;
  /** `performance.now()` of its sealing; `-Infinity` for what another process has begun to deliver, perhaps long ago. */
  readonly since: number;
}

/** Signs what a certificate says. */
export type Signer = (text: string) => Promise<{ readonly signature: string; readonly keyId: string }>;

export interface ShipmentOptions {
  readonly sink: Sink;
  readonly signer?: Signer | undefined;
  /** The most that one call of the sink may take. */
  readonly timeoutMillis: number;
  /** The most that work on a file may take: disks hang, too. */
  readonly fileTimeoutMillis: number;
  readonly isStopped: () => boolean;
  /** Must not throw. */
  readonly onAccepted: () => void;
}

/** What is to be done next with a segment. */
export type Stage = 'rows' | 'certificate' | 'end' | 'done';

/** `isReached`: the sink has answered. */
export type StepResult =
  | { readonly status: 'ok'; readonly isReached: boolean }
  | { readonly status: 'stopped' }
  | {
      readonly status: 'retry';
      readonly reason: string;
      readonly retryAfterMillis?: number | undefined;
      /** `segment`: its own file or its dead letters, about which the sink says nothing. */
      readonly fault: 'sink' | 'segment';
    };

/** What became of the rows, in records. */
export interface RowCounts {
  readonly delivered: number;
  readonly dead: number;
  /** Could not be read. */
  readonly lost: number;
}

/** A store remembers segments for longer; nothing that was begun before is sent without asking. */
const OLD_MILLIS = 5 * 60_000;
/** Of a file that is gone. One that is there is evidence, however long it cannot be read. */
const MOST_LOADS_OF_NOTHING = 8;
const MOST_ENDS = 5;

const REACHED: StepResult = { status: 'ok', isReached: true };
const NOT_ASKED: StepResult = { status: 'ok', isReached: false };

/** One segment on its way: rows, certificate, end. Each step is taken until it is done; none is taken again. */
export class Shipment {
  readonly item: Shippable;
  /** `performance.now()` before which it is left alone. */
  notBefore = 0;
  /** Failures in a row that were its own. */
  failures = 0;
  /** A fault that is tried for ever is said once. */
  isFaultSaid = false;
  /** Why rows of it are dead or lost; empty where none are. */
  trouble = '';
  /** What should be known although everything was stored. */
  remark = '';
  counts: RowCounts = { delivered: 0, dead: 0, lost: 0 };
  readonly #options: ShipmentOptions;
  readonly #division = new Division();
  #stage: Stage;
  #firstSentAt: number | undefined;
  /** Why it was refused as a whole, by a sink that is as it should be. */
  #refusal: string | undefined;
  #loadsOfNothing = 0;
  #buried = 0;
  #ends = 0;
  #shortfall: Shortfall | undefined;

  constructor(item: Shippable, options: ShipmentOptions) {
    this.item = item;
    this.#options = options;
    this.#stage = 'rows';
    if (item.since === -Infinity) this.#firstSentAt = -Infinity;
    if (item.seal.seal.rows === 0) this.#rowsEnded();
  }

  get stage(): Stage {
    return this.#stage;
  }

  get rowCount(): number {
    return this.item.seal.seal.rows;
  }

  async step(): Promise<StepResult> {
    try {
      if (this.#stage === 'rows') return await this.#deliver();
      if (this.#stage === 'certificate') return await this.#certify();
      return await this.#end();
    } catch (error) {
      return { status: 'retry', reason: messageOf(error), fault: 'sink' };
    }
  }

  #rowsEnded(): void {
    this.#stage = this.#options.sink.certify === undefined ? 'end' : 'certificate';
  }

  async #deliver(): Promise<StepResult> {
    let loaded;
    try {
      loaded = await within(this.item.load(), this.#options.fileTimeoutMillis, 'reading the segment');
    } catch (error) {
      return this.#loadFailed(error);
    }
    const { segment, missing } = loaded;
    if (segment.rowCount === 0) {
      this.#delivered(segment, missing, []);
      return NOT_ASKED;
    }
    if (this.#refusal !== undefined) return this.#divide(segment, missing, this.#refusal);
    const result = await this.#send(segment, {});
    if (result.status === 'retry') return { ...result, fault: 'sink' };
    if (result.status === 'refused') return this.#probe(segment, missing, result.reason);
    this.#delivered(segment, missing, []);
    return REACHED;
  }

  #loadFailed(error: unknown): StepResult {
    const reason = `segment ${this.item.seal.seal.segment} cannot be read: ${messageOf(error)}`;
    const isGone = (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
    this.#loadsOfNothing = isGone ? this.#loadsOfNothing + 1 : 0;
    if (this.#loadsOfNothing < MOST_LOADS_OF_NOTHING) return { status: 'retry', reason, fault: 'segment' };
    const { first, last } = this.item.seal.seal;
    this.trouble = reason;
    this.#delivered({ rowCount: 0, rows: Buffer.alloc(0) }, [{ first, last, reason: 'damaged' }], []);
    return NOT_ASKED;
  }

  async #send(segment: Segment, options: Partial<SendOptions>): Promise<SinkResult> {
    const now = performance.now();
    const mayBeOld = this.#firstSentAt !== undefined && now - this.#firstSentAt > OLD_MILLIS;
    this.#firstSentAt ??= now;
    const { occurredFrom, occurredTo } = this.item.seal.seal;
    const sent = { mayBeOld, occurred: { from: occurredFrom, to: occurredTo }, ...options };
    return this.#ask(() => this.#options.sink.send(segment, sent));
  }

  /** NOTE: a sink does not throw; one that did, or hangs, is tried again. */
  async #ask(call: () => Promise<SinkResult>): Promise<SinkResult> {
    const { sink, timeoutMillis } = this.#options;
    try {
      return await within(call(), timeoutMillis, sink.name);
    } catch (error) {
      return { status: 'retry', reason: messageOf(error) };
    }
  }

  /** An insert without rows: where that is refused too, the sink is at fault, not a row. */
  async #probe(segment: Segment, missing: readonly MissingRows[], reason: string): Promise<StepResult> {
    const probe = await this.#send({ ...segment, rowCount: 0, rows: Buffer.alloc(0) }, { mayBeOld: false });
    if (probe.status === 'retry') return { ...probe, fault: 'sink' };
    if (probe.status === 'refused')
      return { status: 'retry', reason: this.#sinkAtFault(probe.reason), fault: 'sink' };
    this.#refusal = reason;
    return this.#divide(segment, missing, reason);
  }

  async #divide(segment: Segment, missing: readonly MissingRows[], reason: string): Promise<StepResult> {
    // NOTE: some stores keep rows of an insert that a view behind them has refused, so they are asked what they have.
    const whole: Segment = { ...segment, rows: segment.rows };
    const divided = await this.#division.divide(
      whole,
      reason,
      (part, token) => this.#send(part, { mayBeOld: true, token }),
      () => !this.#options.isStopped(),
    );
    if (divided.status === 'stopped') return divided;
    if (divided.status === 'retry') return { ...divided, fault: 'sink' };
    if (divided.refused.length === 0)
      this.remark = `${this.#options.sink.name} took a segment only in parts: ${reason}`;
    const failed = await this.#bury(divided.refused);
    if (failed !== undefined) return failed;
    this.#delivered(remaining(whole, divided.accepted), missing, divided.refused);
    return REACHED;
  }

  async #bury(refused: readonly RefusedPart[]): Promise<StepResult | undefined> {
    for (const { part, reason } of refused.slice(this.#buried)) {
      try {
        await within(this.item.bury(part, reason), this.#options.fileTimeoutMillis, 'writing dead letters');
      } catch (error) {
        const what = `${this.#options.sink.name} refuses records (${reason}), and they cannot be kept as dead letters`;
        return { status: 'retry', reason: `${what}: ${messageOf(error)}`, fault: 'segment' };
      }
      this.#buried += 1;
      this.trouble = reason;
    }
    return undefined;
  }

  #delivered(
    delivered: Pick<Segment, 'rowCount' | 'rows'>,
    missing: readonly MissingRows[],
    refused: readonly RefusedPart[],
  ): void {
    const dead = refused.map(({ part }) => ({
      first: part.firstSequence,
      last: part.lastSequence,
      reason: 'refused',
    }));
    if (missing.length > 0 && this.trouble === '')
      this.trouble = `segment ${this.item.seal.seal.segment} is damaged`;
    this.counts = {
      delivered: delivered.rowCount,
      dead: refused.reduce((rows, { part }) => rows + part.rowCount, 0),
      lost: rowsMissing(missing),
    };
    this.#shortfall = shortfallOf([...missing, ...dead], delivered);
    this.#rowsEnded();
    this.#options.onAccepted();
  }

  async #certify(): Promise<StepResult> {
    const { sink } = this.#options;
    const certificate = await this.#certificate();
    const result = await this.#ask(
      async () => (await sink.certify?.(certificate, this.item.seal.seal.segment)) ?? { status: 'accepted' },
    );
    // NOTE: there is nothing in a certificate that could be left out, so a refusal speaks of the sink.
    if (result.status === 'refused')
      return { status: 'retry', reason: this.#sinkAtFault(result.reason), fault: 'sink' };
    if (result.status === 'retry') return { ...result, fault: 'sink' };
    this.#stage = 'end';
    return REACHED;
  }

  async #certificate(): Promise<Certificate> {
    const { signer, timeoutMillis } = this.#options;
    const seal = this.item.seal.text;
    const shortfall = shortfallText(this.#shortfall);
    if (signer === undefined) return { seal, shortfall, signature: '', keyId: '' };
    const signed = await within(signer(signedText(seal, shortfall)), timeoutMillis, 'signing');
    return { seal, shortfall, ...signed };
  }

  #sinkAtFault(reason: string): string {
    const { mendOfRefusal } = this.#options.sink;
    return mendOfRefusal === undefined ? reason : `${reason} (${mendOfRefusal})`;
  }

  /** What stays in the spool by a fault of its disk is found again, and the store knows it. */
  async #end(): Promise<StepResult> {
    this.#ends += 1;
    try {
      await within(this.item.done(), this.#options.fileTimeoutMillis, 'removing the segment');
    } catch (error) {
      const reason = `segment ${this.item.seal.seal.segment} is delivered and cannot be removed: ${messageOf(error)}`;
      if (this.#ends < MOST_ENDS) return { status: 'retry', reason, fault: 'segment' };
      this.trouble = reason;
    }
    this.#stage = 'done';
    return NOT_ASKED;
  }
}

/** NOTE: where rows were refused, the bounds are known. */
function remaining(segment: Segment, accepted: readonly RowBounds[]): Pick<Segment, 'rowCount' | 'rows'> {
  if (accepted.length === 0) return { rowCount: 0, rows: Buffer.alloc(0) };
  return partOf(segment, accepted);
}
