import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { access, open, readFile, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { messageOf } from '../errors.js';
import { ExportError } from './errors.js';

/** What an export is of. Another one never goes on with its file. */
export interface ExportIdentity {
  readonly version: string;
  readonly format: string;
  readonly hasBom: boolean;
  readonly store: string;
  readonly database: string;
  /** As it was asked for: `2h` stays `2h`, whatever it means when it is asked again. */
  readonly text: string;
  readonly from: string;
  readonly to: string;
}

/** How far an export is. Everything in it is on the disk. */
export interface Checkpoint {
  readonly identity: ExportIdentity;
  /** What `from` and `to` meant when the export was begun. */
  readonly from: string;
  readonly to: string;
  readonly takenInBy: string;
  /** In nanoseconds since the epoch; what happened before is in the file. */
  readonly doneTo: string;
  readonly records: number;
  readonly bytes: number;
  /** SHA-256 of these bytes. */
  readonly sha256: string;
}

/** A file that is being written: `<file>.partial`, and `<file>.partial.json` with the last checkpoint. */
export class PartialFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #digest: Hash;
  #bytes: number;

  private constructor(path: string, handle: FileHandle, digest: Hash, bytes: number) {
    this.#path = path;
    this.#handle = handle;
    this.#digest = digest;
    this.#bytes = bytes;
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
    await rm(statePath(path), { force: true });
    const handle = await guarded(() => open(partialPath(path), 'w', 0o600));
    return new PartialFile(path, handle, createHash('sha256'), 0);
  }

  /**
   * Goes on behind a checkpoint: what was written after it is cut off.
   *
   * @throws ExportError when the file is not what the checkpoint says
   */
  static async resume(path: string, { bytes, sha256 }: Checkpoint): Promise<PartialFile> {
    const partial = partialPath(path);
    const handle = await guarded(() => open(partial, 'r+'));
    try {
      const digest = createHash('sha256');
      if (bytes > 0)
        for await (const chunk of createReadStream(partial, { end: bytes - 1 })) digest.update(chunk);
      if (digest.copy().digest('hex') !== sha256)
        throw new ExportError(
          `${partial} is not what was written: it cannot go on. Give --restart to begin from nothing.`,
        );
      await handle.truncate(bytes);
      return new PartialFile(path, handle, digest, bytes);
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
    });
    this.#digest.update(bytes);
    this.#bytes += bytes.length;
  }

  /** Brings what was written to the disk, and then says so. */
  async checkpoint(state: Omit<Checkpoint, 'bytes' | 'sha256'>): Promise<void> {
    await guarded(async () => {
      await this.#handle.datasync();
      await writeState(this.#path, { ...state, bytes: this.#bytes, sha256: this.sha256 });
    });
  }

  /** Gives the file its name. @throws ExportError when it was changed by somebody else meanwhile */
  async finish(): Promise<void> {
    await guarded(() => this.#handle.sync());
    const { size } = await this.#handle.stat();
    if (size !== this.#bytes)
      throw new ExportError(`${partialPath(this.#path)} was changed while it was written: export it again.`);
    await this.#handle.close();
    await guarded(() => rename(partialPath(this.#path), this.#path));
    await rm(statePath(this.#path), { force: true });
  }

  async close(): Promise<void> {
    // NOTE: a handle may be closed twice.
    await this.#handle.close();
  }
}

/** The last checkpoint of an export that was interrupted; undefined where there is none. */
export async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  try {
    const state = JSON.parse(await readFile(statePath(path), 'utf8')) as Checkpoint;
    await access(partialPath(path), constants.W_OK);
    return state;
  } catch {
    // Torn or missing: there is nothing to go on with.
    return undefined;
  }
}

export async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

export function partialPath(path: string): string {
  return `${path}.partial`;
}

function statePath(path: string): string {
  return `${path}.partial.json`;
}

async function writeState(path: string, state: Checkpoint): Promise<void> {
  const next = `${statePath(path)}.next`;
  const handle = await open(next, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify(state));
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(next, statePath(path));
}

async function guarded<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (cause) {
    throw describeFileError(cause);
  }
}

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export function describeFileError(error: unknown): ExportError {
  const { code = '' } = error as NodeJS.ErrnoException;
  const advice = NO_ROOM.has(code)
    ? 'Make room and run the same command again: it goes on where it stopped. Or give another --out.'
    : 'Give another --out.';
  return new ExportError(`the export cannot be written: ${messageOf(error)}. ${advice}`, { cause: error });
}
