import type { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { COLUMNS } from '../record/columns.js';
import { encodeHeader, encodeRecord } from '../record/encode.js';
import { fitted } from '../record/fitted.js';
import type { AuditRecord, Place, StoredRecord } from '../record/record.js';
import { RowBinaryWriter } from '../record/row-binary-writer.js';
import { giveRowBufferBack } from '../record/row-buffers.js';
import { uuidV7 } from '../record/uuid.js';
import { HeldSegment } from './held-segment.js';
import { runsBehind } from './row-run.js';
import type { RowRun } from './row-run.js';

/** A column as RowBinaryWithNamesAndTypes names it. */
export type NamedType = readonly [name: string, type: string];

/** A sealed run of records: one insert, with its id as the deduplication token. */
export interface Segment {
  readonly id: string;
  readonly chainId: string;
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** May be fewer than the sequences between the first and the last, where rows were lost or refused. */
  readonly rowCount: number;
  /** Names and types of the columns of its rows, which may be those of an older version. */
  readonly columns: readonly NamedType[];
  /** The same, as RowBinaryWithNamesAndTypes wants them before the rows. */
  readonly header: Buffer;
  /** The rows in RowBinary. Made of {@link pieces} where there are some: to be asked for once. */
  readonly rows: Buffer;
  /** The same rows in the buffers where they lie. */
  readonly pieces?: readonly Buffer[];
}

const HEADER = encodeHeader();
export const NAMED_TYPES: readonly NamedType[] = COLUMNS.map(({ name, type }) => [name, type]);

/** A segment that still takes records. */
export class OpenSegment {
  readonly id: string;
  readonly chainId: string;
  readonly firstSequence: number;
  readonly #writer = new RowBinaryWriter();
  readonly #digest = createHash('sha256');
  /** Rows that stand in buffers that take no more. */
  readonly #full: RowRun[] = [];
  #fullRows = 0;
  #rowCount = 0;
  #takenRows = 0;
  #takenBytes = 0;
  #occurredFrom = 0n;
  #occurredTo = 0n;
  /** Whether what it holds has copied the rows in its last buffer. */
  #isRestCopied = false;

  /** @param id Given where the same segment may be made again. @default a new one */
  constructor(chainId: string, firstSequence: number, id: string = uuidV7()) {
    this.id = id;
    this.chainId = chainId;
    this.firstSequence = firstSequence;
  }

  get byteLength(): number {
    return this.#writer.length;
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  /** Of a segment without rows: one before the first. */
  get lastSequence(): number {
    return this.firstSequence + this.#rowCount - 1;
  }

  /** Smallest and largest `occurred_at`, in nanoseconds; both 0 without rows. */
  get occurred(): { readonly from: bigint; readonly to: bigint } {
    return { from: this.#occurredFrom, to: this.#occurredTo };
  }

  /** @throws TypeError for a record that cannot be encoded; the segment is then as before. */
  append(record: StoredRecord): void {
    this.appendAt(record, record);
  }

  /** The same of a record that is given its place only now. */
  appendAt(record: AuditRecord, place: Place): void {
    encodeRecord(this.#writer, record, place);
    const at = record.occurred_at;
    if (this.#rowCount === 0 || at < this.#occurredFrom) this.#occurredFrom = at;
    if (this.#rowCount === 0 || at > this.#occurredTo) this.#occurredTo = at;
    if (this.#writer.full.length > this.#full.length) this.#noticeFull();
    this.#rowCount += 1;
  }

  /** NOTE: the record for which there was no room, finished or not, is not among these rows. */
  #noticeFull(): void {
    const rows = this.#writer.full.at(-1);
    if (rows === undefined || this.#writer.full.length === this.#full.length) return;
    this.#full.push({ ...this.#behindFull(), rows });
    this.#fullRows = this.#rowCount;
  }

  #behindFull(): RowRun {
    const first = this.firstSequence + this.#fullRows;
    return { rows: this.#writer.rest(), first, count: this.#rowCount - this.#fullRows };
  }

  /** All rows so far, in as many runs as there are buffers. They never change. */
  runs(): readonly RowRun[] {
    this.#noticeFull();
    const rest = this.#behindFull();
    return rest.count === 0 ? [...this.#full] : [...this.#full, rest];
  }

  /** What came since the last time. */
  take(): readonly RowRun[] {
    const runs = runsBehind(this.runs(), this.#takenRows, this.#takenBytes);
    for (const { rows, count } of runs) {
      this.#digest.update(rows);
      this.#takenBytes += rows.length;
      this.#takenRows += count;
    }
    return runs;
  }

  /** SHA-256 in hex over all that was taken. */
  digest(): string {
    return this.#digest.copy().digest('hex');
  }

  /** As it waits: in the memory that it is counted with. Nothing is appended afterwards. */
  hold(): HeldSegment {
    const { id, chainId, firstSequence, lastSequence, rowCount } = this;
    const described = { id, chainId, firstSequence, lastSequence, rowCount };
    const runs = this.runs().map((run) => ({ ...run, rows: fitted(run.rows) }));
    this.#isRestCopied = runs.every(({ rows }) => rows.buffer !== this.#writer.rest().buffer);
    return new HeldSegment({ ...described, columns: NAMED_TYPES, header: HEADER }, runs);
  }

  /** What it has written its last rows into is needed no more, nor the runs that were taken of it. After {@link hold}. */
  giveBack(): void {
    if (this.#isRestCopied) giveRowBufferBack(this.#writer.rest());
    this.#isRestCopied = false;
  }

  /** The same, with its rows in one buffer. */
  seal(): Segment {
    const { id, chainId, firstSequence, lastSequence, rowCount, columns, header, rows } = this.hold();
    return { id, chainId, firstSequence, lastSequence, rowCount, columns, header, rows };
  }
}
