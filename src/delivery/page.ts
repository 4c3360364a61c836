import type { MissingRows } from '../integrity/certificate.js';
import type { SealCounts, SealText, SegmentKind } from '../integrity/seal.js';
import type { AuditRecord } from '../record/record.js';
import type { Chain, OpenPart } from './chain.js';
import type { HeldSegment } from './held-segment.js';
import { runsBehind } from './row-run.js';
import type { RowRun } from './row-run.js';
import type { OpenSegment, Segment } from './segment.js';
import type { SegmentFile, SegmentHead, StoredSegment } from './spool/spool.js';
import { performance } from '../timers.js';

/** Measured: what a segment that waits takes beside its rows, for its head, its seal and its way. */
const BESIDE_ROWS_BYTES = 4 * 1024;

/** One segment on its way: it takes records, goes into its file, and is loaded from memory or from there. */
export class Page {
  readonly head: SegmentHead;
  readonly #chain: Chain;
  /** Undefined once it is closed: then the image has what it held, in the memory that it needs. */
  #part: OpenPart | undefined;
  #runs: RowRun[] = [];
  #savedRows = 0;
  #savedBytes = 0;
  #seal: SealText | undefined;
  #image: HeldSegment | undefined;
  /** What it was written with, until its memory is free. */
  #written: OpenSegment | undefined;
  #stored: StoredSegment | undefined;
  #sealedAtMillis = 0;
  #sealedBytes = 0;
  /** Undefined where there is no spool. */
  file: SegmentFile | undefined;
  /** The sink has its rows, wherever else they are. */
  isDelivered = false;
  /** Given to the shipper. */
  isShipped = false;

  constructor(chain: Chain) {
    this.#chain = chain;
    this.#part = chain.begin();
    this.head = this.#part.head;
  }

  get rowCount(): number {
    return this.#seal?.seal.rows ?? this.#part?.segment.rowCount ?? 0;
  }

  get byteLength(): number {
    return this.#part?.segment.byteLength ?? this.#sealedBytes;
  }

  /** Rows that are in its file, or with the sink. */
  get savedRows(): number {
    return this.isDelivered ? this.rowCount : this.#savedRows;
  }

  /** Bytes of memory for what is nowhere else. */
  get unsavedBytes(): number {
    return this.isDelivered ? 0 : this.byteLength - this.#savedBytes + BESIDE_ROWS_BYTES;
  }

  /** Whether its file is complete. */
  get isSaved(): boolean {
    return this.#stored !== undefined;
  }

  get seal(): SealText | undefined {
    return this.#seal;
  }

  get sealedAtMillis(): number {
    return this.#sealedAtMillis;
  }

  /** @throws TypeError for a record that cannot be encoded. */
  append(record: AuditRecord): void {
    if (this.#part === undefined) throw new TypeError('the segment is sealed');
    this.#chain.append(this.#part, record);
  }

  close(kind: SegmentKind, counts: SealCounts): SealText {
    const part = this.#part;
    if (part === undefined) throw new TypeError('the segment is sealed');
    this.#runs.push(...part.segment.take());
    this.#seal = this.#chain.seal(part, kind, counts);
    this.#image = part.segment.hold();
    this.#sealedBytes = part.segment.byteLength;
    this.#sealedAtMillis = performance.now();
    this.#part = undefined;
    this.#written = part.segment;
    if (this.file === undefined) this.#giveWrittenBack();
    // NOTE: what is still to be written is taken from the image, so that larger buffers before it are free.
    this.#runs = runsBehind(this.#image.runs, this.#savedRows, this.#savedBytes);
    return this.#seal;
  }

  /** Whether its file lacks rows. */
  get hasUnwritten(): boolean {
    return this.hasRun || (this.#part !== undefined && this.#part.segment.rowCount > this.#savedRows);
  }

  /** Whether some of those were taken already, and belong to what was written last. */
  get hasRun(): boolean {
    return this.#runs.length > 0;
  }

  /** Rows that its file lacks, in order; undefined where it has all. They stay the next until they are {@link wrote}. */
  nextRun(): RowRun | undefined {
    if (this.#runs.length === 0 && this.#part !== undefined) this.#runs.push(...this.#part.segment.take());
    return this.#runs[0];
  }

  wrote(run: RowRun): void {
    // NOTE: sealed meanwhile, what follows it may stand in the same run.
    this.#runs = runsBehind(this.#runs, run.count, run.rows.length);
    this.#savedRows += run.count;
    this.#savedBytes += run.rows.length;
  }

  /** Its file is lost: all of it has to be written again, to another. */
  begunAgain(file: SegmentFile): void {
    this.file = file;
    this.#part?.segment.take();
    this.#runs = [...(this.#image?.runs ?? this.#part?.segment.runs() ?? [])];
    this.#savedRows = 0;
    this.#savedBytes = 0;
  }

  /** NOTE: until then a write of what was taken before it was closed may be under way. */
  saved(stored: StoredSegment): void {
    this.#stored = stored;
    this.#giveWrittenBack();
  }

  #giveWrittenBack(): void {
    this.#written?.giveBack();
    this.#written = undefined;
  }

  /** Bytes held in memory although the file has them. */
  get sparedBytes(): number {
    return this.isSaved && this.#image !== undefined ? this.byteLength : 0;
  }

  /** Gives the memory free that its file makes needless. */
  release(): void {
    if (this.isSaved) this.#image = undefined;
  }

  /** The sink has its rows, though not yet what was promised of them. Where there is no spool. */
  accepted(): void {
    this.isDelivered = true;
    this.#runs = [];
    this.#giveBack();
  }

  /** Nothing is left to do with it. */
  ended(): void {
    if (this.isSaved) this.#giveBack();
  }

  #giveBack(): void {
    this.#image?.giveBack();
    this.#image = undefined;
  }

  async load(): Promise<{ segment: Segment; missing: readonly MissingRows[] }> {
    if (this.#image !== undefined) return { segment: this.#image, missing: [] };
    return (this.#stored as StoredSegment).load();
  }

  async removeFile(): Promise<void> {
    await this.#stored?.done();
  }
}
