import { readFileSync, readlinkSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { disk } from './disk-steps.js';
import type { Steps } from './disk-steps.js';
import { hasCode, unlessGone } from './fs-error.js';
import { FILE_MODE, OWNER_PROCESS } from './names.js';
import { isRecord, parseJson } from './parsed.js';
import { readSmall } from './read-file.js';

/** Who owns a directory, where no socket can be made to show it. What cannot be found out is empty. */
interface OwnerProcess {
  readonly pid: number;
  readonly startedAt: string;
  readonly boot: string;
  readonly pidNamespace: string;
}

export function writeOwnerProcess(directory: string): Steps<void> {
  return disk.writeFile(join(directory, OWNER_PROCESS), JSON.stringify(describe(process.pid)), FILE_MODE);
}

/** False only where it is known to be dead; a directory that nobody signed has no owner. */
export async function mayProcessLive(directory: string): Promise<boolean> {
  const path = join(directory, OWNER_PROCESS);
  if ((await unlessGone(lstat(path))) === undefined) return false;
  const owner = parseJson(await readSmall(path));
  return !isRecord(owner) || mayLive(owner as unknown as OwnerProcess);
}

function mayLive(owner: OwnerProcess): boolean {
  const now = describe(owner.pid);
  if (differs(owner.boot, now.boot)) return false;
  // NOTE: a number of another namespace says nothing here.
  if (differs(owner.pidNamespace, now.pidNamespace)) return true;
  return exists(owner.pid) && !differs(owner.startedAt, now.startedAt);
}

function differs(then: string, now: string): boolean {
  return then !== '' && now !== '' && then !== now;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, 'ESRCH');
  }
}

function describe(pid: number): OwnerProcess {
  return {
    pid,
    startedAt: orEmpty(() => startTime(pid)),
    boot: orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: orEmpty(() => readlinkSync('/proc/self/ns/pid')),
  };
}

/** Field 22 of `/proc/<pid>/stat`; the second one is the name of the program and may hold anything. */
function startTime(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
