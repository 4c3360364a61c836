import { Buffer } from 'node:buffer';
import { closeSync, constants, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { basename, join } from 'node:path';
import { hasCode } from './fs-error.js';
import { SOCKET } from './names.js';
import { clearTimeout, setTimeout } from '../../timers.js';

/** `sun_path` has 104 bytes on macOS, 108 on Linux; libuv cuts longer ones or refuses them. */
const MOST_PATH_BYTES = 100;
/** Connecting to a local socket does not wait for the other process; whoever does not answer at all counts as alive. */
const TIMEOUT_MILLIS = 5_000;

/** What shows that an owner is alive, for as long as the process or worker thread is. */
export interface OwnerSocket {
  close(): void;
}

/** @returns undefined where no socket can be made there */
export function listenIn(directory: string, ownerId: string): OwnerSocket | undefined {
  const place = shortPlace(directory, ownerId);
  if (place === undefined) return undefined;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.destroy();
  });
  server.on('error', () => {});
  // NOTE: exclusive, or a cluster worker would ask its primary to listen, which does not die with it.
  server.listen({ path: place.path, exclusive: true });
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

function connects(path: string): Promise<boolean | 'none'> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const settle = (verdict: boolean | 'none'): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(verdict);
    };
    const timer = setTimeout(() => settle(true), TIMEOUT_MILLIS);
    socket.on('connect', () => settle(true));
    socket.on('error', (error) => {
      if (hasCode(error, 'ENOENT')) settle('none');
      // NOTE: a full backlog (EAGAIN), no rights, no file descriptors: all of that is not known to be dead.
      else settle(!hasCode(error, 'ECONNREFUSED', 'ENOTSOCK'));
    });
  });
}

function shortPlace(
  directory: string,
  ownerId: string,
): { readonly path: string; release(): void } | undefined {
  const path = socketPath(directory, ownerId);
  if (isShort(path)) return { path, release: () => {} };
  if (process.platform !== 'linux') return undefined;
  try {
    // NOTE: kept open while the server is: libuv removes the socket by this path when it closes.
    const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
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
