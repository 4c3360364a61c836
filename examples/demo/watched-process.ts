import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';

/**
 * Turns itself into the command, and leaves a small guard behind that reads file descriptor 3. The other end
 * of it belongs to our process: when that dies, however it dies, the guard reads the end of the file and
 * stops the command. `done` is what an orderly stop writes, so that no signal goes to a process id that is
 * not the command's any more.
 */
const GUARDED = `
  signal="$1"; shift
  ( read -r _ <&3 || kill -s "$signal" $$ ) </dev/null >/dev/null 2>&1 &
  exec "$@" 3<&-
`;

/** Lines of output kept for the message of a failure. */
const KEPT_LINES = 40;

export interface WatchedProcessOptions {
  /** For messages, such as `PostgreSQL`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** @default 'TERM' */
  readonly stopSignal?: 'TERM' | 'INT' | undefined;
  /** How long it may take to stop before it is killed. @default 10_000 */
  readonly graceMillis?: number | undefined;
  /** Every whole line of stdout and stderr. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/** A process that never outlives the one that started it. */
export interface WatchedProcess {
  readonly pid: number;
  /** Resolves when it has ended, with a sentence about how. Never rejects. */
  readonly ended: Promise<string>;
  /** The last lines it wrote. */
  lastOutput(): string;
  /** The first line that matches. Rejects when the process ends first or the time is over. */
  line(pattern: RegExp, timeoutMillis: number): Promise<RegExpMatchArray>;
  /** Stops it and waits until it is gone. May be called at any time, any number of times. */
  stop(): Promise<void>;
}

/** In the order of their start. */
const running = new Set<WatchedProcess>();
let isStopping = false;

/**
 * Starts a process that never outlives this one.
 * @throws Error after `stopEverything()`.
 */
export function startWatched(options: WatchedProcessOptions): WatchedProcess {
  if (isStopping) throw new Error(`${options.name} is not started: everything is being stopped`);
  const watched = launch(options);
  running.add(watched);
  void watched.ended.then(() => running.delete(watched));
  return watched;
}

/** Stops whatever runs, the youngest first, since it uses the older ones. Nothing starts from now on. */
export async function stopEverything(): Promise<void> {
  isStopping = true;
  for (const watched of [...running].reverse()) await watched.stop();
}

function launch(options: WatchedProcessOptions): WatchedProcess {
  const { name, command, args, stopSignal = 'TERM', graceMillis = 10_000 } = options;
  const child = spawn('/bin/sh', ['-c', GUARDED, 'sh', stopSignal, command, ...args], {
    cwd: options.cwd,
    env: options.env,
    // Passing `undefined` for these is refused.
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // A session of its own: Ctrl-C reaches only us, and we stop everything in the right order.
    detached: true,
  });
  const output = collectLines(child, options.onLine);
  let isRunning = true;
  // NOTE: `close` comes after every stream is closed, and the guard holds one of them until it is released.
  child.once('exit', () => releaseGuard(child));
  const ended = describeEnd(child, name).finally(() => {
    isRunning = false;
  });
  return {
    pid: child.pid ?? 0,
    ended,
    lastOutput: () => output.kept.join('\n'),
    line: (pattern, timeoutMillis) => waitForLine(name, output, ended, pattern, timeoutMillis),
    async stop() {
      if (!isRunning) return;
      signalQuietly(child.pid, `SIG${stopSignal}`);
      const killer = setTimeout(() => signalQuietly(child.pid && -child.pid, 'SIGKILL'), graceMillis);
      await ended;
      clearTimeout(killer);
    },
  };
}

interface Output {
  readonly kept: string[];
  readonly listeners: Set<(line: string) => void>;
}

function collectLines(child: ChildProcess, onLine: ((line: string) => void) | undefined): Output {
  const output: Output = { kept: [], listeners: new Set(onLine === undefined ? [] : [onLine]) };
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) keep(output, line);
    });
  }
  return output;
}

function keep(output: Output, line: string): void {
  output.kept.push(line);
  if (output.kept.length > KEPT_LINES) output.kept.shift();
  for (const listener of output.listeners) listener(line);
}

async function describeEnd(child: ChildProcess, name: string): Promise<string> {
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    return signal === null ? `${name} ended with exit code ${code}` : `${name} was ended by ${signal}`;
  } catch (error) {
    return `${name} could not be started: ${(error as Error).message}`;
  }
}

function releaseGuard(child: ChildProcess): void {
  const guard = child.stdio[3] as Writable | null | undefined;
  guard?.on('error', () => {}).end('done\n');
}

function waitForLine(
  name: string,
  output: Output,
  ended: Promise<string>,
  pattern: RegExp,
  timeoutMillis: number,
): Promise<RegExpMatchArray> {
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => reject(new Error(`${what}\n${output.kept.join('\n')}`.trim()));
    const late = setTimeout(() => {
      output.listeners.delete(look);
      fail(`${name} was not ready after ${timeoutMillis / 1000} s.`);
    }, timeoutMillis);
    const look = (line: string): void => {
      const match = line.match(pattern);
      if (match === null) return;
      output.listeners.delete(look);
      clearTimeout(late);
      resolve(match);
    };
    void ended.then((how) => {
      clearTimeout(late);
      fail(`${how}.`);
    });
    output.listeners.add(look);
    output.kept.forEach(look);
  });
}

function signalQuietly(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined || pid === 0) return;
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}
