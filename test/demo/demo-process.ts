import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const DEMO = resolve(import.meta.dirname, '../../examples/demo/demo.ts');

/** A directory that the demo, as root also its PostgreSQL's own account, can use. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'audit-register-demo-'));
  chmodSync(directory, 0o755);
  return directory;
}

/** A demo that really runs, as a process. */
export class DemoProcess {
  /** Everything it starts inherits this text in its environment. */
  readonly mark = `demo-test-${randomUUID()}`;
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  output = '';
  readonly #waiting: (() => void)[] = [];
  #isOver = false;

  constructor(directory: string, ...args: string[]) {
    this.child = spawn(process.execPath, [DEMO, '--data-dir', directory, ...args], {
      env: { PATH: process.env['PATH'], DEMO_TEST_MARK: this.mark },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.ended = once(this.child, 'close').then(([code, signal]) => {
      this.#isOver = true;
      this.#wake();
      return { code, signal };
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.output += chunk;
        this.#wake();
      });
    }
  }

  /** Resolves when the output matches; rejects when the demo ends without that. */
  async says(pattern: RegExp): Promise<RegExpMatchArray> {
    for (;;) {
      const match = this.output.match(pattern);
      if (match !== null) return match;
      if (this.#isOver) throw new Error(`The demo ended without saying ${pattern}:\n${this.output}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
