import type { Buffer } from 'node:buffer';
import fs from 'node:fs';
import { promisify } from 'node:util';

const writev = promisify(fs.writev);

/** Writes all of it at a place. A file system that takes less than it was given is asked again, until it says why. */
export async function writeFully(fd: number, buffers: readonly Buffer[], position: number): Promise<void> {
  let [rest, at] = [buffers, position];
  while (rest.length > 0) {
    const { bytesWritten } = await writev(fd, rest, at);
    [rest, at] = [without(rest, bytesWritten), at + bytesWritten];
  }
}

/** The same, at once. */
export function writeFullyNow(fd: number, buffers: readonly Buffer[], position: number): void {
  let [rest, at] = [buffers, position];
  while (rest.length > 0) {
    const bytesWritten = fs.writevSync(fd, rest, at);
    [rest, at] = [without(rest, bytesWritten), at + bytesWritten];
  }
}

export function bytesOf(buffers: readonly Buffer[]): number {
  return buffers.reduce((sum, { length }) => sum + length, 0);
}

/** @throws Error where nothing was written, which would go on for ever. */
function without(buffers: readonly Buffer[], written: number): readonly Buffer[] {
  if (written === 0 && bytesOf(buffers) > 0) throw new Error('the file system takes no bytes (EIO)');
  let index = 0;
  let left = written;
  while (index < buffers.length && (buffers[index] as Buffer).length <= left) {
    left -= (buffers[index] as Buffer).length;
    index += 1;
  }
  if (index === buffers.length) return [];
  return [(buffers[index] as Buffer).subarray(left), ...buffers.slice(index + 1)];
}
