import { execFile } from 'node:child_process';
import { join } from 'node:path';

const CLI = join(import.meta.dirname, '../../dist/commands/cli.js');
const COMMAND_MILLIS = 600_000;
const MOST_OUTPUT_BYTES = 256 * 2 ** 20;

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `audit-register …` as a user does. Never rejects for its exit code. */
export function runCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [CLI, ...args],
      { env, timeout: COMMAND_MILLIS, killSignal: 'SIGKILL', maxBuffer: MOST_OUTPUT_BYTES },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        if (typeof code === 'number') resolve({ code, stdout, stderr });
        else reject(new Error(`audit-register ${args.join(' ')} did not end: ${stderr}`, { cause: error }));
      },
    );
  });
}
