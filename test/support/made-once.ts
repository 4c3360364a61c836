import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Gone with the run; see `run-directory.ts`. */
    readonly runDirectory: string;
  }
}

/**
 * Puts data of a server at `target` that take seconds to make: whoever needs them first in a run makes them, and everybody
 * has a copy. `make` leaves them in the directory it is given, which is not there yet, with no server on them.
 */
export async function placeCopy(
  name: string,
  target: string,
  make: (directory: string) => Promise<void>,
): Promise<void> {
  const kept = join(inject('runDirectory'), name);
  if (!existsSync(kept)) await keep(kept, make);
  // With owners, without which PostgreSQL refuses them, and with links as they are: within the copy.
  await promisify(execFile)('cp', ['-a', kept, target]);
}

async function keep(kept: string, make: (directory: string) => Promise<void>): Promise<void> {
  const draft = await mkdtemp(`${kept}-`);
  await chmod(draft, 0o755);
  try {
    await make(join(draft, 'data'));
    await rename(join(draft, 'data'), kept);
  } catch (error) {
    // Another file of the run was first.
    if (!existsSync(kept)) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
