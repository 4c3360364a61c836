import { constants } from 'node:fs';
import { lstat, rename, rm } from 'node:fs/promises';
import { ExportError } from './errors.js';
import { createOwn, openOwn } from './own-file.js';

/** What an export is of. Another one never goes on with its file. */
export interface ExportIdentity {
  readonly version: string;
  readonly format: string;
  readonly hasBom: boolean;
  readonly store: string;
  readonly database: string;
  /** As it was asked for: `2h` stays `2h`, whatever it means when it is asked again. */
  readonly text: string;
  readonly from: string;
  readonly to: string;
}

/** How far an export is. Everything in it is on the disk. */
export interface Checkpoint {
  readonly identity: ExportIdentity;
  /** What `from` and `to` meant when the export was begun. */
  readonly from: string;
  readonly to: string;
  readonly takenInBy: string;
  /** In nanoseconds since the epoch; what happened before is in the file. */
  readonly doneTo: string;
  readonly records: number;
  readonly bytes: number;
  /** SHA-256 of these bytes. */
  readonly sha256: string;
}

type Check = (value: unknown) => boolean;

const CHECKS: Readonly<Record<keyof Checkpoint, Check>> = {
  identity: isObject,
  from: isMoment,
  to: isMoment,
  takenInBy: matches(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/),
  doneTo: matches(/^-?\d{1,19}$/),
  records: isCount,
  bytes: isCount,
  sha256: matches(/^[0-9a-f]{64}$/),
};

export function partialPath(path: string): string {
  return `${path}.partial`;
}

export function statePath(path: string): string {
  return `${path}.partial.json`;
}

/**
 * The last checkpoint of an export that was interrupted; undefined where there is none.
 *
 * @throws ExportError when it is somebody else's, or none
 */
export async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  const state = statePath(path);
  if (!(await exists(partialPath(path)))) return undefined;
  const handle = await openOwn(state, constants.O_RDONLY);
  if (handle === undefined) return undefined;
  try {
    return parseCheckpoint(await handle.readFile('utf8'));
  } catch (cause) {
    throw new ExportError(
      `${state} does not say how far the export is: it cannot go on. Give --restart to begin from nothing.`,
      { cause },
    );
  } finally {
    await handle.close();
  }
}

export async function writeCheckpoint(path: string, state: Checkpoint): Promise<void> {
  const next = `${statePath(path)}.next`;
  const handle = await createOwn(next);
  try {
    await handle.writeFile(JSON.stringify(state));
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(next, statePath(path));
}

export async function removeCheckpoint(path: string): Promise<void> {
  await rm(`${statePath(path)}.next`, { force: true });
  await rm(statePath(path), { force: true });
}

/** Also a link that leads nowhere is there. */
export async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}

function parseCheckpoint(text: string): Checkpoint {
  const state: unknown = JSON.parse(text);
  const wrong = Object.entries(CHECKS).find(([name, isRight]) => !isObject(state) || !isRight(state[name]));
  if (wrong !== undefined) throw new Error(`${wrong[0]} is not what it has to be`);
  return state as Checkpoint;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isMoment(value: unknown): boolean {
  return value === '' || (typeof value === 'string' && !Number.isNaN(Date.parse(value)));
}

function matches(pattern: RegExp): Check {
  return (value) => typeof value === 'string' && pattern.test(value);
}
