import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EngineStartError } from './errors.js';
import type { RunDirectory } from './run-directory.js';
import { explainServerEnd } from './server-failure.js';
import { LIFELINE_FD } from './server-protocol.js';
import { serverScript } from './server-script.js';

export interface ServerOptions {
  readonly dataDirectory: string;
  readonly run: RunDirectory;
  readonly httpPort: number;
  readonly tcpPort: number;
  readonly signal: AbortSignal | undefined;
}

/** A running engine. */
export interface Server {
  readonly pid: number;
  readonly ports: { readonly http: number; readonly tcp: number };
  readonly stop: () => Promise<void>;
  readonly kill: () => Promise<void>;
  readonly exited: Promise<void>;
}

const START_TIMEOUT_MILLIS = 60_000;
const STOP_TIMEOUT_MILLIS = 10_000;
const POLL_MILLIS = 15;
/** How the engine begins its account of a failed statement, to its end. */
const FAILED = /Received exception:\s*Code: .*\n/;
const MAX_SAID_CHARACTERS = 4_000;

interface Process {
  readonly child: ChildProcess;
  readonly exited: Promise<void>;
  /** What it said on standard error so far. */
  readonly said: () => string;
}

/** Starts the engine's process and waits until it answers. */
export async function spawnServer(options: ServerOptions): Promise<Server> {
  const started = spawnProcess(options);
  const { child, exited } = started;
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  try {
    const ports = await waitUntilReady(started, options);
    return { pid: child.pid ?? 0, ports, stop: () => stop(started), kill, exited };
  } catch (error) {
    await kill();
    throw error;
  }
}

function spawnProcess(options: ServerOptions): Process {
  const args = [serverScript(), options.dataDirectory, ...engineArguments(options)];
  const child = spawn(process.execPath, args, {
    // The fourth is the lifeline: it breaks when this process ends.
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C in a terminal is for us, who then end it in order.
    detached: true,
    env: serverEnvironment(),
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MAX_SAID_CHARACTERS);
  });
  // An end of the lifeline that breaks with the process is no news beside its exit.
  child.stdio[LIFELINE_FD]?.on('error', () => {});
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', (error) => {
      said += error.message;
      resolve();
    });
  });
  return { child, exited, said: () => said };
}

function engineArguments({ dataDirectory, run, httpPort, tcpPort }: ServerOptions): string[] {
  const query = [
    'SYSTEM START LISTEN HTTP',
    'SYSTEM START LISTEN TCP',
    `SELECT getServerPort('http_port'), getServerPort('tcp_port') INTO OUTFILE '${run.portsFile}' FORMAT TSV`,
  ];
  return [
    // NOTE: absolute, for the engine's fsync of a part's directory repeats a relative path in itself.
    `--path=${join(dataDirectory, 'clickhouse')}`,
    `--config-file=${run.name}/config.xml`,
    '--interactive',
    '--disable_suggestion',
    `--history_file=${run.name}/history`,
    '--listen_host=127.0.0.1',
    `--http_port=${httpPort}`,
    `--tcp_port=${tcpPort}`,
    `--query=${query.join('; ')}`,
  ];
}

/** Without what would load something else into it, such as this package's own preload. */
function serverEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  delete env['NODE_OPTIONS'];
  return env;
}

async function waitUntilReady(started: Process, options: ServerOptions): Promise<Server['ports']> {
  const { child } = started;
  const deadline = Date.now() + START_TIMEOUT_MILLIS;
  while (Date.now() < deadline) {
    options.signal?.throwIfAborted();
    // A statement that failed leaves the engine at its prompt, where it would wait for ever.
    if (hasEnded(child) || FAILED.test(started.said())) {
      child.kill('SIGKILL');
      await started.exited;
      throw explainServerEnd({
        ...options,
        exitCode: child.exitCode,
        signal: child.signalCode,
        said: started.said(),
      });
    }
    const ports = options.run.readPorts();
    if (ports !== undefined && (await answers(ports.http))) return ports;
    await pause(POLL_MILLIS);
  }
  throw new EngineStartError(
    `it did not answer within ${START_TIMEOUT_MILLIS / 1000} s. ${started.said()}`.trim(),
  );
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function answers(httpPort: number): Promise<boolean> {
  try {
    // `close`: a connection kept open would hold up the stop.
    const response = await fetch(`http://127.0.0.1:${httpPort}/ping`, { headers: { connection: 'close' } });
    return (await response.text()) === 'Ok.\n';
  } catch {
    return false;
  }
}

async function stop({ child, exited }: Process): Promise<void> {
  child.stdio[LIFELINE_FD]?.destroy();
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MILLIS);
  await exited;
  clearTimeout(force);
}
