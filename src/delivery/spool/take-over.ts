import { lstat, readdir, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, unlessGone } from './fs-error.js';
import { ADOPTED, isOwnerName, isStagingName, OWNER_PROCESS, SOCKET, UNFINISHED } from './names.js';
import type { OwnUser } from './own-user.js';
import { isOwnerAlive } from './owner-directory.js';
import { epochMillis } from '../../timers.js';

/** So long a process may take between making its directory and showing that it lives. */
const MOST_STAGING_MILLIS = 60 * 60 * 1000;

/** Directories of dead siblings that hold something, of this user. What holds nothing is removed. */
export async function findDead(
  destination: string,
  ownId: string | undefined,
  user: OwnUser,
): Promise<string[]> {
  const dead: string[] = [];
  for (const name of await namesIn(destination)) {
    const path = join(destination, name);
    if (isStagingName(name)) await removeForgotten(path);
    if (!isOwnerName(name) || name === ownId || !(await belongsTo(user, path)) || (await isOwnerAlive(path)))
      continue;
    if (await holdsSomething(path)) dead.push(name);
    else await removeEmpty(path);
  }
  return dead;
}

/**
 * Takes a dead sibling's directory, and what it had taken itself, into `adopted`. Of several who try, the rename succeeds
 * for one; what another took first is not an error.
 */
export async function takeOver(path: string, adopted: string, name: string): Promise<void> {
  const own = join(adopted, name);
  try {
    await rename(path, own);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) return;
    throw error;
  }
  await flatten(own, adopted);
}

/** NOTE: also for what was taken over before a crash in the middle of this. */
export async function flatten(directory: string, adopted: string): Promise<void> {
  const nested = join(directory, ADOPTED);
  for (const name of await namesIn(nested)) await takeOver(join(nested, name), adopted, name);
  await rmdir(nested).catch(() => {});
  await Promise.allSettled([SOCKET, OWNER_PROCESS].map((name) => unlink(join(directory, name))));
  for (const name of await namesIn(directory)) {
    if (name.endsWith(UNFINISHED)) await rm(join(directory, name), { force: true });
  }
}

/** Removes what somebody died while writing, in a directory that several write to. */
export async function removeUnfinished(directory: string): Promise<void> {
  for (const name of await namesIn(directory)) {
    if (!name.endsWith(UNFINISHED)) continue;
    const path = join(directory, name);
    const stat = await unlessGone(lstat(path));
    if (stat !== undefined && epochMillis() - stat.mtimeMs > MOST_STAGING_MILLIS)
      await rm(path, { force: true });
  }
}

/** Those that are there; none where the directory is not. */
export async function namesIn(directory: string): Promise<string[]> {
  return (await unlessGone(readdir(directory))) ?? [];
}

export async function removeEmpty(directory: string): Promise<void> {
  await Promise.allSettled([SOCKET, OWNER_PROCESS].map((name) => unlink(join(directory, name))));
  await rmdir(join(directory, ADOPTED)).catch(() => {});
  await rmdir(directory).catch(() => {});
}

async function holdsSomething(directory: string): Promise<boolean> {
  const names = (await namesIn(directory)).filter((name) => name !== SOCKET && name !== OWNER_PROCESS);
  if (names.some((name) => name !== ADOPTED)) return true;
  return (await namesIn(join(directory, ADOPTED))).length > 0;
}

async function belongsTo(user: OwnUser, path: string): Promise<boolean> {
  const stat = await unlessGone(lstat(path));
  return stat !== undefined && user.owns(stat);
}

async function removeForgotten(path: string): Promise<void> {
  const stat = await unlessGone(lstat(path));
  if (stat === undefined || epochMillis() - stat.mtimeMs < MOST_STAGING_MILLIS) return;
  if (!(await isOwnerAlive(path))) await rm(path, { recursive: true, force: true });
}
