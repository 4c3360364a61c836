import { Buffer } from 'node:buffer';

/** Of a buffer for rows. */
const ROW_BUFFER_BYTES = 128 * 1024;
/** Buffers that are kept for the rows to come: more than are on their way in the usual second. */
const MOST_SPARE = 32;

const spare: Buffer[] = [];

/**
 * Memory for rows: used again and again, because V8 would go through the whole heap of the application to free it.
 *
 * @param bytes The least that it must have.
 */
export function takeRowBuffer(bytes = 0): Buffer {
  if (bytes > ROW_BUFFER_BYTES) return Buffer.allocUnsafeSlow(bytes);
  return spare.pop() ?? Buffer.allocUnsafeSlow(ROW_BUFFER_BYTES);
}

/** @param rows Of which the memory is read by nobody any more, neither here nor by the system. Once. */
export function giveRowBufferBack({ buffer }: Buffer): void {
  if (buffer.byteLength !== ROW_BUFFER_BYTES || spare.length >= MOST_SPARE) return;
  spare.push(Buffer.from(buffer as ArrayBuffer));
}
