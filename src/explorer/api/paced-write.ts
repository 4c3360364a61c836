import type { Writable } from 'node:stream';
import { clearTimeout, setTimeout } from '../../timers.js';

export interface Pace {
  /** Aborted when whoever reads is gone. */
  readonly signal: AbortSignal;
  /** Whoever takes nothing for so long is cut off. */
  readonly stallMillis: number;
}

/**
 * Writes, and waits until the other side has taken enough of it: nothing piles up for whoever does not read.
 *
 * @throws the reason of `signal`.
 */
export async function writePaced(stream: Writable, chunk: string | Uint8Array, pace: Pace): Promise<void> {
  pace.signal.throwIfAborted();
  if (!stream.write(chunk)) await drained(stream, pace);
}

function drained(stream: Writable, { signal, stallMillis }: Pace): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(stalled);
      stream.removeListener('drain', drain);
      signal.removeEventListener('abort', abort);
    };
    const drain = (): void => {
      end();
      resolve();
    };
    const abort = (): void => {
      end();
      reject(signal.reason as Error);
    };
    // The connection closes, which aborts the signal.
    const stalled = setTimeout(() => stream.destroy(), stallMillis);
    stream.once('drain', drain);
    signal.addEventListener('abort', abort, { once: true });
  });
}
