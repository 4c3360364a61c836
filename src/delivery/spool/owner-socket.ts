import { Buffer } from 'node:buffer';
import { closeSync, constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { basename, join } from 'node:path';
import { disk } from './disk-steps.js';
import type { Steps } from './disk-steps.js';
import { hasCode, unlessGone } from './fs-error.js';
import { SOCKET } from './names.js';
import { clearTimeout, setTimeout } from '../../timers.js';

/** `sun_path` has 104 bytes on macOS, 108 on Linux; libuv cuts longer ones or refuses them. */
const MOST_PATH_BYTES = 100;
/** Connecting to a local socket does not wait for the other process; whoever does not answer at all counts as alive. */
const TIMEOUT_MILLIS = 5_000;

/** `denied` where this process may not ask (`--permission`). */
type Answer = boolean | 'none' | 'denied';

interface ShortPlace {
  readonly path: string;
  release(): void;
}

/** What shows that an owner is alive, for as long as the process or worker thread is. */
export interface OwnerSocket {
  close(): void;
}

/** @returns undefined where no socket can be made there */
export function* listenIn(directory: string, ownerId: string): Steps<OwnerSocket | undefined> {
  const place = yield* shortPlace(directory, ownerId);
  return place && listenAt(place);
}

/** NOTE: synchronous, as the directory was made a moment ago: a disk that hangs has stopped that, apart from the application. */
function listenAt(place: ShortPlace): OwnerSocket | undefined {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.destroy();
  });
  server.on('error', () => {});
  try {
    // NOTE: exclusive, or a cluster worker would ask its primary to listen, which does not die with it.
    server.listen({ path: place.path, exclusive: true });
  } catch {
    // Not allowed to this process (`--permission`).
  }
  server.unref();
  let isClosed = false;
  const close = (): void => {
    // NOTE: a second close calls back as well, and by then the descriptor may be somebody else's.
    if (isClosed) return;
    isClosed = true;
    server.close(() => place.release());
  };
  // NOTE: a local path is bound before `listen` returns; only the event comes later.
  if (server.listening) return { close };
  place.release();
  return undefined;
}

/** Whether somebody listens: 'none' where there is no socket. */
export async function isListening(directory: string): Promise<boolean | 'none'> {
  const verdict = await answers(directory);
  if (verdict !== 'denied') return verdict;
  if (process.platform === 'win32') return true;
  return (await unlessGone(lstat(join(directory, SOCKET)))) === undefined ? 'none' : true;
}

async function answers(directory: string): Promise<Answer> {
  const path = socketPath(directory, basename(directory));
  if (isShort(path)) return connects(path);
  if (process.platform !== 'linux') return 'none';
  const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return await connects(`/proc/self/fd/${handle.fd}/${SOCKET}`);
  } finally {
    await handle.close();
  }
}

function connects(path: string): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const settle = (verdict: Answer): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(verdict);
    };
    const timer = setTimeout(() => settle(true), TIMEOUT_MILLIS);
    socket.on('connect', () => settle(true));
    socket.on('error', (error) => {
      if (hasCode(error, 'ENOENT')) settle('none');
      else if (hasCode(error, 'ERR_ACCESS_DENIED')) settle('denied');
      // NOTE: a full backlog (EAGAIN), no rights, no file descriptors: all of that is not known to be dead.
      else settle(!hasCode(error, 'ECONNREFUSED', 'ENOTSOCK'));
    });
  });
}

function* shortPlace(directory: string, ownerId: string): Steps<ShortPlace | undefined> {
  const path = socketPath(directory, ownerId);
  if (isShort(path)) return { path, release: () => {} };
  if (process.platform !== 'linux') return undefined;
  try {
    // NOTE: kept open while the server is: libuv removes the socket by this path when it closes.
    const fd = yield* disk.open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
    return { path: `/proc/self/fd/${fd}/${SOCKET}`, release: () => closeSync(fd) };
  } catch {
    return undefined;
  }
}

function isShort(path: string): boolean {
  return Buffer.byteLength(path) <= MOST_PATH_BYTES;
}

function socketPath(directory: string, ownerId: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\audit-register-${ownerId}`;
  return join(directory, SOCKET);
}
