import type { Buffer } from 'node:buffer';
import {
  brotliDecompressSync,
  constants,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib';

type Decode = (bytes: Buffer, maxOutputLength: number) => Buffer;

/** NOTE: of a text that was cut, everything up to the cut is wanted. */
const FLUSH = { finishFlush: constants.Z_SYNC_FLUSH } as const;
const BROTLI = { finishFlush: constants.BROTLI_OPERATION_FLUSH } as const;
/** NOTE: a frame may ask for a window of 128 MiB; this is 8 MiB, the most that RFC 8878 wants a decoder to take. */
const ZSTD = {
  finishFlush: constants.ZSTD_e_flush,
  params: { [constants.ZSTD_d_windowLogMax]: 23 },
} as const;

const gunzip: Decode = (bytes, maxOutputLength) => gunzipSync(bytes, { ...FLUSH, maxOutputLength });

/** "deflate" is zlib's format (RFC 9110, 8.4.1.2); some send it without its header. */
const inflate: Decode = (bytes, maxOutputLength) =>
  ((bytes[0] as number) & 0x0f) === 8
    ? inflateSync(bytes, { ...FLUSH, maxOutputLength })
    : inflateRawSync(bytes, { ...FLUSH, maxOutputLength });

const DECODERS: ReadonlyMap<string, Decode> = new Map([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  ['deflate', inflate],
  ['br', (bytes, maxOutputLength) => brotliDecompressSync(bytes, { ...BROTLI, maxOutputLength })],
  ['zstd', (bytes, maxOutputLength) => zstdDecompressSync(bytes, { ...ZSTD, maxOutputLength })],
]);

/** Output of one attempt, in times of what is wanted: what text compresses to, not a bomb. */
const EXPANSION = 16;

export interface Decoded {
  readonly bytes: Buffer;
  readonly isCut: boolean;
}

/** Undefined for an encoding that is not known, more than one of them, and bytes that are not in it. */
export function decodeContent(bytes: Buffer, encoding: string, maxBytes: number): Decoded | undefined {
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity') {
    return { bytes: bytes.subarray(0, maxBytes), isCut: bytes.length > maxBytes };
  }
  const decode = DECODERS.get(name);
  if (decode === undefined) return undefined;
  if (bytes.length === 0) return { bytes, isCut: false };
  // NOTE: Node gives nothing of an output that is too large, so less is put in until it fits.
  for (let input = bytes; input.length > 0; input = input.subarray(0, input.length >> 1)) {
    const output = attempt(decode, input, EXPANSION * maxBytes);
    if (output === 'invalid') return undefined;
    if (output === 'too large') continue;
    const isCut = input.length < bytes.length || output.length > maxBytes;
    return { bytes: output.subarray(0, maxBytes), isCut };
  }
  return { bytes: bytes.subarray(0, 0), isCut: true };
}

function attempt(decode: Decode, bytes: Buffer, maxOutputLength: number): Buffer | 'too large' | 'invalid' {
  try {
    return decode(bytes, maxOutputLength);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too large' : 'invalid';
  }
}
