import { unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { messageOf } from '../errors.js';
import type { ProcessName } from '../integrity/seal.js';
import { decodeRows } from '../record/decode.js';
import type { AuditRecord, StoredRecord } from '../record/record.js';
import { rowBounds } from '../record/row-bounds.js';
import { Chain } from './chain.js';
import type { OpenPart } from './chain.js';
import type { Segment } from './segment.js';
import { partOf } from './segment-part.js';
import type { RowCounts, Shippable } from './shipper.js';
import { DeadLetters, readDeadLetter } from './spool/dead-letters.js';
import type { DeadLetter } from './spool/dead-letters.js';
import { unlessGone } from './spool/fs-error.js';
import type { Spool } from './spool/spool.js';
import { performance } from '../timers.js';

/** Says of a record where it was refused: `<chain>/<sequence>`, several where that was so more than once. */
export const REDRIVEN_FROM = 'audit.redriven.from';

/** Dead letters go together into one segment up to the first of these. */
const SEGMENT_ROWS = 10_000;
const SEGMENT_BYTES = 4 * 1024 * 1024;

export interface RedriveOptions {
  readonly spool: Spool;
  readonly process: ProcessName;
  /** A record in which every column is there, for letters of a version that had fewer. */
  readonly blank: AuditRecord;
  readonly add: (item: Shippable) => void;
  readonly counts: () => RowCounts;
  /** Waits until what was added is delivered; false where it is not. */
  readonly settled: () => Promise<boolean>;
  /** Ends what is under way; nothing is sent any more. */
  readonly stop: () => Promise<void>;
}

export interface RedriveResult {
  delivered: number;
  /** Refused again. */
  refused: number;
  /** Neither: they are in the spool. */
  waiting: number;
  /** Letters that no record can be made of, and why. */
  readonly unreadable: string[];
}

/** A dead letter within a segment of the new chain. */
interface Placed {
  readonly path: string;
  readonly letter: DeadLetter;
  /** New sequence of its first record. */
  readonly first: number;
}

/**
 * Sends dead letters again, as new records of a chain of its own. A letter goes when its records are delivered; what is
 * refused again stays, with the reason of this time. Where the sink is away its records are in the spool like any other,
 * and the letter goes too: it would bring them a second time.
 */
export class Redrive {
  readonly result: RedriveResult = { delivered: 0, refused: 0, waiting: 0, unreadable: [] };
  readonly #options: RedriveOptions;
  readonly #chain: Chain;
  #part: OpenPart | undefined;
  #placed: Placed[] = [];
  #appended = 0;

  constructor(options: RedriveOptions) {
    this.#options = options;
    this.#chain = new Chain(options.process, options.spool.takePredecessors());
  }

  /** @returns False where what came before could not be delivered: the rest is better left for later. */
  async take(path: string): Promise<boolean> {
    const letter = await readDeadLetter(path).catch(() => undefined);
    if (letter === undefined) {
      this.result.unreadable.push(`${path}: it is no dead letter, or damaged`);
      return true;
    }
    try {
      this.#append(path, letter);
    } catch (error) {
      this.result.unreadable.push(`${path}: ${messageOf(error)}`);
    }
    const { segment } = this.#part ?? {};
    const isFull =
      segment !== undefined && (segment.rowCount >= SEGMENT_ROWS || segment.byteLength >= SEGMENT_BYTES);
    return isFull ? this.#send('records') : true;
  }

  /** Sends what is left, and closes the chain. */
  async end(): Promise<void> {
    if (this.#appended === 0 && this.#part === undefined) return;
    this.#part ??= this.#chain.begin();
    await this.#send('closing');
  }

  #append(path: string, letter: DeadLetter): void {
    const { rows, columns, chainId } = letter.segment;
    // NOTE: all of them are read before the first is written.
    const records = [...decodeRows(rows, columns)] as StoredRecord[];
    const part = (this.#part ??= this.#chain.begin());
    const first = part.segment.lastSequence + 1;
    for (const record of records) {
      this.#chain.append(part, this.#anew(record, chainId));
      this.#appended += 1;
    }
    this.#placed.push({ path, letter, first });
  }

  #anew(record: StoredRecord, chain: string): AuditRecord {
    const before = record.attributes[REDRIVEN_FROM];
    const place = `${chain}/${record.sequence}`;
    const from = before === undefined ? place : `${before}, ${place}`;
    return { ...this.#options.blank, ...record, attributes: { ...record.attributes, [REDRIVEN_FROM]: from } };
  }

  async #send(kind: 'records' | 'closing'): Promise<boolean> {
    const { add, counts, settled, spool, stop } = this.#options;
    const { segment, head } = this.#part as OpenPart;
    const placed = this.#placed;
    this.#part = undefined;
    this.#placed = [];
    const runs = segment.take();
    const { delivered, dead } = counts();
    const seal = this.#chain.seal({ segment, head }, kind, {
      appended: this.#appended,
      delivered,
      dropped: 0,
      dead,
    });
    const file = spool.begin(head);
    for (const run of runs) await file.append(run, true);
    await file.seal(seal);
    const stored = spool.stored(file, seal);
    const refused: { part: Segment; reason: string }[] = [];
    let isDone = false;
    add({
      seal,
      since: performance.now(),
      load: () => stored.load(),
      // NOTE: they are dead letters already, until it is known which of them are not any more.
      bury: async (part, reason) => void refused.push({ part, reason }),
      done: async () => {
        await stored.done();
        isDone = true;
      },
    });
    if (!(await settled())) await stop();
    if (!isDone) {
      this.result.waiting += segment.rowCount;
      for (const { path } of placed) await unlessGone(unlink(path));
      return false;
    }
    const reasons = reasonsOf(refused);
    for (const each of placed) await this.#settle(each, reasons);
    return true;
  }

  async #settle({ path, letter, first }: Placed, reasons: ReadonlyMap<number, string>): Promise<void> {
    const bounds = rowBounds(letter.segment.rows, letter.segment.columns) ?? [];
    const stay = new Map<string, typeof bounds>();
    for (const [index, row] of bounds.entries()) {
      const reason = reasons.get(first + index);
      if (reason !== undefined) stay.set(reason, [...(stay.get(reason) ?? []), row]);
    }
    const letters = new DeadLetters(() => dirname(dirname(path)));
    const kept: string[] = [];
    for (const [reason, rows] of stay) {
      const part = partOf(letter.segment, rows);
      await letters.bury(part, reason);
      kept.push(`${part.id}-${part.firstSequence}-${part.lastSequence}`);
      this.result.refused += rows.length;
    }
    this.result.delivered += bounds.length - [...stay.values()].reduce((sum, rows) => sum + rows.length, 0);
    if (!kept.some((name) => basename(path).startsWith(`${name}.`))) await unlessGone(unlink(path));
  }
}

/** By new sequences. */
function reasonsOf(refused: readonly { part: Segment; reason: string }[]): Map<number, string> {
  const reasons = new Map<number, string>();
  for (const { part, reason } of refused) {
    for (const { sequence } of rowBounds(part.rows, part.columns) ?? []) reasons.set(sequence, reason);
  }
  return reasons;
}
