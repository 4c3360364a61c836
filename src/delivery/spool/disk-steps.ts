import fs from 'node:fs';
import type { Stats } from 'node:fs';
import { chmod, lstat, mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const open = promisify(fs.open);

/** One call of the file system, in both its forms. */
interface Call {
  now(): unknown;
  later(): Promise<unknown>;
}

/**
 * Work on the disk that is written once and done in either way: a disk that hangs must not stop the application, and at the
 * end of a process nothing can be waited for.
 */
export type Steps<T> = Generator<Call, T, unknown>;

export const disk = {
  lstat: (path: string): Steps<Stats> =>
    step(
      () => fs.lstatSync(path),
      () => lstat(path),
    ),
  stat: (path: string): Steps<Stats> =>
    step(
      () => fs.statSync(path),
      () => stat(path),
    ),
  mkdir: (path: string, mode: number): Steps<unknown> =>
    step(
      () => fs.mkdirSync(path, mode),
      () => mkdir(path, mode),
    ),
  chmod: (path: string, mode: number): Steps<void> =>
    step(
      () => fs.chmodSync(path, mode),
      () => chmod(path, mode),
    ),
  rename: (from: string, to: string): Steps<void> =>
    step(
      () => fs.renameSync(from, to),
      () => rename(from, to),
    ),
  open: (path: string, flags: number): Steps<number> =>
    step(
      () => fs.openSync(path, flags),
      () => open(path, flags),
    ),
  writeFile: (path: string, text: string, mode: number): Steps<void> =>
    step(
      () => fs.writeFileSync(path, text, { mode }),
      () => writeFile(path, text, { mode }),
    ),
};

/** Blocks until all of it is done. */
export function atOnce<T>(steps: Steps<T>): T {
  let next = steps.next();
  while (next.done !== true) {
    let value: unknown;
    try {
      value = next.value.now();
    } catch (error) {
      next = steps.throw(error);
      continue;
    }
    next = steps.next(value);
  }
  return next.value;
}

/** Blocks nothing. */
export async function inTurn<T>(steps: Steps<T>): Promise<T> {
  let next = steps.next();
  while (next.done !== true) {
    let value: unknown;
    try {
      value = await next.value.later();
    } catch (error) {
      next = steps.throw(error);
      continue;
    }
    next = steps.next(value);
  }
  return next.value;
}

function* step<T>(now: () => T, later: () => Promise<T>): Steps<T> {
  return (yield { now, later }) as T;
}
