import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { peakMemory } from './memory.ts';
import { threadsOf } from './threads.ts';

const APP = join(import.meta.dirname, '../app/app.cjs');
const PRELOAD = join(import.meta.dirname, '../../dist/register.js');
/** Bytes of standard error kept for messages. */
const KEPT_BYTES = 8_192;
/** A process that was asked to end, and has not after so long, is hung. */
const HUNG_MILLIS = 30_000;

export interface AppOptions {
  readonly env: NodeJS.ProcessEnv;
  /** False runs it bare. @default true */
  readonly isAudited?: boolean;
  /** What stands before the path of Node.js: `setpriv …` takes rights away. */
  readonly wrapper?: readonly string[];
}

/** Started, and not yet gone. */
const running = new Set<AppProcess>();

/** One life of the application. It ends when this process does, however that happens. */
export class AppProcess {
  readonly startedAt = performance.now();
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  #stderr = '';
  #port: Promise<number | undefined>;

  constructor({ env, isAudited = true, wrapper = [] }: AppOptions) {
    const preload = isAudited ? ['--require', PRELOAD] : [];
    const [command = '', ...args] = [...wrapper, process.execPath, ...preload, APP];
    this.#child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-KEPT_BYTES);
    });
    running.add(this);
    this.ended = describeEnd(this.#child).finally(() => running.delete(this));
    this.#port = this.#waitForPort();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The last lines on standard error. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Undefined where the process ends before it listens. */
  port(): Promise<number | undefined> {
    return this.#port;
  }

  /** @throws Error with what it said, where it ends before it listens */
  async requirePort(): Promise<number> {
    const port = await this.#port;
    if (port === undefined) throw new Error(`the application did not start: ${this.#stderr}`);
    return port;
  }

  /** Bytes of memory it has used at most so far; 0 where the system does not say. */
  peakMemory(): number {
    return peakMemory(this.pid);
  }

  /** Resolves with how it ended; killed where it does not. */
  async end(signal: NodeJS.Signals): Promise<string> {
    this.#child.kill(signal);
    return this.endsByItself();
  }

  async endsByItself(): Promise<string> {
    const killer = setTimeout(() => {
      this.#stderr += `\nhung, its threads wait in ${threadsOf(this.pid)}`;
      this.#child.kill('SIGKILL');
    }, HUNG_MILLIS);
    const how = await this.ended;
    clearTimeout(killer);
    return how;
  }

  async #waitForPort(): Promise<number | undefined> {
    const settled = new AbortController();
    try {
      const message = once(this.#child, 'message', { signal: settled.signal });
      const first = await Promise.race([message, this.ended]);
      return typeof first === 'string' ? undefined : (first[0] as { port: number }).port;
    } catch {
      return undefined;
    } finally {
      settled.abort();
    }
  }
}

export async function killAllApps(): Promise<void> {
  await Promise.all([...running].map((app) => app.end('SIGKILL')));
}

async function describeEnd(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    return signal ?? `exit code ${code}`;
  } catch (error) {
    return `could not be started: ${(error as Error).message}`;
  }
}
