import { constants } from 'node:fs';
import type { Stats } from 'node:fs';
import { link, lstat, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { messageOf } from '../errors.js';
import { ExportError } from './errors.js';

/** What a group and everybody may do. */
const OTHERS = 0o077;
/** File systems without hard links say one of these. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Opens a file to go on with it: only one that nobody else can have put there, made a name for or written into.
 *
 * @returns undefined where there is none
 * @throws ExportError for everything else
 */
export async function openOwn(path: string, flags: number): Promise<FileHandle | undefined> {
  let handle: FileHandle | undefined;
  try {
    // NOTE: Windows has neither of these flags.
    if ((await lstat(path)).isSymbolicLink()) throw refusal(path, 'it is a link');
    // Without waiting for who writes into it, should it be a pipe.
    handle = await open(path, flags | (constants.O_NOFOLLOW || 0) | (constants.O_NONBLOCK || 0));
    const reason = foreignness(await handle.stat());
    if (reason !== undefined) throw refusal(path, reason);
    return handle;
  } catch (error) {
    await handle?.close();
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error instanceof ExportError ? error : refusal(path, messageOf(error), error);
  }
}

function foreignness(stats: Stats): string | undefined {
  if (!stats.isFile()) return 'it is no regular file';
  if (stats.nlink !== 1) return 'it has another name, too';
  const user = process.getuid?.();
  if (user === undefined) return undefined;
  if (stats.uid !== user) return `it belongs to user ${stats.uid}`;
  return (stats.mode & OTHERS) === 0 ? undefined : 'others may read or write it';
}

function refusal(path: string, reason: string, cause?: unknown): ExportError {
  return new ExportError(
    `${path} is not as an export of yours leaves it (${reason}): it cannot go on. Give --restart to begin from nothing.`,
    { cause },
  );
}

/** Makes a file anew, so that it is no link that somebody else has put there. Only its owner reads it. */
export async function createOwn(path: string): Promise<FileHandle> {
  await rm(path, { force: true });
  return await open(path, 'wx+', 0o600);
}

/** Gives a file its name. @throws an error with the code EEXIST where that name is taken and must stay */
export async function giveName(from: string, to: string, isForced: boolean): Promise<void> {
  if (!isForced) {
    try {
      await link(from, to);
      return await rm(from);
    } catch (error) {
      if (!NO_LINKS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      // The name is taken first, and what has it then is ours.
      await (await open(to, 'wx', 0o600)).close();
    }
  }
  await rename(from, to);
}
