import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SealText } from '../../integrity/seal.js';
import { messageOf } from '../../errors.js';
import { writeWhole } from './durable-file.js';
import { hasCode } from './fs-error.js';
import { settleLeftFile, unsealedRest } from './left-file.js';
import type { LeftFile } from './left-file.js';
import { fileName } from './names.js';
import type { NamedFile } from './names.js';
import { isEnd } from './delivered-marks.js';
import type { DeliveredMark } from './delivered-marks.js';
import { readSmall } from './read-file.js';
import { closeLeft } from './recovered-seal.js';
import { encodeHead } from './segment-head.js';
import { encodeSeal, readDelivered } from './stored-seal.js';
import { bytesOf } from './write-fully.js';
import type { WaitingSegment } from './waiting-segment.js';

/** A file of a chain whose process is dead. */
export interface ChainFile extends NamedFile {
  readonly path: string;
}

export type SealedFile = Extract<LeftFile, { status: 'sealed' }>;

/** What the recovery of a chain needs from the spool. */
export interface RecoveryPlace {
  /** Segments that were given out and are not delivered. */
  waiting(path: string): WaitingSegment | undefined;
  /** Gives one out. */
  wait(path: string, file: SealedFile): void;
  /** Whether there is room for one more. */
  hasRoom(): boolean;
  /** Says once that a file is left where it is, and why. */
  leaveAlone(path: string, reason: string): void;
  /** The newest segment of a chain that was delivered before. */
  delivered(mark: DeliveredMark): Promise<void>;
  /** Number of the newest segment of a chain that is known to be delivered; 0 for none. */
  newestDelivered(chain: string): number;
  /** Keeps a file that cannot be sent as evidence. */
  keepEvidence(path: string, reason: string): Promise<void>;
  end(seal: SealText): Promise<void>;
}

/** Goes through the files of one chain in their order, seals the last one, and closes the chain. */
export class ChainRecovery {
  readonly #place: RecoveryPlace;
  readonly #delivered = new Map<number, ChainFile>();
  /** The newest seal of the chain, and the file it is in. */
  #last: SealText | undefined;
  #columns: SealedFile['columns'] | undefined;
  #directory: string | undefined;
  /** Something behind {@link #last} is there that cannot be read now, or was there a moment ago. */
  #isOpenEnded = false;
  /** Not all of it is delivered: its end has to stay beside it. */
  #hasWaiting = false;
  readonly #unusable: { readonly file: ChainFile; readonly reason: string }[] = [];

  constructor(place: RecoveryPlace) {
    this.#place = place;
  }

  /** @returns false where there is no room for all of it */
  async recover(files: readonly ChainFile[]): Promise<boolean> {
    for (const file of files) if (file.kind === 'done') this.#delivered.set(file.number, file);
    for (const file of files) {
      if (!this.#place.hasRoom()) return false;
      if (file.kind === 'done') await this.#readDelivered(file);
      else await this.#readSegment(file);
    }
    await this.#close();
    // NOTE: behind the end of the chain, which would else take the number of what is missing, and hide it.
    for (const { file, reason } of this.#unusable) await this.#place.keepEvidence(file.path, reason);
    return true;
  }

  async #readDelivered(file: ChainFile): Promise<void> {
    const bytes = await readSmall(file.path);
    const seal = readDelivered(bytes);
    if (seal === undefined) {
      this.#isOpenEnded ||= !existsSync(file.path);
      return;
    }
    await this.#place.delivered({
      chain: file.chain,
      number: file.number,
      path: file.path,
      byteLength: bytes.length,
      seal,
    });
    this.#remember(file, seal);
  }

  async #readSegment(file: ChainFile): Promise<void> {
    const known = this.#place.waiting(file.path);
    if (known !== undefined) {
      this.#hasWaiting = true;
      return this.#remember(file, known.seal, known.columns);
    }
    // NOTE: delivered, and its process died between writing that down and removing the file.
    if (this.#delivered.has(file.number)) return rm(file.path, { force: true });
    if (!(await this.#isDeliveredRest(file))) await this.#settle(file);
  }

  /** NOTE: a seal that is made now would contradict the one that was delivered. What is sealed is sent with its own. */
  async #isDeliveredRest(file: ChainFile): Promise<boolean> {
    if (![...this.#delivered.keys()].some((number) => number > file.number)) return false;
    const rest = await unsealedRest(file.path);
    if (rest === 'whole') await rm(file.path, { force: true });
    if (rest === 'damaged') this.#unusable.push({ file, reason: 'its seal is damaged' });
    return rest !== undefined;
  }

  async #settle(file: ChainFile): Promise<void> {
    const left = await this.#settleOrLeave(file);
    if (left.status === 'sealed') {
      this.#hasWaiting = true;
      this.#remember(file, left.seal, left.columns);
      this.#place.wait(file.path, left);
    } else if (left.status === 'gone') {
      // NOTE: delivered since the names were read, by ourselves: what is behind it is not known here.
      this.#isOpenEnded = true;
    } else if (left.status === 'empty') {
      await rm(file.path, { force: true });
    } else if (left.status === 'unusable') {
      this.#unusable.push({ file, reason: left.reason });
    } else {
      this.#isOpenEnded = true;
      this.#place.leaveAlone(file.path, left.reason);
    }
  }

  async #settleOrLeave(file: ChainFile): Promise<LeftFile | { readonly status: 'gone' }> {
    try {
      return await settleLeftFile(file.path, this.#last);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return { status: 'gone' };
      return { status: 'left alone', reason: messageOf(error) };
    }
  }

  #remember(file: ChainFile, seal: SealText, columns?: SealedFile['columns']): void {
    this.#last = seal;
    this.#columns = columns;
    this.#directory = dirname(file.path);
  }

  async #close(): Promise<void> {
    const last = this.#last;
    if (last === undefined || this.#isOpenEnded) return;
    if (this.#place.newestDelivered(last.seal.chain) > last.seal.number) return;
    if (isEnd(last)) {
      if (!this.#hasWaiting) await this.#endDelivered(last);
      return;
    }
    const lost = this.#unusable.at(-1)?.file.number ?? 0;
    const { head, seal } = closeLeft(last, Math.max(lost, last.seal.number) + 1, this.#columns);
    const path = join(this.#directory as string, fileName(seal.seal.chain, seal.seal.number, 'segment'));
    const buffers = [...encodeHead(head), ...encodeSeal(seal)];
    await writeWhole(path, buffers, true);
    this.#place.wait(path, {
      status: 'sealed',
      seal,
      columns: head.columns,
      byteLength: bytesOf(buffers),
      isDamaged: false,
    });
  }

  /** An end that was delivered, where its process died before it could be kept for a successor. */
  async #endDelivered(last: SealText): Promise<void> {
    const done = this.#delivered.get(last.seal.number);
    if (done === undefined) return;
    await this.#place.end(last);
    await Promise.all([...this.#delivered.values()].map(({ path }) => rm(path, { force: true })));
  }
}
