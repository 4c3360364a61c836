import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const CLI = join(import.meta.dirname, '../../dist/commands/cli.js');

export interface SpoolEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SpoolCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<SpoolEnd>;
}

/** `audit-register spool` as its users run it: a process of its own. */
export function startSpool(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  uid?: number,
): SpoolCommand {
  return startCommand(['spool', ...args], env, uid);
}

/** Whether everything that is in the store is as it was written. */
export function startVerify(env: Readonly<Record<string, string>>): SpoolCommand {
  return startCommand(['verify'], env);
}

function startCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  uid?: number,
): SpoolCommand {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid !== undefined && { uid }),
  });
  return { child, ended: ending(child) };
}

async function ending(child: ChildProcess): Promise<SpoolEnd> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
