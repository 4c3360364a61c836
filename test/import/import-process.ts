import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CLI = join(import.meta.dirname, '../../dist/commands/cli.js');

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ImportProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<Ending>;
}

export interface ImportProcessOptions {
  readonly postgresUrl: string;
  readonly clickhouseUrl: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
}

/** The command as its users run it: a process of its own. */
export function startImport(options: ImportProcessOptions): ImportProcess {
  const { args = [], env = {}, nodeArgs = [] } = options;
  const child = spawn(
    process.execPath,
    [...nodeArgs, CLI, 'import', 'easy-audit', '--postgres', options.postgresUrl, ...args],
    {
      env: { PATH: process.env['PATH'], AUDIT_REGISTER_CLICKHOUSE_URL: options.clickhouseUrl, ...env },
      cwd: tmpdir(),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  return { child, ended: ending(child) };
}

async function ending(child: ChildProcess): Promise<Ending> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}
