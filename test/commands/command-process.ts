import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startInTerminal } from '../support/pseudo-terminal.ts';
import type { TerminalProcess } from '../support/pseudo-terminal.ts';

const CLI = join(import.meta.dirname, '../../dist/commands/cli.js');

export interface CommandEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly ended: Promise<CommandEnd>;
}

type Env = Readonly<Record<string, string>>;

/** A command as its users run it: a process of its own, with pipes. */
export function startCommand(args: readonly string[], env: Env): RunningCommand {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return { child, stdout: () => stdout, stderr: () => stderr, ended };
}

export function runCommand(args: readonly string[], env: Env): Promise<CommandEnd> {
  return startCommand(args, env).ended;
}

/** The same at a real terminal of so many columns. */
export function startAtTerminal(args: readonly string[], env: Env, columns: number): TerminalProcess {
  return startInTerminal(
    [CLI, ...args],
    { PATH: process.env['PATH'] ?? '', TERM: 'xterm', ...env },
    columns,
    tmpdir(),
  );
}
