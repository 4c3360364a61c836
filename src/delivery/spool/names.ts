import { constants } from 'node:fs';
import type { Stats } from 'node:fs';
import { dirname } from 'node:path';
import { disk } from './disk-steps.js';
import type { Steps } from './disk-steps.js';
import { hasCode } from './fs-error.js';

/** Nobody else may read what was recorded. */
const DIRECTORY_MODE = 0o700;
export const FILE_MODE = 0o600;

export const DEAD_LETTERS = 'dead-letter';
export const ENDED = 'ended';
export const ADOPTED = 'adopted';
export const SOCKET = 'owner';
export const OWNER_PROCESS = 'owner.json';
/** Ends the name of a file that is being written, until it is whole. */
export const UNFINISHED = '.tmp';

const NUMBER_DIGITS = 12;
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const OWNER_NAME = new RegExp(`^${UUID}$`);
const STAGING_NAME = new RegExp(`^\\.${UUID}$`);
const FILE_NAME = new RegExp(`^(${UUID})-(\\d{${NUMBER_DIGITS}})\\.(segment|done)$`);

/** NOTE: not there on Windows, where links need a privilege. */
const NO_FOLLOW = (constants.O_NOFOLLOW as number | undefined) ?? 0;
const NO_BLOCK = (constants.O_NONBLOCK as number | undefined) ?? 0;

/** How files are opened: never through a link, and without waiting for the other end of a pipe. */
export const OPEN = {
  create: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW,
  createOrGoOn: constants.O_WRONLY | constants.O_CREAT | NO_FOLLOW,
  change: constants.O_RDWR | NO_FOLLOW | NO_BLOCK,
  read: constants.O_RDONLY | NO_FOLLOW | NO_BLOCK,
} as const;

/** `segment` waits or is being written; `done` holds the seal of the newest one that was delivered. */
export type FileKind = 'segment' | 'done';

/** What the name of a file says. */
export interface NamedFile {
  readonly chain: string;
  readonly number: number;
  readonly kind: FileKind;
}

export function fileName(chain: string, number: number, kind: FileKind): string {
  return `${chain}-${String(number).padStart(NUMBER_DIGITS, '0')}.${kind}`;
}

export function parseFileName(name: string): NamedFile | undefined {
  const match = FILE_NAME.exec(name);
  if (match === null) return undefined;
  return { chain: match[1] as string, number: Number(match[2]), kind: match[3] as FileKind };
}

export function isOwnerName(name: string): boolean {
  return OWNER_NAME.test(name);
}

/** The directory of an owner that is not yet known to be alive has a dot before its name. */
export function isStagingName(name: string): boolean {
  return STAGING_NAME.test(name);
}

/** NOTE: asked before modes are set: the umask takes something away rarely, and not everybody may set them (`--permission`). */
export function isForUserAlone(stat: Stats): boolean {
  return (stat.mode & 0o777) === FILE_MODE;
}

/** Makes a directory for this user alone, and those above it. One that is there stays as it is. @returns whether it made it */
export function* makeDirectory(path: string): Steps<boolean> {
  try {
    return yield* makeOne(path);
  } catch (error) {
    const parent = dirname(path);
    if (!hasCode(error, 'ENOENT') || parent === path) throw error;
    yield* makeDirectory(parent);
  }
  // NOTE: once more, and not for ever: in /proc nothing can be made although everything above it is there.
  return yield* makeOne(path);
}

function* makeOne(path: string): Steps<boolean> {
  try {
    yield* disk.mkdir(path, DIRECTORY_MODE);
  } catch (error) {
    if (hasCode(error, 'EEXIST') && (yield* disk.stat(path)).isDirectory()) return false;
    throw error;
  }
  // NOTE: the umask may have taken more away.
  if (((yield* disk.stat(path)).mode & 0o777) !== DIRECTORY_MODE) yield* disk.chmod(path, DIRECTORY_MODE);
  return true;
}
