import { resolve } from 'node:path';
import { messageOf } from '../errors.js';
import { EngineDirectoryError } from './errors.js';
import { chooseCredentials, keepCredentials } from './credentials.js';
import type { Passwords } from './credentials.js';
import { requireDifferentPorts, requireFreePort } from './port.js';
import { createRunDirectory, removeStaleRunDirectories } from './run-directory.js';
import type { RunDirectory } from './run-directory.js';
import { serverConfig, usersConfig } from './server-config.js';
import { spawnServer } from './server.js';
import type { Server } from './server.js';
import type { StoreUser } from '../store/grants.js';

export interface EmbeddedClickHouseOptions {
  /** Holds the data, the log and the passwords; made when missing. */
  readonly dataDirectory: string;
  /** Port of the HTTP interface on 127.0.0.1; 0 takes any that is free. */
  readonly httpPort: number;
  /** Port of the native protocol on 127.0.0.1. @default 0, any that is free */
  readonly tcpPort?: number | undefined;
  /** @default The one kept in the data directory, else a new one. */
  readonly writerPassword?: string | undefined;
  /** @default The one kept in the data directory, else a new one. */
  readonly readerPassword?: string | undefined;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal | undefined;
}

export interface EmbeddedClickHouse {
  /** Without credentials: user `default` has no password. */
  readonly httpUrl: string;
  readonly tcpPort: number;
  readonly pid: number;
  readonly passwords: Passwords;
  /** Users whose password was made by this start. */
  readonly madePasswords: readonly StoreUser[];
  /** Ends it in order: within two seconds when it is idle, by force after ten. */
  readonly stop: () => Promise<void>;
  /** Ends it at once, as a crash would. Nothing that was acknowledged is lost. */
  readonly kill: () => Promise<void>;
  /** Fulfilled when the process has ended, whatever ended it. */
  readonly exited: Promise<void>;
}

/**
 * Starts the genuine ClickHouse server in a process of its own, on loopback, with HTTP and native protocol and
 * the users `default` (no password, everything), `audit_writer` and `audit_reader`. It ends with the process
 * that started it, whatever ends that one.
 *
 * @throws EngineDirectoryError, EngineDirectoryInUseError, EnginePortError, EnginePackagesMissingError,
 * EngineLibraryError, EngineStartError; and the reason of `signal` when that is what ended the start.
 */
export async function startClickHouse(options: EmbeddedClickHouseOptions): Promise<EmbeddedClickHouse> {
  const dataDirectory = resolve(options.dataDirectory);
  const { httpPort, tcpPort = 0 } = options;
  options.signal?.throwIfAborted();
  requireDifferentPorts(httpPort, tcpPort);
  await requireFreePort(httpPort, '--port');
  await requireFreePort(tcpPort, '--tcp-port');
  const run = createRunDirectory(dataDirectory);
  try {
    const credentials = chooseCredentials(dataDirectory, {
      audit_writer: options.writerPassword,
      audit_reader: options.readerPassword,
    });
    run.write('config.xml', serverConfig());
    run.write('users.xml', usersConfig(credentials.passwords));
    const server = await spawnServer({ dataDirectory, run, httpPort, tcpPort, signal: options.signal });
    await takePossession(server, dataDirectory, run, credentials.passwords);
    return describe(server, run, credentials.passwords, credentials.made);
  } catch (error) {
    run.remove();
    throw error;
  }
}

/** The engine holds its lock by now, so this process owns the directory. */
async function takePossession(
  server: Server,
  dataDirectory: string,
  run: RunDirectory,
  passwords: Passwords,
): Promise<void> {
  try {
    keepCredentials(dataDirectory, passwords);
    removeStaleRunDirectories(dataDirectory, run);
  } catch (error) {
    await server.kill();
    throw new EngineDirectoryError(dataDirectory, messageOf(error), { cause: error });
  }
}

function describe(
  server: Server,
  run: RunDirectory,
  passwords: Passwords,
  madePasswords: readonly StoreUser[],
): EmbeddedClickHouse {
  const exited = server.exited.then(() => run.remove());
  return {
    httpUrl: `http://127.0.0.1:${server.ports.http}`,
    tcpPort: server.ports.tcp,
    pid: server.pid,
    passwords,
    madePasswords,
    stop: () => server.stop().then(() => exited),
    kill: () => server.kill().then(() => exited),
    exited,
  };
}
