import { Buffer } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { BodyFacts, BodyText } from '../pipeline/facts.js';

/** No login is longer. */
const MOST_BYTES = 65_536;

/** Bytes of the bodies of all logins that are in flight together; of later ones nothing is kept. */
const MOST_HELD_BYTES = 16 * 1_048_576;

const TEXTUAL = /json|x-www-form-urlencoded|^$/i;

let heldBytes = 0;

/**
 * Copies what Node pushes into a request as it comes: nobody reads it earlier, later or twice for our sake.
 *
 * @returns What has come so far.
 */
export function watchLoginBody(stream: Readable, headers: IncomingHttpHeaders): BodyFacts {
  const refusal = refusalOf(headers);
  const pieces: Buffer[] = [];
  let length = 0;
  let kept = 0;
  const keep = (chunk: Buffer): void => {
    const room = kept < length ? 0 : Math.min(MOST_BYTES - kept, MOST_HELD_BYTES - heldBytes);
    length += chunk.length;
    if (room <= 0) return;
    const piece = Buffer.from(chunk.subarray(0, room));
    pieces.push(piece);
    kept += piece.length;
    heldBytes += piece.length;
  };
  if (refusal === '') watchPushes(stream, keep);
  return {
    read: (maxBytes): BodyText => ({
      text: Buffer.concat(pieces).toString('utf8', 0, Math.min(kept, maxBytes)),
      isForm: (headers['content-type'] ?? '').includes('urlencoded'),
      isCut: length > Math.min(kept, maxBytes),
      refusal,
    }),
    release: () => {
      heldBytes -= kept;
      kept = 0;
      pieces.length = 0;
    },
  };
}

function refusalOf(headers: IncomingHttpHeaders): string {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') return encoding;
  const type = headers['content-type'] ?? '';
  return TEXTUAL.test(type) ? '' : type;
}

function watchPushes(stream: Readable, keep: (chunk: Buffer) => void): void {
  const { push } = stream;
  const watched: typeof push = function watched(this: Readable, chunk: unknown, encoding?: BufferEncoding) {
    if (Buffer.isBuffer(chunk)) keep(chunk);
    return push.call(this, chunk, encoding);
  };
  Object.defineProperty(stream, 'push', { value: watched, configurable: true, writable: true });
}
