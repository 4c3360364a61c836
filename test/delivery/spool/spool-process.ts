import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const PROGRAM = join(import.meta.dirname, 'fixtures', 'spool-process.cjs');

export interface SpoolProcess {
  readonly child: ChildProcess;
  /** The next thing that it says. */
  next<T>(): Promise<T>;
  /** What it has said that nobody has asked for. */
  readonly said: readonly unknown[];
  /** Ends it as nothing can prevent, and waits until it is gone. */
  kill(): Promise<void>;
}

/** @param wrap A program that is given the command line of the process, such as `prlimit`. */
export function startSpoolProcess(
  command: string,
  directory: string,
  amount: string | number = '',
  wrap: readonly string[] = [],
  node: readonly string[] = [process.execPath],
): SpoolProcess {
  const [execPath = process.execPath, ...execArgv] = [...wrap, ...node];
  const child = fork(PROGRAM, [command, directory, String(amount)], { execPath, execArgv, stdio: 'inherit' });
  const said: unknown[] = [];
  child.on('message', (message) => said.push(message));
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return {
    child,
    said,
    async next<T>() {
      while (said.length === 0) await once(child, 'message');
      return said.shift() as T;
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
