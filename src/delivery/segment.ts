import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { COLUMNS } from '../record/columns.js';
import { encodeHeader, encodeRecord } from '../record/encode.js';
import type { StoredRecord } from '../record/record.js';
import { RowBinaryWriter } from '../record/row-binary-writer.js';
import { uuidV4 } from '../record/uuid.js';

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
  /** The rows in RowBinary. */
  readonly rows: Buffer;
}

const HEADER = encodeHeader();
export const NAMED_TYPES: readonly NamedType[] = COLUMNS.map(({ name, type }) => [name, type]);

/** Rows in a row, as they go to a file together. */
export interface RowRun {
  readonly rows: Buffer;
  readonly first: number;
  readonly count: number;
}

/** A segment that still takes records. */
export class OpenSegment {
  readonly id: string;
  readonly chainId: string;
  readonly firstSequence: number;
  readonly #writer = new RowBinaryWriter();
  readonly #digest = createHash('sha256');
  #rowCount = 0;
  #taken = 0;
  #takenRows = 0;
  #occurredFrom = 0n;
  #occurredTo = 0n;

  /** @param id Given where the same segment may be made again. @default a new one */
  constructor(chainId: string, firstSequence: number, id: string = uuidV4()) {
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
    encodeRecord(this.#writer, record);
    const at = record.occurred_at;
    if (this.#rowCount === 0 || at < this.#occurredFrom) this.#occurredFrom = at;
    if (this.#rowCount === 0 || at > this.#occurredTo) this.#occurredTo = at;
    this.#rowCount += 1;
  }

  /** What came since the last time; undefined where nothing did. */
  take(): RowRun | undefined {
    const count = this.#rowCount - this.#takenRows;
    if (count === 0) return undefined;
    const first = this.firstSequence + this.#takenRows;
    // NOTE: the writer never changes bytes it has given out, not even when it grows.
    const rows = this.#writer.take().subarray(this.#taken);
    this.#digest.update(rows);
    this.#taken += rows.length;
    this.#takenRows = this.#rowCount;
    return { rows, first, count };
  }

  /** All rows so far. */
  all(): Buffer {
    return this.#writer.take();
  }

  /** SHA-256 in hex over all that was taken. */
  digest(): string {
    return this.#digest.copy().digest('hex');
  }

  seal(): Segment {
    return {
      id: this.id,
      chainId: this.chainId,
      firstSequence: this.firstSequence,
      lastSequence: this.lastSequence,
      rowCount: this.#rowCount,
      columns: NAMED_TYPES,
      header: HEADER,
      // NOTE: copied to its exact size, so that what waits takes the memory it is counted with.
      rows: Buffer.from(this.#writer.take()),
    };
  }
}
