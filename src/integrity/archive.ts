import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { AuditRegisterError, messageOf } from '../errors.js';
import type { Entry, PurgeRecord, Stray } from './evidence.js';
import type { Amendment } from './purge.js';
import type { Period } from './report.js';

/** The file cannot be read as an archive: it is none, or was cut or changed. */
export class ArchiveError extends AuditRegisterError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_AUDIT_ARCHIVE', message, options);
    this.name = 'ArchiveError';
  }
}

/**
 * An archive is gzip over this line and frames, described in docs/integrity.md. A frame is a letter, the length of what
 * follows (UInt32, little-endian), and that.
 */
export const ARCHIVE_MAGIC = Buffer.from('audit-register archive 1\n');

export const FRAME_HEAD_BYTES = 5;

/** A segment holds 4 MiB and one record more; nothing longer is read into memory. */
export const MOST_FRAME_BYTES = 256 * 1024 * 1024;

export interface ArchiveHead {
  readonly format: 1;
  readonly exportedAtMillis: number;
  readonly source: string;
  readonly period: Period;
  /** Null for ever. */
  readonly keptDays: number | null;
  readonly size: { readonly entries: number; readonly rows: number };
}

/** Stands before the rows of a segment, which follow as they are: RowBinary of these columns. */
export interface ArchivedSegment {
  readonly entries: readonly Entry[];
  /** True for one that is only there to prove a purge. */
  readonly isOfPurge: boolean;
  readonly columns: readonly (readonly [name: string, type: string])[];
  /** Sequence, time of arrival in milliseconds, time of the action in nanoseconds, length in bytes. */
  readonly rows: readonly (readonly [number, number, string, number])[];
}

export interface ArchivedPurge {
  readonly purge: string;
  readonly records: readonly PurgeRecord[];
}

export interface ArchivedAmendments {
  readonly purge: string;
  readonly amendments: Amendment[];
}

export interface ArchiveEnd {
  /** SHA-256 in hex over everything before this frame. */
  readonly digest: string;
}

export type Frame =
  | { readonly kind: 'H'; readonly value: ArchiveHead }
  | { readonly kind: 'E'; readonly value: Entry }
  | { readonly kind: 'S'; readonly value: ArchivedSegment }
  | { readonly kind: 'R'; readonly value: Buffer }
  | { readonly kind: 'T'; readonly value: Stray }
  | { readonly kind: 'P'; readonly value: ArchivedPurge }
  | { readonly kind: 'A'; readonly value: ArchivedAmendments }
  | { readonly kind: 'Z'; readonly value: ArchiveEnd };

const KINDS = 'HESRTPAZ';

export function encodeFrame(frame: Frame): Buffer {
  const content = frame.kind === 'R' ? frame.value : Buffer.from(JSON.stringify(frame.value));
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.write(frame.kind, 0, 'latin1');
  head.writeUInt32LE(content.length, 1);
  return Buffer.concat([head, content]);
}

/**
 * The frames of an archive, from its first to its last.
 *
 * @throws ArchiveError when it is cut, changed, or none
 */
export async function* readArchive(path: string): AsyncGenerator<Frame> {
  const digest = createHash('sha256');
  let waiting: Buffer[] = [];
  let length = 0;
  let isBegun = false;
  let isEnded = false;
  try {
    for await (const chunk of createReadStream(path).pipe(createGunzip()) as AsyncIterable<Buffer>) {
      waiting.push(chunk);
      length += chunk.length;
      if (length < needed(waiting[0] as Buffer, isBegun)) continue;
      let bytes: Buffer = waiting.length === 1 ? chunk : Buffer.concat(waiting);
      if (!isBegun) {
        if (!bytes.subarray(0, ARCHIVE_MAGIC.length).equals(ARCHIVE_MAGIC))
          throw new ArchiveError(`${path} is no archive of audit-register.`);
        digest.update(ARCHIVE_MAGIC);
        bytes = bytes.subarray(ARCHIVE_MAGIC.length);
        isBegun = true;
      }
      for (let end = endOf(bytes, path); end <= bytes.length; end = endOf(bytes, path)) {
        if (isEnded) throw new ArchiveError(`${path} goes on behind its end.`);
        const raw = bytes.subarray(0, end);
        const frame = decodeFrame(raw, path);
        if (frame.kind === 'Z') {
          if (frame.value.digest !== digest.digest('hex'))
            throw new ArchiveError(`${path} is damaged: its content is not what was written.`);
          isEnded = true;
        } else {
          digest.update(raw);
          yield frame;
        }
        bytes = bytes.subarray(end);
      }
      waiting = [bytes];
      length = bytes.length;
    }
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    throw new ArchiveError(`${path} cannot be read as an archive: ${messageOf(error)}.`, { cause: error });
  }
  if (!isEnded || length > 0) throw new ArchiveError(`${path} is cut: its end is not there.`);
}

/** How many bytes must be there before it is worth looking at them. */
function needed(first: Buffer, isBegun: boolean): number {
  if (!isBegun) return ARCHIVE_MAGIC.length;
  return first.length < FRAME_HEAD_BYTES ? FRAME_HEAD_BYTES : FRAME_HEAD_BYTES + first.readUInt32LE(1);
}

function endOf(bytes: Buffer, path: string): number {
  if (bytes.length < FRAME_HEAD_BYTES) return Infinity;
  const length = bytes.readUInt32LE(1);
  if (length > MOST_FRAME_BYTES) throw new ArchiveError(`${path} is damaged: a frame of ${length} bytes.`);
  return FRAME_HEAD_BYTES + length;
}

function decodeFrame(raw: Buffer, path: string): Frame {
  const kind = raw.toString('latin1', 0, 1) as Frame['kind'];
  if (!KINDS.includes(kind))
    throw new ArchiveError(`${path} has a part that this version of audit-register does not know.`);
  const content = raw.subarray(FRAME_HEAD_BYTES);
  if (kind === 'R') return { kind, value: Buffer.from(content) };
  return { kind, value: JSON.parse(content.toString()) };
}
