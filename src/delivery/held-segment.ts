import { Buffer } from 'node:buffer';
import { giveRowBufferBack } from '../record/row-buffers.js';
import type { RowRun } from './row-run.js';
import type { NamedType, Segment } from './segment.js';

/** A sealed segment in memory, in the buffers in which it was written: a large one is not copied to be sent. */
export class HeldSegment implements Segment {
  readonly id: string;
  readonly chainId: string;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly rowCount: number;
  readonly columns: readonly NamedType[];
  readonly header: Buffer;
  readonly #runs: readonly RowRun[];
  /** How often its pieces were asked for; without end where somebody may keep them. */
  #readings = 0;
  #isGivenBack = false;

  constructor(described: Omit<Segment, 'rows' | 'pieces'>, runs: readonly RowRun[]) {
    this.id = described.id;
    this.chainId = described.chainId;
    this.firstSequence = described.firstSequence;
    this.lastSequence = described.lastSequence;
    this.rowCount = described.rowCount;
    this.columns = described.columns;
    this.header = described.header;
    this.#runs = runs;
  }

  /** @throws Error once its memory is used for others: an attempt that was given up may come back. */
  get runs(): readonly RowRun[] {
    if (this.#isGivenBack) throw new Error('the segment is delivered');
    return this.#runs;
  }

  get pieces(): readonly Buffer[] {
    this.#readings += 1;
    return this.runs.map(({ rows }) => rows);
  }

  /** NOTE: put together each time, and not kept: what waits would be twice in memory. */
  get rows(): Buffer {
    const [first, ...others] = this.pieces;
    this.#readings = Infinity;
    return first !== undefined && others.length === 0 ? first : Buffer.concat(this.pieces);
  }

  /**
   * Nobody needs it any more. Its memory is used again only where it was read once, for one insert that was answered: of an
   * attempt before that, the system could still be sending.
   */
  giveBack(): void {
    if (this.#readings !== 1 || this.#isGivenBack) return;
    this.#isGivenBack = true;
    for (const { rows } of this.#runs) giveRowBufferBack(rows);
  }
}
