/**
 * The process of its own that is the ClickHouse server: the only place where `chdb` and `ffi-rs` are loaded.
 * It runs as `clickhouse local` until its standard input ends, so it never outlives whoever started it.
 *
 * Arguments: the directory to work in, then the arguments of `clickhouse local`.
 */
import { Socket } from 'node:net';
import { Worker, isMainThread } from 'node:worker_threads';
import { SERVER_EXIT } from './server-exit.js';

/** Open as long as the parent lives; nothing is ever written to it. */
const LIFELINE_FD = 3;
/** A busy engine waits for running queries before it ends; this long after its parent it is ended anyway. */
const ORPHAN_MILLIS = 10_000;

if (isMainThread) runServer();
else endWithParent();

function runServer(): void {
  const [directory = '.', ...args] = process.argv.slice(2);
  const ffi = loadPackages();
  const watch = new Worker(__filename, { stdout: false, stderr: false });
  // NOTE: the call below blocks this thread for good, so the watch has to be running before it.
  watch.once('online', () => {
    process.chdir(directory);
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

function endWithParent(): void {
  const lifeline = new Socket({ fd: LIFELINE_FD, readable: true, writable: false });
  const end = (): unknown => setTimeout(() => process.kill(process.pid, 'SIGKILL'), ORPHAN_MILLIS);
  // However it breaks, it is broken: an error is followed by `close`.
  lifeline
    .on('error', () => {})
    .on('close', end)
    .resume();
}
