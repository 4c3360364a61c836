import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SealText } from '../../integrity/seal.js';
import { writeWhole, writeWholeNow } from './durable-file.js';
import { unlessGone } from './fs-error.js';
import { fileName } from './names.js';
import type { OccupiedBytes } from './occupied-bytes.js';
import { encodeDelivered } from './stored-seal.js';
import { bytesOf } from './write-fully.js';

/** The file with the seal of a delivered segment. */
export interface DeliveredMark {
  readonly chain: string;
  readonly number: number;
  readonly path: string;
  readonly byteLength: number;
  readonly seal: SealText;
}

/** Of each chain, the seal of its newest delivered segment: whoever closes the chain goes on from there. */
export class DeliveredMarks {
  readonly #newest = new Map<string, DeliveredMark>();
  readonly #bytes: OccupiedBytes;

  constructor(bytes: OccupiedBytes) {
    this.#bytes = bytes;
  }

  /**
   * One that was found. Whoever died between keeping a seal and removing the one before has left both: alone, when the chain
   * has ended, the older one would have it closed a second time.
   */
  async found(mark: DeliveredMark): Promise<void> {
    const before = this.#newest.get(mark.chain);
    if (before?.path === mark.path) return;
    if (before === undefined || before.number < mark.number) this.#set(mark);
    if (before !== undefined) await this.#remove(before.number < mark.number ? before : mark);
  }

  /** Keeps the seal of a segment beside its file, unless there is a newer one. */
  async keep(segmentPath: string, seal: SealText): Promise<void> {
    const { chain, number } = seal.seal;
    if (this.newestOf(chain) >= number) return;
    const buffers = encodeDelivered(seal);
    const path = join(dirname(segmentPath), fileName(chain, number, 'done'));
    await unlessGone(writeWhole(path, buffers, false));
    const before = this.#newest.get(chain);
    this.#set({ chain, number, path, byteLength: bytesOf(buffers), seal });
    if (before !== undefined) await this.#remove(before);
  }

  /** The same for the end of the process. @throws the error of the file system */
  keepNow(segmentPath: string, seal: SealText): void {
    const { chain, number } = seal.seal;
    if (this.newestOf(chain) >= number) return;
    const buffers = encodeDelivered(seal);
    const path = join(dirname(segmentPath), fileName(chain, number, 'done'));
    writeWholeNow(path, buffers);
    const before = this.#newest.get(chain);
    this.#set({ chain, number, path, byteLength: bytesOf(buffers), seal });
    if (before !== undefined) rmSync(before.path, { force: true });
  }

  /** Number of the newest delivered segment; 0 for none. */
  newestOf(chain: string): number {
    return this.#newest.get(chain)?.number ?? 0;
  }

  /** Seal of the last segment of a chain that has ended, where it was delivered. */
  endOf(chain: string): SealText | undefined {
    const seal = this.#newest.get(chain)?.seal;
    return seal !== undefined && isEnd(seal) ? seal : undefined;
  }

  /** The end is kept elsewhere. */
  async forget(chain: string): Promise<void> {
    const mark = this.#newest.get(chain);
    this.#newest.delete(chain);
    if (mark !== undefined) await this.#remove(mark);
  }

  #set(mark: DeliveredMark): void {
    this.#newest.set(mark.chain, mark);
    this.#bytes.set(mark.path, mark.byteLength);
  }

  async #remove({ path }: DeliveredMark): Promise<void> {
    await rm(path, { force: true });
    this.#bytes.set(path, 0);
  }
}

/** Whether a chain ends with this segment. */
export function isEnd({ seal: { kind } }: SealText): boolean {
  return kind === 'closing' || kind === 'abandoned';
}
