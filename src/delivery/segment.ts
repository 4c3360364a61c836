import { Buffer } from 'node:buffer';
import { encodeHeader, encodeRecord } from '../record/encode.js';
import type { StoredRecord } from '../record/record.js';
import { RowBinaryWriter } from '../record/row-binary-writer.js';
import { uuidV4 } from '../record/uuid.js';

/** A sealed run of records: one insert, with its id as the deduplication token. */
export interface Segment {
  readonly id: string;
  readonly chainId: string;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly rowCount: number;
  /** Names and types of the columns, as RowBinaryWithNamesAndTypes wants them before the rows. */
  readonly header: Buffer;
  /** The rows in RowBinary. */
  readonly rows: Buffer;
}

const HEADER = encodeHeader();

/** A segment that still takes records. */
export class OpenSegment {
  readonly id: string;
  readonly #chainId: string;
  readonly #firstSequence: number;
  readonly #writer = new RowBinaryWriter();
  #rowCount = 0;

  /** @param id Given where the same segment may be made again. @default a new one */
  constructor(chainId: string, firstSequence: number, id: string = uuidV4()) {
    this.id = id;
    this.#chainId = chainId;
    this.#firstSequence = firstSequence;
  }

  get byteLength(): number {
    return this.#writer.length;
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  /** @throws TypeError for a record that cannot be encoded; the segment is then as before. */
  append(record: StoredRecord): void {
    encodeRecord(this.#writer, record);
    this.#rowCount += 1;
  }

  seal(): Segment {
    return {
      id: this.id,
      chainId: this.#chainId,
      firstSequence: this.#firstSequence,
      lastSequence: this.#firstSequence + this.#rowCount - 1,
      rowCount: this.#rowCount,
      header: HEADER,
      // NOTE: copied to its exact size, so that what waits takes the memory it is counted with.
      rows: Buffer.from(this.#writer.take()),
    };
  }
}
