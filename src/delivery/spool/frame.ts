import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';

/** Kinds of frames; a reader skips those it does not know. */
export const FRAME_KIND = { head: 1, rows: 2, seal: 3 } as const;
export const FRAME_HEADER_BYTES = 32;

/** NOTE: 0xff is in no UTF-8 text, and texts are most of what is in rows. */
const MARKER = Buffer.from([0xff, 0x41, 0x52, 0x46]);
const AT = { kind: 4, payloadBytes: 8, rowCount: 12, first: 16, payloadCrc: 24, headerCrc: 28 } as const;

/** What stands before the payload of a frame. */
export interface FrameHeader {
  readonly kind: number;
  readonly payloadBytes: number;
  readonly rowCount: number;
  readonly first: number;
  readonly payloadCrc: number;
}

/** Of rows: sequence of the first, and how many there are. */
export interface RowsOfFrame {
  readonly first: number;
  readonly count: number;
}

const NO_ROWS: RowsOfFrame = { first: 0, count: 0 };

/**
 * Where the checksums of a segment's frames begin. Rows hold texts from anybody: without it, a text could hold a frame of its
 * own, which a reader that searches behind a damaged one would believe.
 */
export function seedOf(segmentId: string): number {
  return crc32(segmentId);
}

/** Header and payload of a frame, the payload as it was given. */
export function encodeFrame(kind: number, payload: Buffer, seed: number, rows = NO_ROWS): Buffer[] {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  MARKER.copy(header);
  header.writeUInt8(kind, AT.kind);
  header.writeUInt32LE(payload.length, AT.payloadBytes);
  header.writeUInt32LE(rows.count, AT.rowCount);
  header.writeBigUInt64LE(BigInt(rows.first), AT.first);
  header.writeUInt32LE(crc32(payload), AT.payloadCrc);
  header.writeUInt32LE(crc32(header.subarray(0, AT.headerCrc), seed), AT.headerCrc);
  return [header, payload];
}

/** The header at a place; undefined where there is none that is right. */
export function readFrameHeader(bytes: Buffer, at: number, seed: number): FrameHeader | undefined {
  if (at + FRAME_HEADER_BYTES > bytes.length) return undefined;
  const header = bytes.subarray(at, at + FRAME_HEADER_BYTES);
  if (!header.subarray(0, MARKER.length).equals(MARKER)) return undefined;
  if (crc32(header.subarray(0, AT.headerCrc), seed) !== header.readUInt32LE(AT.headerCrc)) return undefined;
  return {
    kind: header.readUInt8(AT.kind),
    payloadBytes: header.readUInt32LE(AT.payloadBytes),
    rowCount: header.readUInt32LE(AT.rowCount),
    first: Number(header.readBigUInt64LE(AT.first)),
    payloadCrc: header.readUInt32LE(AT.payloadCrc),
  };
}

/** The payload behind a header; undefined where it is not what was written, or not all there. */
export function readPayload(bytes: Buffer, at: number, header: FrameHeader): Buffer | undefined {
  const start = at + FRAME_HEADER_BYTES;
  if (start + header.payloadBytes > bytes.length) return undefined;
  const payload = bytes.subarray(start, start + header.payloadBytes);
  return crc32(payload) === header.payloadCrc ? payload : undefined;
}

/** Where the next right header stands; -1 where there is none. */
export function nextFrame(bytes: Buffer, from: number, seed: number): number {
  for (let at = bytes.indexOf(MARKER, from); at !== -1; at = bytes.indexOf(MARKER, at + 1)) {
    if (readFrameHeader(bytes, at, seed) !== undefined) return at;
  }
  return -1;
}

/** Whether these may be the first bytes of a file whose writer was stopped. */
export function isBeginning(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, MARKER.length);
  return bytes.subarray(0, length).equals(MARKER.subarray(0, length));
}
