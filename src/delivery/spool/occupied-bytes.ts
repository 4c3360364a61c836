import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** NOTE: looked at every few seconds by every process: whoever finds so many files does not count the others. */
const MOST_FILES = 20_000;

/** Bytes of a spool: of the files that this process writes and removes as they are, of others as they were last seen. */
export class OccupiedBytes {
  readonly #known = new Map<string, number>();
  #knownBytes = 0;
  #otherBytes = 0;

  get total(): number {
    return this.#knownBytes + this.#otherBytes;
  }

  /** A file has so many bytes now. */
  set(path: string, bytes: number): void {
    this.#knownBytes += bytes - (this.#known.get(path) ?? 0);
    if (bytes === 0) this.#known.delete(path);
    else this.#known.set(path, bytes);
  }

  /** A file of which nothing more will be said. */
  addOther(bytes: number): void {
    this.#otherBytes += bytes;
  }

  /** Looks at what others hold, and whether somebody has removed what is known. */
  async look(directory: string): Promise<void> {
    const known = new Set(this.#known.keys());
    let [bytes, files] = [0, 0];
    for await (const path of filesBelow(directory)) {
      if (files++ === MOST_FILES) break;
      if (!known.delete(path) && !this.#known.has(path)) bytes += await sizeOf(path);
    }
    this.#otherBytes = bytes;
    for (const path of known) if ((await sizeOf(path)) === 0) this.set(path, 0);
  }
}

async function* filesBelow(directory: string): AsyncGenerator<string> {
  const left = [directory];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    for (const entry of await entriesOf(next)) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) left.push(path);
      else if (entry.isFile()) yield path;
    }
  }
}

async function entriesOf(directory: string): Promise<Dirent[]> {
  return readdir(directory, { withFileTypes: true }).catch(() => []);
}

async function sizeOf(path: string): Promise<number> {
  return lstat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
