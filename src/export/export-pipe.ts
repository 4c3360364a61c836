import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { headOf } from './export-file.js';
import type { Written } from './export-file.js';
import type { LineFormat } from './formats.js';
import { readRecords } from './records.js';
import { readExtent } from './selection.js';
import type { Source } from './selection.js';

/** Where the bytes go; waits until they are taken. */
export type WriteBytes = (bytes: Uint8Array) => Promise<void>;

/** Writes to a stream, as fast as it is read. A reader who goes away has what was wanted. */
export function pipeTo(stream: NodeJS.WritableStream): {
  readonly write: WriteBytes;
  readonly left: AbortSignal;
} {
  const gone = new AbortController();
  let failure: Error | undefined;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') failure = error;
    gone.abort();
  });
  return {
    left: gone.signal,
    write: async (bytes) => {
      if (failure !== undefined) throw failure;
      gone.signal.throwIfAborted();
      if (bytes.length > 0 && !stream.write(bytes)) await once(stream, 'drain', { signal: gone.signal });
    },
  };
}

/** Writes all of it to where nothing can be taken back. */
export async function exportToPipe(
  source: Source,
  format: LineFormat,
  hasBom: boolean,
  write: WriteBytes,
  onProgress: (done: number, of: number) => void,
  signal: AbortSignal,
): Promise<Written> {
  const digest = createHash('sha256');
  const { span, records: of } = await readExtent(source);
  let records = 0;
  let bytes = 0;
  const put = async (chunk: Uint8Array): Promise<void> => {
    digest.update(chunk);
    bytes += chunk.length;
    await write(chunk);
  };
  await put(headOf(format, hasBom));
  if (span !== undefined)
    for await (const piece of readRecords(source, format, span, signal)) {
      await put(piece.bytes);
      records += piece.records;
      onProgress(records, of);
    }
  const extent = await readExtent(source);
  return { isWhole: true, records, bytes, sha256: digest.digest('hex'), extent, selection: source.selection };
}
