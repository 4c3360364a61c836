/**
 * The process of its own that is the ClickHouse server: the only place where `chdb` and `ffi-rs` are loaded.
 * The engine runs as `clickhouse local` in a last statement that never ends. A thread beside it watches the
 * lifeline, a pipe from whoever started it, and ends that statement when the pipe breaks.
 *
 * Arguments: the directory to work in, the file the engine writes its ports to, the arguments of `clickhouse local`.
 */
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { resolve } from 'node:path';
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { LIFELINE_FD, SERVER_EXIT, END_STATEMENT } from './server-protocol.js';

/** A busy engine waits for running queries before it ends; so long after its parent it is ended anyway. */
const ORPHAN_MILLIS = 8_000;

if (isMainThread) runServer();
else endWithParent(workerData as string);

function runServer(): void {
  const [directory = '.', portsFile = 'ports', ...args] = process.argv.slice(2);
  const ffi = loadPackages();
  process.chdir(directory);
  const watch = new Worker(__filename, { workerData: resolve(portsFile) });
  // NOTE: the call below blocks this thread for good, so the watch has to be running before it.
  watch.once('online', () => {
    const argv = ['clickhouse', ...args];
    ffi.load({
      library: 'chdb',
      funcName: 'query_stable_v2',
      retType: ffi.DataType.External,
      paramsType: [ffi.DataType.I32, ffi.DataType.StringArray],
      paramsValue: [argv.length, argv],
    });
    process.exit(0);
  });
}

type Ffi = typeof import('ffi-rs');

function loadPackages(): Ffi {
  const { ffi, engine } = attempt(SERVER_EXIT.packagesMissing, () => ({
    ffi: require('ffi-rs') as Ffi,
    engine: require('chdb/libchdb') as typeof import('chdb/libchdb'),
  }));
  attempt(SERVER_EXIT.libraryUnusable, () => ffi.open({ library: 'chdb', path: engine.libchdbPath() }));
  return ffi;
}

function attempt<Result>(exitCode: number, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    const [line] = String(error instanceof Error ? error.message : error).split('\n');
    process.stderr.write(`${line}\n`);
    process.exit(exitCode);
  }
}

function endWithParent(portsFile: string): void {
  const lifeline = new Socket({ fd: LIFELINE_FD, readable: true, writable: false });
  // However it breaks, it is broken: an error is followed by `close`.
  lifeline.on('error', () => {}).on('close', () => void end(portsFile));
  lifeline.resume();
}

async function end(portsFile: string): Promise<void> {
  setTimeout(endByForce, ORPHAN_MILLIS);
  try {
    const [httpPort] = readFileSync(portsFile, 'utf8').split('\t');
    const headers = { connection: 'close' };
    await fetch(`http://127.0.0.1:${httpPort}/`, { method: 'POST', body: END_STATEMENT, headers });
  } catch {
    // It does not listen, so there is nobody to disturb.
    endByForce();
  }
}

function endByForce(): void {
  process.kill(process.pid, 'SIGKILL');
}
