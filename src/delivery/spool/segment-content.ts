import { Buffer } from 'node:buffer';
import type { MissingRows } from '../../integrity/certificate.js';
import type { SealText } from '../../integrity/seal.js';
import type { RowRun } from '../row-run.js';
import { FRAME_HEADER_BYTES, FRAME_KIND, nextFrame, readFrameHeader, readPayload, seedOf } from './frame.js';
import type { FrameHeader } from './frame.js';
import { isZero } from './segment-head.js';
import { readSeal } from './stored-seal.js';

/** What the frames behind the head of a file hold, as far as they can be read. */
export interface SegmentContent {
  /** In order of their sequences. */
  readonly runs: readonly RowRun[];
  readonly seal: SealText | undefined;
  /** Sequence of the last row that was written, read or not; one before the first without rows. */
  readonly lastSequence: number;
  /** Some of it is not what was written. A writer that was stopped in the middle of a frame is no damage. */
  readonly isDamaged: boolean;
  /** Where a seal can be appended: behind the last whole frame, or behind what is damaged, which is kept. */
  readonly end: number;
}

/** Reads the frames from a place on; a damaged one costs what it held, nothing behind it. */
export function readContent(
  bytes: Buffer,
  from: number,
  segmentId: string,
  firstSequence: number,
): SegmentContent {
  return new ContentReader(bytes, from, seedOf(segmentId), firstSequence).read();
}

export function rowsOf(content: SegmentContent): Buffer {
  return Buffer.concat(content.runs.map(({ rows }) => rows));
}

export function rowCountOf(content: SegmentContent): number {
  return content.runs.reduce((sum, { count }) => sum + count, 0);
}

/** The sequences that were written and are in no run. */
export function missingOf(runs: readonly RowRun[], first: number, last: number): MissingRows[] {
  const missing: MissingRows[] = [];
  let next = first;
  for (const run of [...runs, { first: last + 1, count: 0 }]) {
    if (run.first > next) missing.push({ first: next, last: run.first - 1, reason: 'damaged' });
    next = Math.max(next, run.first + run.count);
  }
  return missing;
}

class ContentReader {
  readonly #bytes: Buffer;
  readonly #seed: number;
  readonly #runs: RowRun[] = [];
  #at: number;
  #end: number;
  #lastSequence: number;
  #seal: SealText | undefined;
  #isDamaged = false;

  constructor(bytes: Buffer, from: number, seed: number, firstSequence: number) {
    this.#bytes = bytes;
    this.#seed = seed;
    this.#at = from;
    this.#end = from;
    this.#lastSequence = firstSequence - 1;
  }

  read(): SegmentContent {
    // NOTE: nothing is written behind a seal.
    while (this.#at < this.#bytes.length && this.#seal === undefined && this.#step());
    return {
      runs: this.#runs,
      seal: this.#seal,
      lastSequence: this.#lastSequence,
      isDamaged: this.#isDamaged,
      end: this.#end,
    };
  }

  /** @returns false where nothing more can be read */
  #step(): boolean {
    const header = readFrameHeader(this.#bytes, this.#at, this.#seed);
    if (header === undefined) return this.#search();
    const next = this.#at + FRAME_HEADER_BYTES + header.payloadBytes;
    if (next > this.#bytes.length) return false;
    const payload = readPayload(this.#bytes, this.#at, header);
    if (payload === undefined) this.#lose(header);
    else this.#take(header, payload);
    this.#at = next;
    this.#end = next;
    return true;
  }

  #search(): boolean {
    const rest = this.#bytes.subarray(this.#at);
    if (rest.length < FRAME_HEADER_BYTES || isZero(rest)) return false;
    this.#isDamaged = true;
    const next = nextFrame(this.#bytes, this.#at + 1, this.#seed);
    this.#at = next;
    this.#end = next === -1 ? this.#bytes.length : next;
    return next !== -1;
  }

  #take(header: FrameHeader, payload: Buffer): void {
    if (header.kind === FRAME_KIND.rows) this.#takeRows(header, payload);
    if (header.kind !== FRAME_KIND.seal) return;
    this.#seal = readSeal(payload);
    this.#isDamaged ||= this.#seal === undefined;
  }

  #takeRows(header: FrameHeader, rows: Buffer): void {
    if (header.first <= this.#lastSequence) {
      this.#isDamaged = true;
      return;
    }
    this.#isDamaged ||= header.first > this.#lastSequence + 1;
    this.#runs.push({ rows, first: header.first, count: header.rowCount });
    this.#lastSequence = header.first + header.rowCount - 1;
  }

  #lose(header: FrameHeader): void {
    this.#isDamaged = true;
    if (header.kind !== FRAME_KIND.rows) return;
    this.#lastSequence = Math.max(this.#lastSequence, header.first + header.rowCount - 1);
  }
}
