import type { Buffer } from 'node:buffer';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { messageOf } from '../../errors.js';
import { writeQuietly } from '../../log.js';

const NEWLINE = 0x0a;

/** A write that ended before its end. */
export class ShortWriteError extends Error {
  /** Bytes that were taken. */
  readonly written: number;

  constructor(cause: unknown, written: number) {
    super(messageOf(cause), { cause });
    this.name = 'ShortWriteError';
    this.written = written;
  }
}

/** What takes lines. */
export interface LineTarget {
  /** @throws ShortWriteError */
  append(lines: Buffer): Promise<void>;
  /** After it, what was appended survives the machine, where that can be had. */
  force(): Promise<void>;
  close(): Promise<void>;
}

/** The end of a file, on a line of its own: whoever wrote before may have died in the middle of one. */
export async function openFileEnd(path: string): Promise<LineTarget> {
  const handle = await open(path, 'a', 0o600);
  try {
    const { size, isRegular } = await handle
      .stat()
      .then((stat) => ({ size: stat.size, isRegular: stat.isFile() }));
    if (isRegular && size > 0 && !(await endsLine(path, size))) await handle.write('\n');
    return {
      append: (lines) => appendAll(handle, lines),
      // NOTE: a pipe or a terminal has nothing to be forced to.
      force: () => (isRegular ? handle.datasync() : Promise.resolve()),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** A file that may only be written counts as one that ends in the middle of a line: an empty line does no harm. */
async function endsLine(path: string, size: number): Promise<boolean> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch {
    return false;
  }
  try {
    const { bytesRead, buffer } = await handle.read({ position: size - 1, length: 1 });
    return bytesRead === 1 && buffer[0] === NEWLINE;
  } finally {
    await handle.close();
  }
}

async function appendAll(handle: FileHandle, lines: Buffer): Promise<void> {
  let written = 0;
  while (written < lines.length) {
    try {
      const { bytesWritten } = await handle.write(lines, written);
      if (bytesWritten === 0) throw new Error('nothing can be written');
      written += bytesWritten;
    } catch (error) {
      throw new ShortWriteError(error, written);
    }
  }
}

/** Standard output, between whatever the application writes there. */
export const STANDARD_OUTPUT: LineTarget = {
  append: (lines) =>
    new Promise((resolve, reject) => {
      writeQuietly(process.stdout, lines.toString(), (error) =>
        error ? reject(new ShortWriteError(error, 0)) : resolve(),
      );
    }),
  force: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
