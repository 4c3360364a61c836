import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Run } from '../life/run.ts';
import { claim } from './claim.ts';
import type { Claim } from './claim.ts';

/** Files of segments that wait in the spool; what is left of delivered ones, to name the end of a chain, is none. */
export async function waitingFiles(directory: string): Promise<string[]> {
  // NOTE: directories are renamed while they are adopted; what has gone from here is found under its new name.
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map((entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return waitingFiles(path);
      return entry.name.endsWith('.segment') ? [path] : [];
    }),
  );
  return found.flat();
}

/** Brings everything that dead processes left to the register, as a user does after the last of them. */
export async function drainSpool(run: Run): Promise<readonly Claim[]> {
  if (run.mode === 'memory') return [];
  const { code, stderr } = await run.command('spool', 'flush');
  const waiting = await waitingFiles(run.spoolDirectory);
  return [
    claim('`audit-register spool flush` delivers what is left', code === 0, lastLines(code, stderr)),
    claim('the spool is empty at the end', waiting.length === 0, `${waiting.length} segments in it`),
  ];
}

function lastLines(code: number, stderr: string): string {
  return [`exit code ${code}`, ...stderr.trim().split('\n').slice(-2)]
    .filter((line) => line !== '')
    .join(': ');
}
