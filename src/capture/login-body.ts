import { Buffer } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { BodyFacts } from '../pipeline/facts.js';

/** No login is longer. */
const MOST_BYTES = 65_536;

const TEXTUAL = /json|x-www-form-urlencoded|^$/i;

/**
 * Copies what Node pushes into a request as it comes: nobody reads it earlier, later or twice for our sake.
 *
 * @returns What has come so far.
 */
export function watchLoginBody(stream: Readable, headers: IncomingHttpHeaders): BodyFacts | undefined {
  const isEncoded = (headers['content-encoding'] ?? 'identity') !== 'identity';
  if (isEncoded || !TEXTUAL.test(headers['content-type'] ?? '')) return undefined;
  const pieces: Buffer[] = [];
  let length = 0;
  const push = stream.push;
  const watched: typeof push = function watched(this: Readable, chunk: unknown, encoding?: BufferEncoding) {
    if (Buffer.isBuffer(chunk) && length < MOST_BYTES) {
      pieces.push(Buffer.from(chunk.subarray(0, MOST_BYTES - length)));
      length += chunk.length;
    }
    return push.call(this, chunk, encoding);
  };
  Object.defineProperty(stream, 'push', { value: watched, configurable: true, writable: true });
  return {
    read: () => Buffer.concat(pieces).toString(),
    release: () => void pieces.splice(0),
  };
}
