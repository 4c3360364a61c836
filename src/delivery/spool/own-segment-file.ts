import type { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { SealText } from '../../integrity/seal.js';
import type { RowRun } from '../row-run.js';
import { encodeFrame, FRAME_KIND, seedOf } from './frame.js';
import { syncDirectory } from './durable-file.js';
import { forced, forcedNow, ForcingDeniedError, isForcingDenied } from './forcing.js';
import { isMissing } from './fs-error.js';
import { FILE_MODE, fileName, isForUserAlone, OPEN } from './names.js';
import { encodeHead } from './segment-head.js';
import type { SegmentFile, SegmentHead } from './spool.js';
import { encodeSeal } from './stored-seal.js';
import { bytesOf, writeFully, writeFullyNow } from './write-fully.js';

const open = promisify(fs.open);
const fchmod = promisify(fs.fchmod);
const fstat = promisify(fs.fstat);
const fsync = promisify(fs.fsync);
const close = promisify(fs.close);

/** Where the files of a process go, and how much of it there may be. */
export interface SegmentPlace {
  /** The directory as it is now. */
  path(): string;
  /** The same, made where it is missing. Rejects with the error of the file system. */
  make(): Promise<string>;
  /** The same at once. @throws the error of the file system */
  makeNow(): string;
  /** @throws SpoolFullError where so many bytes more would be too many */
  reserve(bytes: number): void;
  /** A file has so many bytes now. */
  grew(path: string, byteLength: number): void;
  /** The first bytes of a segment are in its file. */
  began(head: SegmentHead): void;
  /** The same, where nothing can be waited for. */
  beganNow(head: SegmentHead): void;
  /** Whether anything of this process is in the spool. */
  isMade(): boolean;
  /** The segment was delivered although its file is not complete, or was never begun. */
  delivered(file: OwnSegmentFile, seal: SealText): Promise<void>;
  /** The same for the end of the process. @throws the error of the file system */
  deliveredNow(file: OwnSegmentFile, seal: SealText): void;
}

/** Frames on their way into the file. */
interface Flight {
  readonly buffers: readonly Buffer[];
  readonly position: number;
  readonly holdsSeal: boolean;
  /** Somebody who could not wait has written the same at the same place. */
  isTakenOver: boolean;
}

/** The file of a segment of this process. */
export class OwnSegmentFile implements SegmentFile {
  readonly #head: SegmentHead;
  readonly #place: SegmentPlace;
  readonly #seed: number;
  #path: string | undefined;
  #fd: number | undefined;
  #inode: number | undefined;
  /** Behind the last whole frame. */
  #end = 0;
  #flight: Flight | undefined;
  /** Settles with the write under way. */
  #writing: Promise<void> = Promise.resolve();
  #isForced = false;
  #isDirectoryForced = false;
  #isComplete = false;

  constructor(head: SegmentHead, place: SegmentPlace) {
    this.#head = head;
    this.#place = place;
    this.#seed = seedOf(head.segment);
  }

  get path(): string {
    return this.#path ?? join(this.#place.path(), this.#name);
  }

  get byteLength(): number {
    return this.#end;
  }

  get isBegun(): boolean {
    return this.#path !== undefined;
  }

  get columns(): SegmentHead['columns'] {
    return this.#head.columns;
  }

  get #name(): string {
    return fileName(this.#head.chain, this.#head.number, 'segment');
  }

  async append(run: RowRun, isForced: boolean): Promise<void> {
    if (isForced && isForcingDenied()) throw new ForcingDeniedError();
    this.#isForced ||= isForced;
    const flight = this.#flightOf(this.#rowsFrame(run), false);
    this.#place.reserve(bytesOf(flight.buffers));
    await this.#write(flight, isForced);
  }

  async seal(seal: SealText): Promise<void> {
    // NOTE: where the rows had to be on disk, so has the seal: another one for the same rows would break the chain.
    await this.#write(this.#flightOf(encodeSeal(seal), true), this.#isForced);
    await this.#finish();
  }

  isInPlace(): boolean {
    if (this.#inode === undefined) return true;
    try {
      return fs.lstatSync(this.path).ino === this.#inode;
    } catch (error) {
      return !isMissing(error);
    }
  }

  appendNow(run: RowRun): void {
    this.#writeNow(this.#rowsFrame(run), false);
  }

  sealNow(seal: SealText): void {
    this.#writeNow(encodeSeal(seal), true);
  }

  async force(): Promise<void> {
    if (this.#fd !== undefined) return void (await this.#force(this.#fd));
    if (this.#end === 0) return;
    const fd = await open(this.path, OPEN.change);
    try {
      await this.#force(fd);
    } finally {
      await close(fd);
    }
  }

  async discard(seal: SealText): Promise<void> {
    await this.abandon();
    // NOTE: a write that is still under way would make the file after it was removed.
    await this.#writing;
    if (this.#leavesTrace()) await this.#place.delivered(this, seal);
  }

  discardNow(seal: SealText): void {
    const fd = this.#flight === undefined ? this.#fd : undefined;
    if (this.#flight !== undefined) this.#flight.isTakenOver = true;
    this.#isComplete = true;
    if (fd !== undefined) {
      this.#fd = undefined;
      fs.closeSync(fd);
    }
    if (this.#leavesTrace()) this.#place.deliveredNow(this, seal);
  }

  /** NOTE: a file that was never begun as well: what is left of the segment before it would be taken for the end. */
  #leavesTrace(): boolean {
    return this.#path !== undefined || this.#place.isMade();
  }

  async abandon(): Promise<void> {
    if (this.#flight === undefined) return this.#finish();
    // NOTE: closed when its write is done; by then the number of the descriptor could be another file's.
    this.#flight.isTakenOver = true;
    this.#isComplete = true;
  }

  #rowsFrame({ rows, first, count }: RowRun): Buffer[] {
    return encodeFrame(FRAME_KIND.rows, rows, this.#seed, { first, count });
  }

  #flightOf(frames: readonly Buffer[], holdsSeal: boolean): Flight {
    const buffers = this.#end === 0 ? [...encodeHead(this.#head), ...frames] : frames;
    return { buffers, position: this.#end, holdsSeal, isTakenOver: false };
  }

  #write(flight: Flight, isForced: boolean): Promise<void> {
    const written = this.#fly(flight, isForced);
    this.#writing = written.catch(() => {});
    return written;
  }

  async #fly(flight: Flight, isForced: boolean): Promise<void> {
    this.#flight = flight;
    try {
      const fd = this.#fd ?? (await this.#open());
      await writeFully(fd, flight.buffers, flight.position);
      // NOTE: a seal promises nothing that the rows before it have not.
      if (isForced && !(await this.#force(fd)) && !flight.holdsSeal) throw new ForcingDeniedError();
    } catch (error) {
      if (flight.isTakenOver) return this.#leave();
      this.#flight = undefined;
      this.#cutBack();
      throw error;
    }
    if (flight.isTakenOver) return this.#leave();
    if (this.#end === 0) this.#place.began(this.#head);
    this.#landed(flight);
  }

  /** NOTE: who took over could not close a file that was still being written. */
  async #leave(): Promise<void> {
    if (this.#isComplete) await this.#finish();
  }

  #landed(flight: Flight): void {
    this.#flight = undefined;
    this.#end = flight.position + bytesOf(flight.buffers);
    this.#place.grew(this.path, this.#end);
  }

  async #open(): Promise<number> {
    const path = join(await this.#place.make(), this.#name);
    if (this.#fd !== undefined) return this.#fd;
    this.#path = path;
    const fd = await open(path, OPEN.create, FILE_MODE);
    if (this.#fd !== undefined) {
      await close(fd);
      return this.#fd;
    }
    this.#fd = fd;
    const stat = await fstat(fd);
    this.#inode = stat.ino;
    // NOTE: the umask may have taken away more than was meant.
    if (!isForUserAlone(stat)) await fchmod(fd, FILE_MODE);
    return fd;
  }

  /**
   * NOTE: synchronous, although it can wait for the disk: a cut that was still waiting in the thread pool would take away
   * what `appendNow` writes at the end of the process. Where it fails, the next frame goes to the same place.
   */
  #cutBack(): void {
    if (this.#fd === undefined) return;
    try {
      fs.ftruncateSync(this.#fd, this.#end);
    } catch {
      // The reader stops at the last whole frame.
    }
  }

  /** @returns false where this process may not */
  async #force(fd: number): Promise<boolean> {
    if (!(await forced(() => fsync(fd)))) return false;
    if (this.#isDirectoryForced) return true;
    const directory = dirname(this.path);
    await syncDirectory(directory);
    await syncDirectory(dirname(directory));
    this.#isDirectoryForced = true;
    return true;
  }

  async #finish(): Promise<void> {
    const fd = this.#fd;
    this.#fd = undefined;
    this.#isComplete = true;
    if (fd !== undefined) await close(fd).catch(() => {});
  }

  #writeNow(frames: readonly Buffer[], holdsSeal: boolean): void {
    if (this.#isComplete) return;
    const fd = (this.#fd ??= this.#openNow());
    const late = this.#flight;
    const isFirst = this.#end === 0;
    if (late !== undefined) {
      late.isTakenOver = true;
      writeFullyNow(fd, late.buffers, late.position);
      this.#landed(late);
    }
    this.#isComplete = holdsSeal || late?.holdsSeal === true;
    if (late?.holdsSeal !== true) {
      const flight = this.#flightOf(frames, holdsSeal);
      writeFullyNow(fd, flight.buffers, flight.position);
      this.#landed(flight);
    }
    if (isFirst) this.#place.beganNow(this.#head);
    if (this.#isForced) forcedNow(() => fs.fsyncSync(fd));
    if (!this.#isComplete || late !== undefined) return;
    this.#fd = undefined;
    fs.closeSync(fd);
  }

  /** NOTE: goes on with a file that an `open` under way has made or will make. */
  #openNow(): number {
    this.#path ??= join(this.#place.makeNow(), this.#name);
    const fd = fs.openSync(this.#path, OPEN.createOrGoOn, FILE_MODE);
    const stat = fs.fstatSync(fd);
    this.#inode = stat.ino;
    if (!isForUserAlone(stat)) fs.fchmodSync(fd, FILE_MODE);
    return fd;
  }
}
