import { Buffer } from 'node:buffer';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { setTimeout } from '../../timers.js';

/** Names of attributes, the same in each record, are most of it: the fastest level leaves a tenth or less. */
const GZIP = { level: constants.Z_BEST_SPEED };

/**
 * A body out of pieces that take some time each: the application has its turn between them, and compression is left to the
 * threads of Node.js.
 */
export async function bodyOf(
  pieces: Iterable<Uint8Array>,
  compression: 'gzip' | 'none',
): Promise<readonly Buffer[]> {
  const body: Buffer[] = [];
  const collect = new Writable({
    write(chunk: Buffer, _, done) {
      body.push(chunk);
      done();
    },
  });
  const source = Readable.from(withTurns(pieces), { objectMode: false });
  if (compression === 'gzip') await pipeline(source, createGzip(GZIP), collect);
  else await pipeline(source, collect);
  return body;
}

async function* withTurns(pieces: Iterable<Uint8Array>): AsyncGenerator<Buffer> {
  for (const piece of pieces) {
    yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    await nextTurn();
  }
}

/** NOTE: a timer, for an immediate that does not hold the process waits for whatever wakes the event loop. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0).unref();
  });
}
