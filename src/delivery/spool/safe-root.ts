import type { Stats } from 'node:fs';
import { dirname } from 'node:path';
import { disk } from './disk-steps.js';
import type { Steps } from './disk-steps.js';
import { hasCode } from './fs-error.js';
import { makeDirectory } from './names.js';
import { SpoolOwnerError } from './own-user.js';
import { temporaryRoot } from './spool-root.js';

const WRITABLE_BY_OTHERS = 0o022;

/** Makes the root of a spool where it is among the temporary files: anybody can be faster there. @throws SpoolOwnerError */
export function* makeSafeRoot(root: string): Steps<void> {
  for (const path of partsOf(root)) {
    yield* makePart(path);
    requireSafe(path, yield* disk.lstat(path));
  }
}

/** The same for a root that is only read. */
export function* requireSafeRoot(root: string): Steps<void> {
  for (const path of partsOf(root)) requireSafe(path, yield* disk.lstat(path));
}

/** Those that others can make before us. */
function partsOf(root: string): readonly string[] {
  return root === temporaryRoot() ? [dirname(root), root] : [];
}

function* makePart(path: string): Steps<void> {
  try {
    yield* makeDirectory(path);
  } catch (error) {
    // NOTE: a link to nowhere is there, and is none.
    if (!hasCode(error, 'EEXIST', 'ENOENT')) throw error;
  }
}

function requireSafe(path: string, stat: Stats): void {
  if (!stat.isDirectory()) throw new SpoolOwnerError(path, 'is no directory of its own');
  if (process.geteuid !== undefined && stat.uid !== process.geteuid())
    throw new SpoolOwnerError(path, `belongs to another user (uid ${stat.uid})`);
  if (process.platform !== 'win32' && (stat.mode & WRITABLE_BY_OTHERS) !== 0)
    throw new SpoolOwnerError(path, 'can be changed by others');
}
