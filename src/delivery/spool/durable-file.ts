import { Buffer } from 'node:buffer';
import { renameSync, writeFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { forced } from './forcing.js';
import { FILE_MODE, isForUserAlone, UNFINISHED } from './names.js';

/** Writes a small file that is there whole or not at all. */
export async function writeWhole(path: string, buffers: readonly Buffer[], isForced: boolean): Promise<void> {
  const unfinished = `${path}${UNFINISHED}`;
  try {
    await writeUnfinished(unfinished, buffers, isForced);
    await rename(unfinished, path);
  } catch (error) {
    // NOTE: on a full disk it would take the room that the next one needs.
    await rm(unfinished, { force: true }).catch(() => {});
    throw error;
  }
  if (isForced) await syncDirectory(dirname(path));
}

async function writeUnfinished(path: string, buffers: readonly Buffer[], isForced: boolean): Promise<void> {
  // NOTE: what a crash left under this name is written over.
  const handle = await open(path, 'w', FILE_MODE);
  try {
    if (!isForUserAlone(await handle.stat())) await handle.chmod(FILE_MODE);
    for (const buffer of buffers) await handle.writeFile(buffer);
    if (isForced) await force(handle);
  } finally {
    await handle.close();
  }
}

/** Forces a file to disk, where this process may do that. */
export async function force(handle: FileHandle): Promise<void> {
  await forced(() => handle.sync());
}

/** The same for the end of the process, not forced to disk. */
export function writeWholeNow(path: string, buffers: readonly Buffer[]): void {
  const unfinished = `${path}${UNFINISHED}`;
  writeFileSync(unfinished, Buffer.concat(buffers), { mode: FILE_MODE });
  renameSync(unfinished, path);
}

/** Makes the names in a directory last. Not every system can do that, and where it cannot they do not need it. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await force(handle);
  } finally {
    await handle.close();
  }
}
