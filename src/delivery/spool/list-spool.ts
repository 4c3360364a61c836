import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessName } from '../../integrity/seal.js';
import { deadLetterKind, readDeadLetter } from './dead-letters.js';
import type { DeadLetter } from './dead-letters.js';
import { unlessGone } from './fs-error.js';
import { ADOPTED, DEAD_LETTERS, ENDED, isOwnerName, parseFileName } from './names.js';
import { isOwnerAlive } from './owner-directory.js';
import { isReadable, readSegmentFile } from './read-segment-file.js';
import { namesIn } from './take-over.js';

/** Segments for one sink. */
export interface ListedDestination {
  readonly destination: string;
  readonly path: string;
  readonly owners: readonly ListedOwner[];
  readonly deadLetters: readonly ListedDeadLetter[];
  /** Files that are not what was written, kept as evidence. */
  readonly evidence: readonly { readonly path: string; readonly byteLength: number }[];
  /** Chains that have ended and that no other has named. */
  readonly endedChains: number;
}

export interface ListedOwner {
  readonly id: string;
  readonly path: string;
  readonly isAlive: boolean;
  /** Also those that it has taken over. */
  readonly segments: readonly ListedSegment[];
}

export interface ListedSegment {
  readonly path: string;
  readonly chain: string;
  readonly number: number;
  /** Its id; empty where it cannot be read. */
  readonly segment: string;
  /** Whose records they are; missing where it cannot be read. */
  readonly process?: ProcessName;
  /** Microseconds since the epoch; empty where it cannot be read. */
  readonly openedAt: string;
  readonly byteLength: number;
  readonly rows: number;
  readonly isSealed: boolean;
  readonly isDamaged: boolean;
  /** Why it cannot be read; empty where it can. */
  readonly trouble: string;
}

export interface ListedDeadLetter {
  readonly path: string;
  readonly byteLength: number;
  readonly chain: string;
  readonly first: number;
  readonly last: number;
  readonly rows: number;
  readonly reason: string;
  /** ISO 8601. */
  readonly since: string;
}

/**
 * What is in a spool, without owning any of it. Reads every file, one by one.
 *
 * @param onRead Told of the bytes of each file that was read, for a progress bar.
 */
export async function listSpool(
  root: string,
  onRead: (bytes: number) => void = () => {},
): Promise<ListedDestination[]> {
  const listed: ListedDestination[] = [];
  for (const destination of (await namesIn(root)).sort()) {
    const path = join(root, destination);
    if ((await sizeOf(path, 'directory')) !== undefined)
      listed.push(await listDestination(path, destination, onRead));
  }
  return listed;
}

async function listDestination(
  path: string,
  destination: string,
  onRead: (bytes: number) => void,
): Promise<ListedDestination> {
  const owners: ListedOwner[] = [];
  for (const id of (await namesIn(path)).filter(isOwnerName).sort()) {
    const own = join(path, id);
    const segments = await listOwner(own, onRead);
    owners.push({ id, path: own, isAlive: await isOwnerAlive(own), segments });
  }
  const { deadLetters, evidence } = await listDead(join(path, DEAD_LETTERS), onRead);
  const endedChains = (await namesIn(join(path, ENDED))).length;
  return { destination, path, owners, deadLetters, evidence, endedChains };
}

async function listOwner(path: string, onRead: (bytes: number) => void): Promise<ListedSegment[]> {
  const directories = [path];
  for (const name of await namesIn(join(path, ADOPTED))) directories.push(join(path, ADOPTED, name));
  const segments: ListedSegment[] = [];
  for (const directory of directories) {
    for (const name of (await namesIn(directory)).sort()) {
      const segment = await listSegment(join(directory, name), name);
      if (segment === undefined) continue;
      onRead(segment.byteLength);
      segments.push(segment);
    }
  }
  return segments;
}

async function listSegment(path: string, name: string): Promise<ListedSegment | undefined> {
  const parsed = parseFileName(name);
  if (parsed?.kind !== 'segment') return undefined;
  const { chain, number } = parsed;
  const reading = await readSegmentFile(path);
  if (isReadable(reading)) {
    const { byteLength, segment, seal, isDamaged, head } = reading;
    return {
      path,
      chain,
      number,
      segment: segment.id,
      process: head.process,
      openedAt: head.openedAt,
      byteLength,
      rows: segment.rowCount,
      isSealed: seal !== undefined,
      isDamaged,
      trouble: '',
    };
  }
  if (reading.status === 'gone') return undefined;
  const byteLength = (await sizeOf(path, 'file')) ?? 0;
  const isDamaged = reading.status === 'unreadable';
  const nothing = { segment: '', openedAt: '', rows: 0, isSealed: false };
  return { path, chain, number, ...nothing, byteLength, isDamaged, trouble: reading.reason };
}

async function listDead(
  directory: string,
  onRead: (bytes: number) => void,
): Promise<Pick<ListedDestination, 'deadLetters' | 'evidence'>> {
  const deadLetters: ListedDeadLetter[] = [];
  const evidence: { path: string; byteLength: number }[] = [];
  for (const name of (await namesIn(directory)).sort()) {
    const path = join(directory, name);
    const byteLength = await sizeOf(path, 'file');
    if (byteLength === undefined) continue;
    if (deadLetterKind(name) === 'damaged') evidence.push({ path, byteLength });
    if (deadLetterKind(name) !== 'letter') continue;
    deadLetters.push({ path, byteLength, ...(await describeLetter(path)) });
    onRead(byteLength);
  }
  return { deadLetters, evidence };
}

async function describeLetter(path: string): Promise<Omit<ListedDeadLetter, 'path' | 'byteLength'>> {
  const letter = await readDeadLetter(path).catch(() => undefined);
  if (letter === undefined) {
    return {
      chain: '',
      first: 0,
      last: 0,
      rows: 0,
      reason: 'the dead letter itself cannot be read',
      since: '',
    };
  }
  return { ...describeSegment(letter), reason: letter.reason, since: letter.since };
}

function describeSegment({
  segment,
}: DeadLetter): Pick<ListedDeadLetter, 'chain' | 'first' | 'last' | 'rows'> {
  const { chainId, firstSequence, lastSequence, rowCount } = segment;
  return { chain: chainId, first: firstSequence, last: lastSequence, rows: rowCount };
}

/** @returns undefined where it is something else, or nothing */
async function sizeOf(path: string, kind: 'file' | 'directory'): Promise<number | undefined> {
  const stat = await unlessGone(lstat(path));
  if (stat === undefined) return undefined;
  return (kind === 'file' ? stat.isFile() : stat.isDirectory()) ? stat.size : undefined;
}
