import { Buffer } from 'node:buffer';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { AuditRegisterError } from '../../errors.js';
import { hasCode } from './fs-error.js';
import { OPEN } from './names.js';

/** More than a segment ever has: 4 MiB and the record that made it full, or what came before a write was done. */
const MOST_BYTES = 256 * 1024 * 1024;
/** More than a file has that holds a seal or less. */
const SMALL_BYTES = 1024 * 1024;
/** The head, and at the other end the seal. */
const END_BYTES = 64 * 1024;

/** What stands in the place of a file is none, or none of ours. */
export class NotASegmentError extends AuditRegisterError {
  constructor(path: string, what: string) {
    super('ERR_AUDIT_NOT_A_SEGMENT', `${path} is ${what}, not a segment's file.`);
    this.name = 'NotASegmentError';
  }
}

/** The whole file. @throws NotASegmentError */
export function readWhole(path: string): Promise<Buffer> {
  return reading(path, (handle, size) => readAt(handle, 0, size));
}

/** The content of a small file; nothing where it is none of ours or gone. @throws the error of the file system */
export async function readSmall(path: string): Promise<Buffer> {
  try {
    return await reading(path, (handle, size) => readAt(handle, 0, Math.min(size, SMALL_BYTES)));
  } catch (error) {
    if (error instanceof NotASegmentError || hasCode(error, 'ENOENT')) return Buffer.alloc(0);
    throw error;
  }
}

/** The first bytes and the last ones of a file, which may be the same. @throws NotASegmentError */
export function readEnds(path: string): Promise<{ size: number; first: Buffer; last: Buffer }> {
  return reading(path, async (handle, size) => {
    const length = Math.min(size, END_BYTES);
    const first = await readAt(handle, 0, length);
    const last = size === length ? first : await readAt(handle, size - length, length);
    return { size, first, last };
  });
}

async function reading<T>(path: string, read: (handle: FileHandle, size: number) => Promise<T>): Promise<T> {
  const handle = await openToRead(path);
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new NotASegmentError(path, 'no plain file');
    if (stat.size > MOST_BYTES) throw new NotASegmentError(path, 'far too large');
    return await read(handle, stat.size);
  } finally {
    await handle.close();
  }
}

async function openToRead(path: string): Promise<FileHandle> {
  try {
    return await open(path, OPEN.read);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ELOOP') throw new NotASegmentError(path, 'a link');
    // NOTE: what a socket or a device without a driver answers.
    if (code === 'ENXIO') throw new NotASegmentError(path, 'no plain file');
    throw error;
  }
}

/** Fewer bytes where the file became shorter meanwhile. */
async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
