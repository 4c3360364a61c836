import { spawnSync } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';

/** A place that gets full. */
export interface SmallDisk {
  readonly path: string;
  /** What stands before the path of Node.js to make it so small. */
  readonly wrapper: readonly string[];
  /** For the report. */
  readonly how: string;
  remove(): Promise<void>;
}

/** Where nothing may be mounted, no file may grow beyond this: the write fails in the same place, with EFBIG. */
const MOST_FILE_BYTES = 64 * 1024;

/** A tmpfs of that size, or what comes nearest to it where we may not mount one. */
export async function makeSmallDisk(path: string, megabytes: number): Promise<SmallDisk> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true });
  const options = `size=${megabytes}m,mode=0700`;
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
  if (status !== 0) {
    const wrapper = ['prlimit', `--fsize=${MOST_FILE_BYTES}`, '--'];
    return { path, wrapper, how: `RLIMIT_FSIZE of ${MOST_FILE_BYTES} bytes (no mount permitted)`, remove };
  }
  return {
    path,
    wrapper: [],
    how: `tmpfs of ${megabytes} MB`,
    async remove() {
      spawnSync('umount', ['--lazy', path]);
      await remove();
    },
  };
}
