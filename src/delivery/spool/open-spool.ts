import { Buffer } from 'node:buffer';
import { rmSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ChainEnd, SealText } from '../../integrity/seal.js';
import { messageOf } from '../../errors.js';
import { NAMED_TYPES } from '../segment.js';
import type { Segment } from '../segment.js';
import { Adoption } from './adoption.js';
import { writeWhole } from './durable-file.js';
import { DeadLetters } from './dead-letters.js';
import { DeliveredMarks } from './delivered-marks.js';
import { atOnce, inTurn } from './disk-steps.js';
import { isForcingDenied } from './forcing.js';
import { hasCode, unlessGone } from './fs-error.js';
import { EndedChains } from './ended-chains.js';
import { ADOPTED } from './names.js';
import { OccupiedBytes } from './occupied-bytes.js';
import { OwnSegmentFile } from './own-segment-file.js';
import { OwnerDirectory } from './owner-directory.js';
import { OwnUser } from './own-user.js';
import { requireSafeRoot } from './safe-root.js';
import { SpoolFullError } from './spool-full-error.js';
import type { SegmentFile, SegmentHead, Spool, SpoolOptions, StoredSegment } from './spool.js';
import { findDead, removeUnfinished, takeOver } from './take-over.js';
import { WaitingSegment } from './waiting-segment.js';

/** A file that is made and removed to see whether it can be. */
const PROBE = '.probe';

/** Opens the spool and writes nothing: that begins with the first segment, or with something to take over. */
export function openSpool(options: SpoolOptions): Spool {
  return new OwnedSpool(options);
}

class OwnedSpool implements Spool {
  readonly #root: () => string;
  readonly #destination: string;
  readonly #maxBytes: number;
  readonly #warn: (message: string) => void;
  readonly #user = new OwnUser();
  /** Where it stands, for whom. */
  #place: { readonly path: string; readonly uid: number | undefined } | undefined;
  readonly #letters: DeadLetters;
  readonly #ended: EndedChains;
  readonly #adoption: Adoption;
  #owner: OwnerDirectory | undefined;
  #making: Promise<OwnerDirectory> | undefined;
  #hasSaidUnforced = false;
  readonly #bytes = new OccupiedBytes();
  readonly #marks = new DeliveredMarks(this.#bytes);
  /** What is done after the delivery of a segment, one by one. */
  #finishing: Promise<void> = Promise.resolve();
  #adopting: Promise<unknown> = Promise.resolve();

