import { Buffer } from 'node:buffer';
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

  get runs(): readonly RowRun[] {
    return this.#runs;
  }

  get pieces(): readonly Buffer[] {
    return this.#runs.map(({ rows }) => rows);
  }

  /** NOTE: put together each time, and not kept: what waits would be twice in memory. */
  get rows(): Buffer {
    const [first, ...others] = this.pieces;
    return first !== undefined && others.length === 0 ? first : Buffer.concat(this.pieces);
  }
}
