import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, createReadStream, openSync } from 'node:fs';
import { once } from 'node:events';
import * as ffi from 'ffi-rs';
import { createPseudoTerminal, TERMINAL_FLAGS } from '../../src/embedded/terminal.ts';

export interface TerminalProcess {
  readonly child: ChildProcess;
  /** What the terminal was sent so far, its line ends as one character. */
  readonly shown: () => string;
  /** Of standard error, which is a pipe. */
  readonly said: () => string;
  readonly ended: Promise<number | null>;
}

/** Runs a program of Node.js whose standard output is a real terminal of that many columns. */
export function startInTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  columns: number,
  cwd: string,
): TerminalProcess {
  const { master, path } = createPseudoTerminal(ffi);
  const slave = openSync(path, TERMINAL_FLAGS);
  execFileSync('stty', ['-F', path, 'cols', String(columns), 'rows', '40']);
  const child = spawn(process.execPath, [...args], { cwd, env, stdio: ['ignore', slave, 'pipe'] });
  closeSync(slave);
  let shown = '';
  let said = '';
  const screen = createReadStream('', { fd: master, encoding: 'utf8' });
  screen.on('data', (text) => (shown += text.toString()));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const isShut = new Promise<void>((resolve) => {
    // NOTE: where the last program has closed a terminal, reading from its other end is an input/output error.
    screen.once('error', () => resolve()).once('end', () => resolve());
  });
  const ended = once(child, 'close').then(async ([code]) => {
    await isShut;
    return code as number | null;
  });
  return { child, shown: () => shown.replaceAll('\r\n', '\n'), said: () => said, ended };
}
