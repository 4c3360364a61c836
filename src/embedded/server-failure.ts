import type { AuditRegisterError } from '../errors.js';
import {
  EngineDirectoryInUseError,
  EngineLibraryError,
  EnginePackagesMissingError,
  EnginePortError,
  EngineStartError,
} from './errors.js';
import { SERVER_EXIT } from './server-protocol.js';

/** Everything known about a server's process that ended before it was ready. */
export interface ServerEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said on standard error. */
  readonly said: string;
  readonly dataDirectory: string;
  readonly httpPort: number;
  readonly tcpPort: number;
}

const LOCKED = /Cannot lock file|Another server instance in same directory/;
const PORT_TAKEN = /Listen \[[^\]]*\]:(\d+) failed/;

/** Turns the end of a server's process into the error that tells what to do. */
export function explainServerEnd(end: ServerEnd): AuditRegisterError {
  const said = end.said.trim().replace(/\s+/g, ' ');
  if (end.exitCode === SERVER_EXIT.packagesMissing) return new EnginePackagesMissingError(said);
  if (end.exitCode === SERVER_EXIT.libraryUnusable) return new EngineLibraryError(said);
  if (LOCKED.test(said)) return new EngineDirectoryInUseError(end.dataDirectory);
  const port = Number(PORT_TAKEN.exec(said)?.[1]);
  if (!Number.isNaN(port)) {
    const flag = port === end.httpPort ? '--port' : '--tcp-port';
    return new EnginePortError(port, flag, 'is in use by another program');
  }
  const how = end.signal === null ? `exit code ${end.exitCode}` : `signal ${end.signal}`;
  return new EngineStartError(`its process ended with ${how}${said === '' ? '' : `: ${said}`}`);
}
