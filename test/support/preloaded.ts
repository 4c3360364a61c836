import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredRecord } from '../../src/record/record.ts';
import { CAPTURE_ENV } from './capture-mode.ts';
import type { TestClickHouse } from './clickhouse.ts';

const REGISTER = join(import.meta.dirname, '../../dist/register.js');
const START_TIMEOUT_MILLIS = 30_000;

/** A record as it is read back: times are ISO 8601 texts. */
export type RecordRow = Omit<StoredRecord, 'occurred_at' | 'recorded_at'> & {
  readonly occurred_at: string;
  readonly recorded_at: string;
};

/** Where a preloaded process puts its records, and how to read them once it has ended. */
export interface RecordStore {
  readonly env: Readonly<Record<string, string>>;
  read(): Promise<RecordRow[]>;
}

export interface PreloadedOptions {
  /** Beside `PATH` and what the store needs. */
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** False runs the same program without the preload. @default true */
  readonly preload?: boolean;
  /** @default a file of JSON lines */
  readonly store?: RecordStore;
}

/** How a process ended and what it left. */
export interface PreloadedEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly records: readonly RecordRow[];
}

/** An application that has sent its port and serves until it is told to end. */
export interface PreloadedApp {
  readonly url: string;
  /** Sends `'end'`, upon which the application closes everything and ends by itself. */
  end(): Promise<PreloadedEnd>;
}

/**
 * Starts an application under the preload that sends `{ port }` to its parent when it listens.
 * It must end when its parent disconnects, so that an interrupted test leaves nothing behind.
 */
export async function startPreloaded(fixture: string, options: PreloadedOptions = {}): Promise<PreloadedApp> {
  const { child, ended } = await launch(fixture, options);
  const port = await Promise.race([
    once(child, 'message', { signal: AbortSignal.timeout(START_TIMEOUT_MILLIS) }).then(
      ([message]) => (message as { port: number }).port,
    ),
    ended.then(({ stderr }) => Promise.reject(new Error(`${fixture} ended before it listened\n${stderr}`))),
  ]);
  return {
    url: `http://127.0.0.1:${port}`,
    end: () => {
      if (child.connected) child.send('end');
      return ended;
    },
  };
}

/** JSON lines in a file of their own, removed once they are read. */
export async function recordsInFile(): Promise<RecordStore> {
  const directory = await mkdtemp(join(tmpdir(), 'audit-register-records-'));
  const path = join(directory, 'records.jsonl');
  return {
    env: { XDG_STATE_HOME: directory, AUDIT_REGISTER_SINK: 'file', AUDIT_REGISTER_FILE_PATH: path },
    read: async () => {
      const lines = await readFile(path, 'utf8').catch(() => '');
      await rm(directory, { recursive: true, force: true });
      return lines
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as RecordRow);
    },
  };
}

/** Rows of `audit.records`, found again by the name of the service. */
export function recordsInClickHouse(store: TestClickHouse, serviceName: string): RecordStore {
  const state = join(tmpdir(), `audit-register-state-${randomUUID()}`);
  return {
    env: {
      XDG_STATE_HOME: state,
      AUDIT_REGISTER_SINK: 'clickhouse',
      AUDIT_REGISTER_CLICKHOUSE_URL: store.url,
      OTEL_SERVICE_NAME: serviceName,
    },
    read: async () => {
      await rm(state, { recursive: true, force: true });
      return store.query<RecordRow>(
        `SELECT * FROM audit.records WHERE service_name = {serviceName: String} ORDER BY sequence
         SETTINGS output_format_json_quote_64bit_integers = 0`,
        { serviceName },
      );
    },
  };
}

async function launch(
  fixture: string,
  { env = {}, args = [], preload = true, store: given }: PreloadedOptions,
): Promise<{ child: ChildProcess; ended: Promise<PreloadedEnd> }> {
  const store = given ?? (await recordsInFile());
  const child = spawn(process.execPath, [...(preload ? ['--require', REGISTER] : []), fixture, ...args], {
    env: { PATH: process.env['PATH'], ...CAPTURE_ENV, ...store.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  return { child, ended: collectEnd(child, store) };
}

async function collectEnd(child: ChildProcess, store: RecordStore): Promise<PreloadedEnd> {
  const stdout = collectText(child.stdout);
  const stderr = collectText(child.stderr);
  const [exitCode, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { exitCode, signal, stdout: stdout(), stderr: stderr(), records: await store.read() };
}

function collectText(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}
