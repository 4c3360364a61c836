import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Whether a process still does anything; one that waits to be reaped does not. */
export function isRunning(pid: number): boolean {
  try {
    const state = execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return state !== '' && !state.startsWith('Z');
  } catch {
    return false;
  }
}

export interface Spawned {
  readonly process: ChildProcess;
  readonly pid: number;
  /** The first line of standard output. */
  readonly firstLine: Promise<string>;
  readonly exited: Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** Runs a script with this Node, or with another. */
export function spawnNode(
  args: readonly string[],
  options: SpawnOptions = {},
  node = process.execPath,
): Spawned {
  const child = spawn(node, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const closed = once(child, 'close').then(([exitCode, signal]) => ({ exitCode, signal }));
  return {
    process: child,
    pid: child.pid ?? 0,
    firstLine: readFirstLine(child, closed, () => stderr),
    exited: closed,
    stdout: () => stdout,
    stderr: () => stderr,
  };
}

async function readFirstLine(
  child: ChildProcess,
  closed: Promise<unknown>,
  stderr: () => string,
): Promise<string> {
  if (child.stdout === null) throw new Error('standard output is not piped');
  const line = once(createInterface({ input: child.stdout }), 'line').then(([text]) => String(text));
  const ended = closed.then(() => undefined);
  const first = await Promise.race([line, ended]);
  return first ?? `(ended without a line: ${stderr()})`;
}

/** Processes that serve a data directory, one a line. */
export function engineProcesses(dataDirectory: string): string {
  const all = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,stat=,args='], { encoding: 'utf8' });
  return all
    .split('\n')
    .filter(
      (line) =>
        line.includes('server-process.js') && line.includes(dataDirectory) && !/^\s*\d+\s+Z/.test(line),
    )
    .join('\n');
}
