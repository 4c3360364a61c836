import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

const LOCK = 'demo.pid';

/**
 * Takes the directory for this process.
 * @returns What gives it back.
 * @throws Error when another demo has it, or it cannot be written.
 */
export async function claimDirectory(directory: string): Promise<() => Promise<void>> {
  const lock = join(directory, LOCK);
  try {
    await mkdir(directory, { recursive: true });
    if (await writeLock(lock)) return () => rm(lock, { force: true });
  } catch (cause) {
    throw new Error(
      `${directory} cannot be written (${(cause as Error).message}): remove it, ` +
        'or choose another with `npm run demo -- --data-dir <directory>`.',
      { cause },
    );
  }
  const pid = Number(await readFile(lock, 'utf8').catch(() => ''));
  if (await isDemo(pid)) {
    throw new Error(
      `Another demo (process ${pid}) runs on ${directory}. Press Ctrl-C there or \`kill ${pid}\`, ` +
        'or give this one a place of its own: npm run demo -- --data-dir .demo/second',
    );
  }
  // Left behind by a demo that was killed.
  await rm(lock, { force: true });
  return claimDirectory(directory);
}

async function writeLock(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Process ids are used again: where the system shows the command, we look at it. */
async function isDemo(pid: number): Promise<boolean> {
  if (!(pid > 0) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'demo');
  return command.includes('demo');
}
