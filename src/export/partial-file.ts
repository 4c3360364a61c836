import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { constants } from 'node:fs';
import type { Stats } from 'node:fs';
import { lstat, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { partialPath, removeCheckpoint, writeCheckpoint } from './checkpoint.js';
import type { Checkpoint } from './checkpoint.js';
import { ExportError } from './errors.js';
import { guarded } from './file-error.js';
import { createOwn, giveName, openOwn } from './own-file.js';

const READ_BYTES = 1024 * 1024;

interface Opened {
  readonly handle: FileHandle;
  readonly digest: Hash;
  readonly bytes: number;
}

/**
 * Writes a file that nobody can go on with a part of: where it does not become whole, nothing of it is left.
 *
 * @throws ExportError when it cannot be written, was changed by somebody else meanwhile, or the name is taken
 */
export async function writeAtOnce<Value>(
  path: string,
  isForced: boolean,
  work: (write: (bytes: Uint8Array) => Promise<void>) => Promise<Value>,
): Promise<Value> {
  const file = await PartialFile.begin(path);
  try {
    const value = await work((bytes) => file.write(bytes));
    await file.verify();
    await file.finish(isForced);
    return value;
  } catch (error) {
    await file.discard();
    throw error;
  } finally {
    await file.close();
  }
}

/** A file that is being written: `<file>.partial`, and `<file>.partial.json` with the last checkpoint. */
export class PartialFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #digest: Hash;
  readonly #opened: Stats;
  #bytes: number;
  #isKept: boolean;

  private constructor(path: string, { handle, digest, bytes }: Opened, opened: Stats, isKept: boolean) {
    this.#path = path;
    this.#handle = handle;
    this.#digest = digest;
    this.#opened = opened;
    this.#bytes = bytes;
    this.#isKept = isKept;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** SHA-256 of everything that was written. */
  get sha256(): string {
    return this.#digest.copy().digest('hex');
  }

  /** @param path The file that is to be in the end. */
  static async begin(path: string): Promise<PartialFile> {
    return await guarded(async () => {
      await removeCheckpoint(path);
      const handle = await createOwn(partialPath(path));
      const opened = { handle, digest: createHash('sha256'), bytes: 0 };
      return new PartialFile(path, opened, await handle.stat(), false);
    });
  }

  /**
   * Goes on behind a checkpoint: what was written after it is cut off.
   *
   * @throws ExportError when the file is somebody else's, or not what the checkpoint says
   */
  static async resume(path: string, { bytes, sha256 }: Checkpoint): Promise<PartialFile> {
    const partial = partialPath(path);
    const handle = await openOwn(partial, constants.O_RDWR);
    if (handle === undefined)
      throw new ExportError(`${partial} is gone: run the same command again to begin from nothing.`);
    try {
      const digest = createHash('sha256');
      await guarded(() => readBack(handle, bytes, (chunk) => digest.update(chunk)));
      if (digest.copy().digest('hex') !== sha256)
        throw new ExportError(
          `${partial} is not what was written: it cannot go on. Give --restart to begin from nothing.`,
        );
      await guarded(() => handle.truncate(bytes));
      return new PartialFile(path, { handle, digest, bytes }, await handle.stat(), true);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    await guarded(async () => {
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await this.#handle.write(bytes, at, bytes.length - at, this.#bytes + at);
        at += bytesWritten;
      }
    }, this.#isKept);
    this.#digest.update(bytes);
    this.#bytes += bytes.length;
  }

  /** Brings what was written to the disk, and then says so. @throws ExportError when the file is no longer ours */
  async checkpoint(state: Omit<Checkpoint, 'bytes' | 'sha256'>): Promise<void> {
    await guarded(async () => {
      await this.#handle.datasync();
      await this.#mustBeOurs(partialPath(this.#path));
      await writeCheckpoint(this.#path, { ...state, bytes: this.#bytes, sha256: this.sha256 });
    }, this.#isKept);
    this.#isKept = true;
  }

  /**
   * Reads back what is really in the file.
   *
   * @throws ExportError when it is not what was written
   */
  async verify(onBytes: (bytes: Uint8Array) => void = () => undefined): Promise<void> {
    await guarded(() => this.#handle.sync(), this.#isKept);
    const digest = createHash('sha256');
    const { size } = await this.#handle.stat();
    await guarded(() =>
      readBack(this.#handle, size, (bytes) => {
        digest.update(bytes);
        onBytes(bytes);
      }),
    );
    if (digest.digest('hex') !== this.sha256) throw changed(this.#path);
  }

  /** Gives the file its name. @throws ExportError when it was changed by somebody else meanwhile, or the name is taken */
  async finish(isForced: boolean): Promise<void> {
    const own = await this.#handle.stat();
    const { uid, mode, nlink } = this.#opened;
    if (own.size !== this.#bytes || own.uid !== uid || own.mode !== mode || own.nlink !== nlink)
      throw changed(this.#path);
    await this.#mustBeOurs(partialPath(this.#path));
    try {
      await giveName(partialPath(this.#path), this.#path, isForced);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw await guarded(() => Promise.reject(error));
      throw new ExportError(
        `${this.#path} was made by somebody else while the export ran: run the same command again with --force to replace it, or give another --out.`,
        { cause: error },
      );
    }
    await this.#mustBeOurs(this.#path);
    await this.#handle.close();
    await removeCheckpoint(this.#path);
  }

  /** Leaves nothing of it, and what another export has put there meanwhile as it is. */
  async discard(): Promise<void> {
    await this.#mustBeOurs(partialPath(this.#path)).then(
      () => rm(partialPath(this.#path), { force: true }),
      () => undefined,
    );
  }

  async close(): Promise<void> {
    // NOTE: a handle may be closed twice.
    await this.#handle.close();
  }

  /** Another export to the same place would have put its own there. */
  async #mustBeOurs(path: string): Promise<void> {
    const named = await guarded(() => lstat(path));
    if (named.ino !== this.#opened.ino || named.dev !== this.#opened.dev) throw changed(this.#path);
  }
}

function changed(path: string): ExportError {
  return new ExportError(
    `${partialPath(path)} was changed while it was written, perhaps by another export to the same file: export it again.`,
  );
}

/** By the handle, for another file may have the name by now. */
async function readBack(
  handle: FileHandle,
  bytes: number,
  onBytes: (bytes: Uint8Array) => void,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  for (let at = 0; at < bytes;) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(READ_BYTES, bytes - at), at);
    if (bytesRead === 0) return;
    onBytes(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}
