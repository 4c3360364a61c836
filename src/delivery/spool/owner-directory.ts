import { lstatSync, renameSync } from 'node:fs';
import { rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { uuidV4 } from '../../record/uuid.js';
import { ADOPTED, makeDirectory, OWNER_PROCESS, SOCKET } from './names.js';
import { mayProcessLive, writeOwnerProcess } from './owner-process.js';
import { requireOurs } from './own-user.js';
import { isListening, listenIn } from './owner-socket.js';
import type { OwnerSocket } from './owner-socket.js';

/** The directory of one process or worker thread, as long as it lives. */
export class OwnerDirectory {
  readonly id: string;
  readonly path: string;
  readonly #inode: number;
  readonly #socket: OwnerSocket | undefined;

  /** Nobody sees the directory by its name before it is shown to have an owner. */
  private constructor(destination: string) {
    this.id = uuidV4();
    this.path = join(destination, this.id);
    const staging = join(destination, `.${this.id}`);
    makeDirectory(staging);
    this.#socket = listenIn(staging, this.id);
    if (this.#socket === undefined) writeOwnerProcess(staging);
    renameSync(staging, this.path);
    this.#inode = lstatSync(this.path).ino;
  }

  /** Synchronous, as it may be needed at the very end of a process. @throws the error of the file system */
  static make(destination: string): OwnerDirectory {
    makeDirectory(destination);
    requireOurs(destination);
    return new OwnerDirectory(destination);
  }

  /** Where what dead siblings left is taken to. */
  makeAdopted(): string {
    const adopted = join(this.path, ADOPTED);
    makeDirectory(adopted);
    return adopted;
  }

  isInPlace(): boolean {
    try {
      return lstatSync(this.path).ino === this.#inode;
    } catch {
      return false;
    }
  }

  /** From now on it is a dead sibling's; it goes when there is nothing in it. */
  async close(): Promise<void> {
    this.#socket?.close();
    await Promise.allSettled([SOCKET, OWNER_PROCESS].map((name) => unlink(join(this.path, name))));
    await rmdir(join(this.path, ADOPTED)).catch(() => {});
    await rmdir(this.path).catch(() => {});
  }
}

/** Whether the process of a directory lives; true where that cannot be found out. */
export async function isOwnerAlive(directory: string): Promise<boolean> {
  try {
    const verdict = await isListening(directory);
    return verdict === 'none' ? await mayProcessLive(directory) : verdict;
  } catch {
    return true;
  }
}
