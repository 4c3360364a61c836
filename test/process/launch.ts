import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { CAPTURE_ENV } from '../support/capture-mode.ts';
import { until } from './condition.ts';
import { NODES, ROOT } from './nodes.ts';
import type { NodeVersion } from './nodes.ts';

/** Everything an application of these tests may import beside this package. */
const DEPENDENCIES = ['pg', '@opentelemetry'];

export const JWT_SECRET = 'a secret of at least thirty-two bytes';

/** A record as the file sink writes it. */
export type Line = Record<string, unknown> & {
  readonly category: string;
  readonly action: string;
  readonly actor_id: string;
  readonly actor_assurance: string;
  readonly trace_id: string;
  readonly correlation_id: string;
};

export interface LaunchOptions {
  /** @default 24 */
  readonly node?: NodeVersion | undefined;
  /** Before the application's file. @default `--require audit-register` */
  readonly nodeArgs?: readonly string[];
  /** After the application's file. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly millis: number;
}

export interface Launched {
  readonly child: ChildProcess;
  readonly ended: Promise<Ending>;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The next line on standard output that matches. */
  readonly said: (pattern: RegExp) => Promise<RegExpMatchArray>;
  /** `http://127.0.0.1:<port>`, once the application says `listening <port>`. */
  readonly address: () => Promise<string>;
  /** What the file sink has by now. */
  readonly lines: () => Line[];
}

/** A directory as users have it: the applications, with this package and what they need in node_modules. */
export interface Installation {
  readonly directory: string;
  readonly launch: (file: string, options?: LaunchOptions) => Launched;
}

/** One installation for a file of tests; what a test leaves running is killed after it. */
export function useInstallation(): () => Installation {
  const running = new Set<ChildProcess>();
  let directory = '';
  beforeAll(() => {
    directory = install();
  });
  afterEach(() => {
    for (const child of running) child.kill('SIGKILL');
    running.clear();
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return () => ({
    directory,
    launch: (file, options = {}) => {
      const launched = launchIn(directory, file, options);
      running.add(launched.child);
      return launched;
    },
  });
}

function install(): string {
  const directory = mkdtempSync(join(tmpdir(), 'audit-register-process-'));
  cpSync(join(ROOT, 'test/fixtures/process'), directory, { recursive: true });
  link(ROOT, join(directory, 'node_modules/audit-register'));
  for (const name of DEPENDENCIES)
    link(join(ROOT, 'node_modules', name), join(directory, 'node_modules', name));
  return directory;
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

let launches = 0;

function launchIn(directory: string, file: string, options: LaunchOptions): Launched {
  const { node = 24, nodeArgs = ['--require', 'audit-register'], args = [], env = {} } = options;
  const records = join(directory, `records-${(launches += 1)}.jsonl`);
  const started = performance.now();
  const child = spawn(NODES[node], [...nodeArgs, file, ...args], {
    cwd: directory,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: directory,
      AUDIT_REGISTER_SINK: 'file',
      AUDIT_REGISTER_FILE_PATH: records,
      AUDIT_REGISTER_FLUSH_INTERVAL_MS: '50',
      AUDIT_REGISTER_JWT_SECRET: JWT_SECRET,
      ...CAPTURE_ENV,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => (output[stream] += text));
  }
  const ended = new Promise<Ending>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      resolve({ code, signal, ...output, millis: performance.now() - started }),
    );
  });
  const said = (pattern: RegExp): Promise<RegExpMatchArray> =>
    until(`${pattern} from ${file} (${JSON.stringify(output)})`, () => {
      if (child.exitCode !== null) throw new Error(`${file} has ended: ${JSON.stringify(output)}`);
      return output.stdout.match(pattern) ?? undefined;
    });
  return {
    child,
    ended,
    said,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    address: async () => `http://127.0.0.1:${(await said(/^listening (\d+)$/m))[1]}`,
    lines: () => readLines(records),
  };
}

/** NOTE: the file may end within a line that is still being written. */
function readLines(path: string): Line[] {
  if (!existsSync(path)) return [];
  const whole = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return whole.map((line) => JSON.parse(line) as Line);
}
