import type { Buffer } from 'node:buffer';
import type { MissingRows } from '../integrity/certificate.js';
import type { SealCounts, SealText, SegmentKind } from '../integrity/seal.js';
import type { AuditRecord } from '../record/record.js';
import type { Chain, OpenPart } from './chain.js';
import type { RowRun, Segment } from './segment.js';
import type { SegmentFile, SegmentHead, StoredSegment } from './spool/spool.js';
import { performance } from '../timers.js';

/** One segment on its way: it takes records, goes into its file, and is loaded from memory or from there. */
export class Page {
  readonly head: SegmentHead;
  readonly #chain: Chain;
  /** Undefined once it is closed: then the image has what it held, in the memory it needs. */
  #part: OpenPart | undefined;
  readonly #runs: RowRun[] = [];
  #savedRows = 0;
  #savedBytes = 0;
  #seal: SealText | undefined;
  #image: Segment | undefined;
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

  /** Bytes that are nowhere but in memory. */
  get unsavedBytes(): number {
    return this.isDelivered ? 0 : this.byteLength - this.#savedBytes;
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
    this.#takeRun();
    this.#seal = this.#chain.seal(part, kind, counts);
    this.#image = part.segment.seal();
    this.#sealedBytes = part.segment.byteLength;
    this.#sealedAtMillis = performance.now();
    this.#part = undefined;
    this.#rebase(this.#image.rows);
    return this.#seal;
  }

  /** What is still to be written is taken from the image, so that the larger buffer before it is free. */
  #rebase(rows: Buffer): void {
    let at = rows.length - this.#runs.reduce((sum, run) => sum + run.rows.length, 0);
    for (const [index, run] of this.#runs.entries()) {
      const end = at + run.rows.length;
      this.#runs[index] = { ...run, rows: rows.subarray(at, end) };
      at = end;
    }
  }

  /** Rows that its file lacks, in order; undefined where it has all. They stay the next until they are {@link wrote}. */
  nextRun(): RowRun | undefined {
    if (this.#runs.length === 0) this.#takeRun();
    return this.#runs[0];
  }

  #takeRun(): void {
    const run = this.#part?.segment.take();
    if (run !== undefined) this.#runs.push(run);
  }

  wrote(run: RowRun): void {
    this.#runs.shift();
    this.#savedRows += run.count;
    this.#savedBytes += run.rows.length;
  }

  /** Its file is lost: all of it has to be written again, to another. */
  begunAgain(file: SegmentFile): void {
    this.file = file;
    this.#takeRun();
    const rows = this.#image?.rows ?? this.#part?.segment.all();
    const all = { rows: rows as Buffer, first: this.head.firstSequence, count: this.rowCount };
    this.#runs.splice(0, this.#runs.length, ...(all.count === 0 ? [] : [all]));
    this.#savedRows = 0;
    this.#savedBytes = 0;
  }

  saved(stored: StoredSegment): void {
    this.#stored = stored;
  }

  /** Bytes held in memory although the file has them. */
  get sparedBytes(): number {
    return this.isSaved && this.#image !== undefined ? this.byteLength : 0;
  }

  /** Gives the memory free that its file makes needless. */
  release(): void {
    if (this.isSaved) this.#image = undefined;
  }

  /** The sink has its rows, though not yet what was promised of them. */
  accepted(): void {
    this.isDelivered = true;
    this.#image = undefined;
    this.#runs.length = 0;
  }

  async load(): Promise<{ segment: Segment; missing: readonly MissingRows[] }> {
    if (this.#image !== undefined) return { segment: this.#image, missing: [] };
    return (this.#stored as StoredSegment).load();
  }

  async removeFile(): Promise<void> {
    await this.#stored?.done();
  }
}
