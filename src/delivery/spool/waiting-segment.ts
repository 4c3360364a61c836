import type { MissingRows } from '../../integrity/certificate.js';
import type { SealText } from '../../integrity/seal.js';
import { encodeHeader } from '../../record/encode.js';
import type { NamedType, Segment } from '../segment.js';
import { readWhole } from './read-file.js';
import { missingOf, readContent, rowCountOf, rowsOf } from './segment-content.js';
import { readHead } from './segment-head.js';
import type { StoredSegment } from './spool.js';

/** What is to be done with the file of a segment that was delivered. */
export type Finish = (segment: WaitingSegment) => Promise<void>;

/** A sealed segment in a file. */
export class WaitingSegment implements StoredSegment {
  readonly path: string;
  readonly seal: SealText;
  readonly byteLength: number;
  readonly #columns: readonly NamedType[];
  readonly #finish: Finish;
  #isDamaged: boolean;

  constructor(
    path: string,
    seal: SealText,
    byteLength: number,
    columns: readonly NamedType[],
    finish: Finish,
    isDamaged = false,
  ) {
    this.path = path;
    this.seal = seal;
    this.byteLength = byteLength;
    this.#columns = columns;
    this.#finish = finish;
    this.#isDamaged = isDamaged;
  }

  /** Fully known once it was loaded. */
  get isDamaged(): boolean {
    return this.#isDamaged;
  }

  get columns(): readonly NamedType[] {
    return this.#columns;
  }

  async load(): Promise<{ readonly segment: Segment; readonly missing: readonly MissingRows[] }> {
    const { segment: id, chain, first, last } = this.seal.seal;
    const bytes = await readWhole(this.path);
    const head = readHead(bytes);
    // NOTE: a head that is damaged now was read before; the frames behind it are found without it.
    const from = head.status === 'whole' ? head.end : 0;
    const content = readContent(bytes, from, id, first);
    const missing = missingOf(content.runs, first, last);
    this.#isDamaged ||= content.isDamaged || missing.length > 0 || from === 0;
    const segment: Segment = {
      id,
      chainId: chain,
      firstSequence: first,
      lastSequence: last,
      rowCount: rowCountOf(content),
      columns: this.#columns,
      header: encodeHeader(this.#columns),
      rows: rowsOf(content),
    };
    return { segment, missing };
  }

  done(): Promise<void> {
    return this.#finish(this);
  }
}
