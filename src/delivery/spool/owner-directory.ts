import { lstatSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { lstat, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { uuidV4 } from '../../record/uuid.js';
import { disk, inTurn } from './disk-steps.js';
import type { Steps } from './disk-steps.js';
import { isMissing } from './fs-error.js';
import { ADOPTED, makeDirectory, OWNER_PROCESS, SOCKET } from './names.js';
import { mayProcessLive, writeOwnerProcess } from './owner-process.js';
import { SpoolOwnerError } from './own-user.js';
import type { OwnUser } from './own-user.js';
import { isListening, listenIn } from './owner-socket.js';
import type { OwnerSocket } from './owner-socket.js';
import { makeSafeRoot } from './safe-root.js';

/** The directory of one process or worker thread, as long as it lives. */
export class OwnerDirectory {
  readonly id: string;
  readonly path: string;
  readonly #inode: number;
  readonly #socket: OwnerSocket | undefined;

  private constructor(path: string, id: string, inode: number, socket: OwnerSocket | undefined) {
    this.path = path;
    this.id = id;
    this.#inode = inode;
    this.#socket = socket;
  }

  /** Nobody sees the directory by its name before it is shown to have an owner. @throws the error of the file system */
  static *make(destination: string, user: OwnUser): Steps<OwnerDirectory> {
    yield* makeSafeRoot(dirname(destination));
    yield* makeDirectory(destination);
    const id = uuidV4();
    const [path, staging] = [join(destination, id), join(destination, `.${id}`)];
    yield* makeDirectory(staging);
    yield* requireOwn(destination, staging, user);
    const socket = yield* listenIn(staging, id);
    if (socket === undefined) yield* writeOwnerProcess(staging);
    yield* disk.rename(staging, path);
    return new OwnerDirectory(path, id, (yield* disk.lstat(path)).ino, socket);
  }

  get destination(): string {
    return dirname(this.path);
  }

  /** Where what dead siblings left is taken to. */
  async makeAdopted(): Promise<string> {
    const adopted = join(this.path, ADOPTED);
    await inTurn(makeDirectory(adopted));
    return adopted;
  }

  isInPlace(): Promise<boolean> {
    return lstat(this.path).then(
      (stat) => this.#is(stat),
      (error: unknown) => !isMissing(error),
    );
  }

  isInPlaceNow(): boolean {
    try {
      return this.#is(lstatSync(this.path));
    } catch (error) {
      return !isMissing(error);
    }
  }

  #is(stat: Stats): boolean {
    return stat.ino === this.#inode;
  }

  /** From now on it is a dead sibling's; it goes when there is nothing in it. */
  async close(): Promise<void> {
    this.#socket?.close();
    await Promise.allSettled([SOCKET, OWNER_PROCESS].map((name) => unlink(join(this.path, name))));
    await rmdir(join(this.path, ADOPTED)).catch(() => {});
    await rmdir(this.path).catch(() => {});
  }
}

/** Who owns a directory here is compared with what this process has just made beside it. @throws SpoolOwnerError */
function* requireOwn(destination: string, made: string, user: OwnUser): Steps<void> {
  const own = yield* disk.lstat(made);
  user.learn(own);
  try {
    yield* user.require(destination);
  } catch (error) {
    if (error instanceof SpoolOwnerError) void rmdir(made).catch(() => {});
    throw error;
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
