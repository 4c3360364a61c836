import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

const ANSWER_MILLIS = 120_000;
const END_MILLIS = 20_000;
/** Lines of standard error kept for messages. */
const KEPT_LINES = 20;

export interface PeerOptions {
  /** For messages. */
  readonly name: string;
  /** Arguments for Node.js. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Cores it may run on, as taskset names them; empty leaves that to the system. */
  readonly cores: string;
}

/** A Node.js process that first says something of its own accord, then answers questions one at a time. */
export interface Peer {
  ask<T>(question: unknown): Promise<T>;
  /** Waits for the next message that is no answer. */
  next<T>(): Promise<T>;
  /** Lets it end by itself. Resolves with what was wrong with its life, a sentence each. */
  end(): Promise<readonly string[]>;
}

/** It ends when it is let go, and it is let go when this process ends, however that happens. */
export function startPeer(options: PeerOptions): Peer {
  return new ChildPeer(options);
}

class ChildPeer implements Peer {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  readonly #complaints: string[] = [];

  constructor({ name, args, env, cores }: PeerOptions) {
    this.#name = name;
    const [command, ...rest] = [...pinned(cores), process.execPath, ...args] as [string, ...string[]];
    this.#child = spawn(command, rest, { env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#keep(text));
    this.#ended = this.#waitForEnd();
  }

  async ask<T>(question: unknown): Promise<T> {
    const message = this.next<{ answer: T }>();
    this.#child.send({ question });
    return (await message).answer;
  }

  async next<T>(): Promise<T> {
    const settled = new AbortController();
    const { signal } = settled;
    const late = new Promise<never>((_resolve, reject) => {
      const timer = setTimeout(() => reject(this.#failure('does not answer')), ANSWER_MILLIS);
      signal.addEventListener('abort', () => clearTimeout(timer));
    });
    const ended = this.#ended.then((how) => Promise.reject(this.#failure(how)));
    try {
      const [message] = await Promise.race([once(this.#child, 'message', { signal }), late, ended]);
      return message as T;
    } finally {
      settled.abort();
    }
  }

  async end(): Promise<readonly string[]> {
    if (this.#child.connected) this.#child.disconnect();
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), END_MILLIS);
    const how = await this.#ended;
    clearTimeout(killer);
    return [...(how === 'ended with exit code 0' ? [] : [how]), ...this.#complaints];
  }

  /** NOTE: `close` never comes to a child that was let go by `disconnect()`. */
  async #waitForEnd(): Promise<string> {
    try {
      const [[code, signal]] = await Promise.all([
        once(this.#child, 'exit') as Promise<[number | null, string | null]>,
        once(this.#child.stderr as Readable, 'close'),
      ]);
      return `ended with ${signal ?? `exit code ${code}`}`;
    } catch (error) {
      return `could not be started: ${(error as Error).message}`;
    }
  }

  #keep(text: string): void {
    this.#complaints.push(...text.split('\n').filter((line) => line.trim() !== ''));
    this.#complaints.splice(0, this.#complaints.length - KEPT_LINES);
  }

  #failure(what: string): Error {
    return new Error([`${this.#name} ${what}`, ...this.#complaints].join('\n'));
  }
}

function pinned(cores: string): readonly string[] {
  return cores === '' ? [] : ['taskset', '-c', cores];
}
