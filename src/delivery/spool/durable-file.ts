import { Buffer } from 'node:buffer';
import { renameSync, writeFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FILE_MODE, UNFINISHED } from './names.js';

/** Writes a small file that is there whole or not at all. */
export async function writeWhole(path: string, buffers: readonly Buffer[], isForced: boolean): Promise<void> {
  const unfinished = `${path}${UNFINISHED}`;
  // NOTE: what a crash left under this name is written over.
  const handle = await open(unfinished, 'w', FILE_MODE);
  try {
    await handle.chmod(FILE_MODE);
    for (const buffer of buffers) await handle.writeFile(buffer);
    if (isForced) await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, path);
  if (isForced) await syncDirectory(dirname(path));
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
    await handle.sync();
  } finally {
    await handle.close();
  }
}
