import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { CAPTURE_ENV } from '../support/capture-mode.ts';

const ROOT = join(import.meta.dirname, '../..');
const DIST = join(ROOT, 'dist');
const TLS = join(ROOT, 'test/fixtures/http');

const NODES = {
  22: join(ROOT, 'test/runtimes/node-22/node_modules/node/bin/node'),
  24: join(ROOT, 'node_modules/node/bin/node'),
  26: join(ROOT, 'test/runtimes/node-26/node_modules/node/bin/node'),
} as const;

export type NodeVersion = keyof typeof NODES;

/** A record as the file sink writes it. */
export type Line = Readonly<Record<string, unknown>> & {
  readonly category: string;
  readonly correlation_id: string;
  readonly actor_id: string;
  readonly trace_id: string;
  readonly occurred_at: string;
  readonly recorded_at: string;
  readonly attributes: Readonly<Record<string, string>>;
};

export interface AppOptions {
  /** @default 24 */
  readonly node?: NodeVersion;
  /** Without the preload, for comparison. @default false */
  readonly isBare?: boolean;
  /** Gives it the key and the certificate of these tests. @default false */
  readonly isSecure?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Its configuration file. */
  readonly config?: object;
  /** After its file. */
  readonly args?: readonly string[];
  /** The directory it is started in. */
  readonly cwd?: string;
  /** What it prints with its port. @default `listening <port>` */
  readonly listening?: RegExp;
}

export interface AuditedApp {
  readonly child: ChildProcess;
  readonly port: number;
  /** Everything recorded so far. */
  readonly lines: () => Line[];
  /** The one record of category `http` that holds these values. */
  readonly request: (values: Readonly<Record<string, unknown>>) => Promise<Line>;
  /** As many records as asked for that hold these values. */
  readonly records: (values: Readonly<Record<string, unknown>>, count: number) => Promise<Line[]>;
  /** The next text on standard output. */
  readonly said: (text: string) => Promise<void>;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Ends it; everything recorded is then in `lines`. */
  readonly stop: () => Promise<void>;
}

const LISTENING = /^listening (\d+)$/m;

const running = new Set<ChildProcess>();
const directories = new Set<string>();

/** Starts an application of `test/fixtures` under the preload; what still runs is killed after the tests of a file. */
export async function startApp(fixture: string, options: AppOptions = {}): Promise<AuditedApp> {
  const directory = mkdtempSync(join(tmpdir(), 'audit-register-http-'));
  directories.add(directory);
  const file = join(directory, 'records.jsonl');
  const child = spawnApp(fixture, file, {
    ...options,
    env: { ...options.env, ...configure(directory, options.config) },
  });
  running.add(child);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => (output[name] += text));
  const exited = new Promise<Awaited<AuditedApp['exited']>>((resolve) =>
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal });
    }),
  );
  const said = await until(`"listening" of ${fixture}`, () => {
    if (child.exitCode !== null) throw new Error(`${fixture} has ended: ${JSON.stringify(output)}`);
    return (options.listening ?? LISTENING).exec(output.stdout) ?? undefined;
  });
  const lines = (): Line[] => readLines(file);
  const records: AuditedApp['records'] = (values, count) =>
    until(
      () => `${count} records with ${JSON.stringify(values)} among ${JSON.stringify(lines(), null, 1)}`,
      () => {
        const found = lines().filter((line) => holds(line, values));
        return found.length >= count ? found : undefined;
      },
    );
  return {
    child,
    port: Number(said[1]),
    lines,
    records,
    request: async (values) => (await records({ category: 'http', ...values }, 1))[0] as Line,
    said: async (text) => {
      await until(`"${text}" of ${fixture}`, () => output.stdout.includes(text) || undefined);
      output.stdout = output.stdout.replace(text, '');
    },
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    exited,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

function spawnApp(
  fixture: string,
  file: string,
  { node = 24, isBare = false, isSecure = false, env = {}, args = [], cwd }: AppOptions,
): ChildProcess {
  const path = join(ROOT, 'test/fixtures', fixture);
  const preload = isBare ? [] : ['--require', join(DIST, 'register.js')];
  return spawn(NODES[node], [...preload, path, ...args], {
    ...(cwd !== undefined && { cwd }),
    env: {
      PATH: process.env['PATH'] ?? '',
      XDG_STATE_HOME: dirname(file),
      AUDIT_REGISTER_SINK: 'file',
      AUDIT_REGISTER_FILE_PATH: file,
      AUDIT_REGISTER_FLUSH_INTERVAL_MS: '20',
      TEST_API: join(DIST, 'index.js'),
      ...CAPTURE_ENV,
      ...(isSecure ? { TEST_KEY: join(TLS, 'key.pem'), TEST_CERTIFICATE: join(TLS, 'certificate.pem') } : {}),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function configure(directory: string, config: object | undefined): Record<string, string> {
  if (config === undefined) return {};
  const file = join(directory, 'audit-register.json');
  writeFileSync(file, JSON.stringify(config));
  return { AUDIT_REGISTER_CONFIG: file };
}

function holds(line: Line, values: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(values).every(([name, value]) => line[name] === value);
}

/** NOTE: the file may end within a line that is still being written. */
function readLines(path: string): Line[] {
  if (!existsSync(path)) return [];
  const whole = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return whole.map((line) => JSON.parse(line) as Line);
}

const POLL_MILLIS = 20;

/** Waits until the condition gives something. @throws Error naming what did not come. */
export async function until<T>(
  what: string | (() => string),
  condition: () => T | undefined,
  timeoutMillis = 15_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMillis;
  for (;;) {
    const value = condition();
    if (value !== undefined) return value;
    if (Date.now() > deadline)
      throw new Error(`not within ${timeoutMillis} ms: ${typeof what === 'string' ? what : what()}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
  }
}
