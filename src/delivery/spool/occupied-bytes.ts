import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessGone } from './fs-error.js';

/** NOTE: looked at every few seconds by every process: whoever finds so many files does not count the others. */
const MOST_FILES = 20_000;

/** Bytes of the files below a directory, without one entry of it. */
export async function occupiedBytes(directory: string, without?: string): Promise<number> {
  let [bytes, files] = [0, 0];
  const left = [directory];
  for (let next = left.pop(); next !== undefined && files < MOST_FILES; next = left.pop()) {
    for (const entry of (await unlessGone(readdir(next, { withFileTypes: true }))) ?? []) {
      const path = join(next, entry.name);
      if (entry.isDirectory() && entry.name !== without) left.push(path);
      if (!entry.isFile()) continue;
      files += 1;
      bytes += (await unlessGone(lstat(path)))?.size ?? 0;
    }
  }
  return bytes;
}