  constructor({ directory, destination, maxBytes, warn }: SpoolOptions) {
    this.#root = typeof directory === 'string' ? () => directory : directory;
    this.#destination = destination;
    this.#maxBytes = maxBytes;
    this.#warn = warn ?? (() => {});
    this.#letters = new DeadLetters(() => this.path, this.#user);
    this.#ended = new EndedChains(() => this.path, this.#user);
    this.#adoption = new Adoption({
      letters: this.#letters,
      ended: this.#ended,
      marks: this.#marks,
      bytes: this.#bytes,
      warn: this.#warn,
      finish: (segment) => this.#finish(segment),
    });
    // NOTE: begun here, as the first record asks for them and cannot wait.
    this.#adopting = this.#lookForEnds();
  }

  /**
   * NOTE: decided anew where the process has become another user: started as root, it often gives that up behind the first
   * lines, and can then write to another place.
   */
  get path(): string {
    const uid = process.geteuid?.();
    if (this.#place === undefined || this.#place.uid !== uid)
      this.#place = { path: join(this.#root(), this.#destination), uid };
    return this.#place.path;
  }

  byteLength(): number {
    return this.#bytes.total;
  }

  begin(head: SegmentHead): SegmentFile {
    return new OwnSegmentFile(head, {
      path: () => this.#owner?.path ?? this.path,
      make: async () => (await this.#make()).path,
      makeNow: () => this.#makeNow().path,
      reserve: (bytes) => this.#reserve(bytes),
      grew: (path, byteLength) => this.#grew(path, byteLength),
      began: ({ predecessors }) => this.#named(predecessors),
      beganNow: ({ predecessors }) => this.#ended.namedNow(predecessors),
      isMade: () => this.#owner !== undefined,
      delivered: (file, seal) => this.stored(file, seal).done(),
      deliveredNow: ({ path }, seal) => this.#finishNow(path, seal),
    });
  }

  async probe(): Promise<void> {
    const path = join((await this.#make()).path, PROBE);
    await writeWhole(path, [Buffer.from(PROBE)], false);
    await rm(path, { force: true });
  }

  stored(file: SegmentFile, seal: SealText): StoredSegment {
    const columns = file instanceof OwnSegmentFile ? file.columns : NAMED_TYPES;
    return new WaitingSegment(file.path, seal, file.byteLength, columns, (segment) => this.#finish(segment));
  }

  takePredecessors(): ChainEnd[] {
    return this.#ended.take();
  }

  adopt(): Promise<StoredSegment[]> {
    const adopted = this.#adopting.then(() => this.#adopt());
    this.#adopting = adopted;
    return adopted;
  }

  async bury(segment: Segment, reason: string): Promise<void> {
    this.#bytes.addOther(await this.#letters.bury(segment, reason));
  }

  async close(): Promise<void> {
    await Promise.all([this.#finishing, this.#adopting, this.#making?.catch(() => {})]);
    const owner = this.#owner;
    this.#owner = undefined;
    await owner?.close();
  }

  async #make(): Promise<OwnerDirectory> {
    const owner = this.#owner;
    if (owner?.destination === this.path && (await owner.isInPlace())) return owner;
    this.#making ??= this.#makeAnew().finally(() => (this.#making = undefined));
    return this.#making;
  }

  async #makeAnew(): Promise<OwnerDirectory> {
    const before = this.#owner;
    const made = await inTurn(OwnerDirectory.make(this.path, this.#user));
    // NOTE: at the end of the process somebody could not wait for it.
    const [owner, other] =
      this.#owner === before || this.#owner === undefined ? [made, before] : [this.#owner, made];
    this.#owner = owner;
    void other?.close();
    return owner;
  }

  #makeNow(): OwnerDirectory {
    if (this.#owner?.destination === this.path && this.#owner.isInPlaceNow()) return this.#owner;
    void this.#owner?.close();
    this.#owner = atOnce(OwnerDirectory.make(this.path, this.#user));
    return this.#owner;
  }

  #grew(path: string, byteLength: number): void {
    this.#bytes.set(path, byteLength);
    if (!isForcingDenied() || this.#hasSaidUnforced) return;
    this.#hasSaidUnforced = true;
    this.#warn(
      `what is written to the spool is not forced to disk, and may be lost with the machine: Node's permission model (--permission) does not allow it`,
    );
  }

  #named(ends: readonly ChainEnd[]): void {
    if (ends.length === 0) return;
    const named = this.#finishing.then(() => this.#ended.named(ends));
    this.#finishing = named.catch(() => {});
  }

  /** What is not there, or not safe to read, has no ends for us. */
  async #lookForEnds(): Promise<void> {
    try {
      await inTurn(requireSafeRoot(dirname(this.path)));
      await this.#ended.look();
    } catch {
      // Said where something is written there.
    }
  }

  #reserve(bytes: number): void {
    if (this.byteLength() + bytes > this.#maxBytes) throw new SpoolFullError(this.#maxBytes);
  }

  async #adopt(): Promise<StoredSegment[]> {
    await this.#orLeave(this.path, async () => {
      await unlessGone(inTurn(requireSafeRoot(dirname(this.path))));
      const dead = await findDead(this.path, this.#owner?.id, this.#user);
      if (dead.length > 0) await this.#takeOver(dead);
      await removeUnfinished(this.#letters.path);
    });
    const owner = this.#owner;
    const found =
      owner && (await this.#orLeave(owner.path, () => this.#adoption.recover(join(owner.path, ADOPTED))));
    await this.#lookForEnds();
    await this.#bytes.look(this.path);
    return found ?? [];
  }

  async #takeOver(dead: readonly string[]): Promise<void> {
    const adopted = await (await this.#make()).makeAdopted();
    for (const name of dead) {
      const path = join(this.path, name);
      await this.#orLeave(path, () => takeOver(path, adopted, name));
    }
  }

  /** What cannot be taken over now is said once, and tried again. */
  async #orLeave<T>(path: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#adoption.leaveAlone(path, messageOf(error));
      return undefined;
    }
  }

  #finish(segment: WaitingSegment): Promise<void> {
    const finished = this.#finishing.then(() => this.#finishOne(segment));
    this.#finishing = finished.catch(() => {});
    return finished;
  }

  /** NOTE: the seal is kept before the rows go, so that a crash in between does not cut the chain. */
  async #finishOne(segment: WaitingSegment): Promise<void> {
    const { path, seal } = segment;
    const isKept = await this.#keepIfThereIsRoom(path, seal);
    if (segment.isDamaged) await this.#adoption.keepEvidence(path, 'some of its rows are damaged');
    else await rm(path, { force: true });
    this.#bytes.set(path, 0);
    if (!isKept) await this.#marks.keep(path, seal);
    this.#adoption.forget(path);
    const directory = dirname(path);
    await this.#endChain(seal.seal.chain, directory);
    if (basename(dirname(directory)) === ADOPTED) await rmdir(directory).catch(() => {});
  }

  /** NOTE: the chain ends where its end is found: that is for whoever adopts it. */
  #finishNow(path: string, seal: SealText): void {
    try {
      this.#marks.keepNow(path, seal);
    } catch {
      rmSync(path, { force: true });
      this.#marks.keepNow(path, seal);
    }
    rmSync(path, { force: true });
    this.#bytes.set(path, 0);
  }

  /** On a full disk there is room only when the rows are gone. */
  async #keepIfThereIsRoom(path: string, seal: SealText): Promise<boolean> {
    try {
      await this.#marks.keep(path, seal);
      return true;
    } catch (error) {
      if (hasCode(error, 'ENOSPC', 'EDQUOT')) return false;
      throw error;
    }
  }

  /**
   * Segments are delivered in any order. Only when the last file of an ended chain is gone nobody has to know its end here:
   * whoever found an earlier one alone would close the chain a second time.
   */
  async #endChain(chain: string, directory: string): Promise<void> {
    const end = this.#marks.endOf(chain);
    if (end === undefined || (await hasSegments(directory, chain))) return;
    await this.#ended.add(end);
    await this.#marks.forget(chain);
  }
}

async function hasSegments(directory: string, chain: string): Promise<boolean> {
  const names = await readdir(directory).catch(() => []);
  return names.some((name) => name.startsWith(chain) && name.endsWith('.segment'));
}
