import { rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ChainEnd, SealText } from '../../integrity/seal.js';
import { messageOf } from '../../errors.js';
import { NAMED_TYPES } from '../segment.js';
import type { Segment } from '../segment.js';
import { Adoption } from './adoption.js';
import { DeadLetters } from './dead-letters.js';
import { DeliveredMarks } from './delivered-marks.js';
import { EndedChains } from './ended-chains.js';
import { ADOPTED } from './names.js';
import { occupiedBytes } from './occupied-bytes.js';
import { OwnSegmentFile } from './own-segment-file.js';
import { OwnerDirectory } from './owner-directory.js';
import { SpoolFullError } from './spool-full-error.js';
import type { SegmentFile, SegmentHead, Spool, SpoolOptions, StoredSegment } from './spool.js';
import { findDead, takeOver } from './take-over.js';
import { WaitingSegment } from './waiting-segment.js';

/** Opens the spool without touching the disk: that begins with the first segment, or with something to take over. */
export function openSpool(options: SpoolOptions): Spool {
  return new OwnedSpool(options);
}

class OwnedSpool implements Spool {
  readonly path: string;
  readonly #maxBytes: number;
  readonly #warn: (message: string) => void;
  readonly #letters: DeadLetters;
  readonly #ended: EndedChains;
  readonly #marks = new DeliveredMarks();
  readonly #adoption: Adoption;
  #owner: OwnerDirectory | undefined;
  #ownBytes = 0;
  #otherBytes = 0;
  /** What is done after the delivery of a segment, one by one. */
  #finishing: Promise<void> = Promise.resolve();

  constructor({ directory, destination, maxBytes, warn }: SpoolOptions) {
    this.path = join(directory, destination);
    this.#maxBytes = maxBytes;
    this.#warn = warn ?? (() => {});
    this.#letters = new DeadLetters(this.path);
    this.#ended = new EndedChains(this.path);
    this.#adoption = new Adoption({
      letters: this.#letters,
      ended: this.#ended,
      marks: this.#marks,
      warn: this.#warn,
      finish: (segment) => this.#finish(segment),
    });
  }

  byteLength(): number {
    return this.#ownBytes + this.#otherBytes;
  }

  begin(head: SegmentHead): SegmentFile {
    return new OwnSegmentFile(head, {
      path: () => this.#owner?.path ?? this.path,
      make: () => this.#make().path,
      reserve: (bytes) => this.#reserve(bytes),
      grew: (bytes) => {
        this.#ownBytes += bytes;
      },
      began: ({ predecessors }) => this.#ended.named(predecessors),
      delivered: (file, seal) => this.stored(file, seal).done(),
    });
  }

  stored(file: SegmentFile, seal: SealText): StoredSegment {
    const columns = file instanceof OwnSegmentFile ? file.columns : NAMED_TYPES;
    return new WaitingSegment(file.path, seal, file.byteLength, columns, (segment) => this.#finish(segment));
  }

  takePredecessors(): ChainEnd[] {
    return this.#ended.take();
  }

  async adopt(): Promise<StoredSegment[]> {
    const dead = await findDead(this.path, this.#owner?.id);
    if (dead.length > 0) await this.#takeOver(dead);
    const found =
      this.#owner === undefined ? [] : await this.#adoption.recover(join(this.#owner.path, ADOPTED));
    this.#otherBytes = await this.#othersBytes();
    return found;
  }

  async bury(segment: Segment, reason: string): Promise<void> {
    this.#otherBytes += await this.#letters.bury(segment, reason);
  }

  async close(): Promise<void> {
    await this.#finishing;
    const owner = this.#owner;
    this.#owner = undefined;
    await owner?.close();
  }

  #make(): OwnerDirectory {
    if (this.#owner?.isInPlace() === true) return this.#owner;
    void this.#owner?.close();
    this.#owner = OwnerDirectory.make(this.path);
    return this.#owner;
  }

  #reserve(bytes: number): void {
    if (this.byteLength() + bytes > this.#maxBytes) throw new SpoolFullError(this.#maxBytes);
  }

  async #takeOver(dead: readonly string[]): Promise<void> {
    const adopted = this.#make().makeAdopted();
    for (const name of dead) {
      try {
        await takeOver(join(this.path, name), adopted, name);
      } catch (error) {
        this.#adoption.leaveAlone(join(this.path, name), messageOf(error));
      }
    }
  }

  async #othersBytes(): Promise<number> {
    const bytes = await occupiedBytes(this.path, this.#owner?.id);
    return this.#owner === undefined ? bytes : bytes + (await occupiedBytes(join(this.#owner.path, ADOPTED)));
  }

  #finish(segment: WaitingSegment): Promise<void> {
    const finished = this.#finishing.then(() => this.#finishOne(segment));
    this.#finishing = finished.catch(() => {});
    return finished;
  }

  /** NOTE: the seal is kept before the rows go, so that a crash in between does not cut the chain. */
  async #finishOne(segment: WaitingSegment): Promise<void> {
    const { path, seal } = segment;
    const isEnd = seal.seal.kind === 'closing' || seal.seal.kind === 'abandoned';
    let grownBytes = -segment.byteLength;
    if (isEnd) await this.#ended.add(seal);
    else grownBytes += await this.#marks.keep(path, seal);
    if (segment.isDamaged) await this.#adoption.keepEvidence(path, 'some of its rows are damaged');
    else await rm(path, { force: true });
    if (isEnd) grownBytes -= await this.#marks.forget(seal.seal.chain);
    this.#adoption.forget(path);
    await this.#account(path, grownBytes);
  }

  async #account(path: string, grownBytes: number): Promise<void> {
    const directory = dirname(path);
    if (basename(dirname(directory)) !== ADOPTED) {
      this.#ownBytes += grownBytes;
      return;
    }
    this.#otherBytes = Math.max(0, this.#otherBytes + grownBytes);
    await rmdir(directory).catch(() => {});
  }
}
