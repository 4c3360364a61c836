import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { NODES, ROOT } from '../process/nodes.ts';
import type { NodeVersion } from '../process/nodes.ts';
import { CAPTURE_ENV } from '../support/capture-mode.ts';
import { until } from './audited-app.ts';
import type { Line } from './audited-app.ts';

export interface GatedOptions {
  readonly node?: NodeVersion;
  /** @default write-ahead */
  readonly delivery?: string;
  readonly isSecure?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly config?: object;
}

/** An application whose delivery says only what the test lets it say. */
export interface GatedApp {
  readonly port: number;
  readonly child: ChildProcess;
  readonly records: () => readonly Line[];
  /** Waits until so many wait for their records to be safe. */
  readonly waiting: (count: number) => Promise<void>;
  /** Lets go of everything that waits. */
  readonly release: (isSafe: boolean) => Promise<void>;
  /** What is answered from now on. */
  readonly set: (state: { readonly safety?: Safety; readonly canRecord?: boolean }) => Promise<void>;
  readonly send: (message: object) => void;
  readonly said: (text: string) => Promise<void>;
  readonly stdout: () => string;
  /** Forgets what it has said. */
  readonly forget: () => void;
  readonly stderr: () => string;
}

/** `hold` until the test says, `late` after some milliseconds, or what is answered at once. */
export type Safety = 'hold' | 'late' | 'safe' | 'unsafe' | 'throw';

const FIXTURES = join(ROOT, 'test/fixtures/gate');
const TLS = join(ROOT, 'test/fixtures/http');

interface Told {
  readonly waiting: number;
  readonly safety: Safety;
  readonly canRecord: boolean;
}

const running = new Set<ChildProcess>();
const directory = mkdtempSync(join(tmpdir(), 'audit-register-gate-'));
export const LARGE_FILE = join(directory, 'large.txt');
writeFileSync(LARGE_FILE, 'y'.repeat(300_000));

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

export async function startGated(fixture: string, options: GatedOptions = {}): Promise<GatedApp> {
  const { node = 24, delivery = 'write-ahead', isSecure = false, env = {} } = options;
  const child = spawn(NODES[node], ['--require', join(FIXTURES, 'preload.cjs'), join(FIXTURES, fixture)], {
    env: {
      PATH: process.env['PATH'] ?? '',
      ...CAPTURE_ENV,
      TEST_DIST: join(ROOT, 'dist'),
      TEST_FILE: LARGE_FILE,
      AUDIT_REGISTER_DELIVERY: delivery,
      ...(isSecure ? { TEST_KEY: join(TLS, 'key.pem'), TEST_CERTIFICATE: join(TLS, 'certificate.pem') } : {}),
      ...configure(options.config),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  running.add(child);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => (output[name] += text));
  const records: Line[] = [];
  let told: Told = { waiting: 0, safety: 'hold', canRecord: true };
  child.on('message', (message: { record?: Line } & Told) => {
    if (message.record === undefined) told = message;
    else records.push(message.record);
  });
  const describe = (): string => JSON.stringify({ told, ...output, records: records.length });
  const port = await until(
    () => `listening of ${fixture}: ${describe()}`,
    () => /^listening (\d+)$/m.exec(output.stdout)?.[1],
  );
  const when = async (what: string, test: () => boolean): Promise<void> => {
    await until(
      () => `${what}: ${describe()}`,
      () => test() || undefined,
    );
  };
  return {
    port: Number(port),
    child,
    records: () => records,
    waiting: (count) => when(`${count} waiting`, () => told.waiting === count),
    release: async (isSafe) => {
      child.send({ release: isSafe });
      await when('the release', () => told.waiting === 0);
    },
    set: async (state) => {
      child.send(state);
      await when('the state', () =>
        Object.entries(state).every(([key, value]) => told[key as keyof Told] === value),
      );
    },
    send: (message) => child.send(message),
    said: async (text) => {
      await when(`"${text}"`, () => output.stdout.includes(`${text}\n`));
      output.stdout = output.stdout.replace(`${text}\n`, '');
    },
    stdout: () => output.stdout,
    forget: () => void (output.stdout = ''),
    stderr: () => output.stderr,
  };
}

let configurations = 0;

function configure(config: object | undefined): Record<string, string> {
  if (config === undefined) return {};
  const file = join(directory, `audit-register-${(configurations += 1)}.json`);
  writeFileSync(file, JSON.stringify(config));
  return { AUDIT_REGISTER_CONFIG: file };
}
