import { Buffer } from 'node:buffer';

/** Of the memory behind bytes: copying for less is not worth it. */
const MOST_WASTE = 1 / 16;

/** The same bytes, copied where the memory behind them is much larger than they are. */
export function fitted(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength - bytes.length <= bytes.buffer.byteLength * MOST_WASTE) return bytes;
  // NOTE: `Buffer.from` cuts small ones out of a pool, which then stays as long as they do.
  const exact = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(exact);
  return exact;
}
