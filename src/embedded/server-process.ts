/**
 * The process of its own that is the ClickHouse server: the only place where `chdb` and `ffi-rs` are loaded.
 * The engine runs as `clickhouse local`, waiting at its prompt. A thread beside it watches the lifeline, a pipe
 * from whoever started it, and ends the prompt when the pipe breaks.
 *
 * Arguments: the directory to work in, then the arguments of `clickhouse local`.
 */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { LIFELINE_FD, SERVER_EXIT } from './server-protocol.js';
import { openTerminal } from './terminal.js';

/** A busy engine waits for running queries before it ends; so long after its parent it is ended anyway. */
const ORPHAN_MILLIS = 8_000;
const END_OF_INPUT = '\u0004';

if (isMainThread) runServer();
else endWithParent(workerData as number);

function runServer(): void {
  const [directory = '.', ...args] = process.argv.slice(2);
  const ffi = loadPackages();
  // NOTE: without a terminal at its standard input the engine aborts on the first wrong password or stray byte
  // on the native port: only an interactive one goes on when a connection fails.
  const terminal = attempt(SERVER_EXIT.libraryUnusable, () => openTerminal(ffi));
  process.chdir(directory);
  const watch = new Worker(__filename, { workerData: terminal });
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

function loadPackages(): typeof import('ffi-rs') {
  const { ffi, engine } = attempt(SERVER_EXIT.packagesMissing, () => ({
    ffi: require('ffi-rs') as typeof import('ffi-rs'),
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

function endWithParent(terminal: number): void {
  const lifeline = new Socket({ fd: LIFELINE_FD, readable: true, writable: false });
  // However it breaks, it is broken: an error is followed by `close`.
  lifeline.on('error', () => {}).on('close', () => end(terminal));
  lifeline.resume();
}

function end(terminal: number): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), ORPHAN_MILLIS);
  writeSync(terminal, END_OF_INPUT);
}
