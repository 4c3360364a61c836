import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SealText } from '../../integrity/seal.js';
import { writeWhole } from './durable-file.js';
import { unlessGone } from './fs-error.js';
import { fileName } from './names.js';
import { encodeDelivered } from './stored-seal.js';
import { bytesOf } from './write-fully.js';

/** The file with the seal of a delivered segment. */
export interface DeliveredMark {
  readonly chain: string;
  readonly number: number;
  readonly path: string;
  readonly byteLength: number;
}

/** Of each chain, the seal of its newest delivered segment: whoever closes the chain goes on from there. */
export class DeliveredMarks {
  readonly #newest = new Map<string, DeliveredMark>();

  /** @returns the one that it takes the place of, whose file is to go; itself where there is a newer one */
  learn(mark: DeliveredMark): DeliveredMark | undefined {
    const before = this.#newest.get(mark.chain);
    if (before !== undefined && before.number > mark.number) return mark;
    this.#newest.set(mark.chain, mark);
    return before?.path === mark.path ? undefined : before;
  }

  /**
   * Keeps the seal of a segment beside its file, unless there is a newer one.
   *
   * @returns by how many bytes the spool grew
   */
  async keep(segmentPath: string, seal: SealText): Promise<number> {
    const { chain, number } = seal.seal;
    if ((this.#newest.get(chain)?.number ?? 0) >= number) return 0;
    const buffers = encodeDelivered(seal);
    const path = join(dirname(segmentPath), fileName(chain, number, 'done'));
    await unlessGone(writeWhole(path, buffers, false));
    const byteLength = bytesOf(buffers);
    const before = this.learn({ chain, number, path, byteLength });
    if (before !== undefined) await rm(before.path, { force: true });
    return byteLength - (before?.byteLength ?? 0);
  }

  /** The chain has ended. @returns by how many bytes the spool became smaller */
  async forget(chain: string): Promise<number> {
    const mark = this.#newest.get(chain);
    this.#newest.delete(chain);
    if (mark === undefined) return 0;
    await rm(mark.path, { force: true });
    return mark.byteLength;
  }
}
