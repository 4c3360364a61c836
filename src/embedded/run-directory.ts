import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { messageOf } from '../errors.js';
import { EngineDirectoryError } from './errors.js';

const PREFIX = 'run-';
const PORTS_FILE = 'ports';

/**
 * What belongs to one start: configuration and the ports that were taken. A start writes nothing else before it
 * holds the engine's lock, so a refused second one never touches the first.
 */
export interface RunDirectory {
  /** Its name inside the data directory. */
  readonly name: string;
  /** Where the engine writes its ports to, inside the data directory. */
  readonly portsFile: string;
  readonly write: (file: string, content: string) => void;
  /** The ports the engine listens on, once it does. */
  readonly readPorts: () => { readonly http: number; readonly tcp: number } | undefined;
  readonly remove: () => void;
}

/** @throws EngineDirectoryError when the data directory cannot be made or written. */
export function createRunDirectory(dataDirectory: string): RunDirectory {
  const path = makeIn(dataDirectory);
  return {
    name: basename(path),
    portsFile: join(basename(path), PORTS_FILE),
    write: (file, content) => writeFileSync(join(path, file), content, { mode: 0o600 }),
    readPorts: () => parsePorts(readIfThere(join(path, PORTS_FILE))),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Removes what starts left behind that were killed. To be called by whoever holds the data directory. */
export function removeStaleRunDirectories(dataDirectory: string, own: RunDirectory): void {
  for (const name of readdirSync(dataDirectory)) {
    const pid = Number(/^run-(\d+)-/.exec(name)?.[1]);
    if (name === own.name || Number.isNaN(pid) || isAlive(pid)) continue;
    rmSync(join(dataDirectory, name), { recursive: true, force: true });
  }
}

function makeIn(dataDirectory: string): string {
  try {
    mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
    accessSync(dataDirectory, constants.R_OK | constants.W_OK | constants.X_OK);
    return mkdtempSync(join(dataDirectory, `${PREFIX}${process.pid}-`));
  } catch (error) {
    throw new EngineDirectoryError(dataDirectory, messageOf(error), { cause: error });
  }
}

function parsePorts(text: string): { http: number; tcp: number } | undefined {
  // The line end shows that the line is whole.
  const match = /^(\d+)\t(\d+)\n$/.exec(text);
  return match === null ? undefined : { http: Number(match[1]), tcp: Number(match[2]) };
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
