import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CLI = join(import.meta.dirname, '../../dist/commands/cli.js');

export interface Ending {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PurgeProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ending>;
}

/** The command as its users run it: a process of its own, without a terminal. */
export function startPurge(
  clickhouseUrl: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): PurgeProcess {
  const child = spawn(process.execPath, [CLI, 'purge', ...args], {
    env: { PATH: process.env['PATH'], AUDIT_REGISTER_CLICKHOUSE_URL: clickhouseUrl, ...env },
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { child, ended: ending(child) };
}

async function ending(child: ChildProcess): Promise<Ending> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
