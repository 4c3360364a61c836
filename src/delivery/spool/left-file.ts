import { open } from 'node:fs/promises';
import type { SealText } from '../../integrity/seal.js';
import type { NamedType } from '../segment.js';
import { force } from './durable-file.js';
import { unlessGone } from './fs-error.js';
import { OPEN } from './names.js';
import { NotASegmentError, readEnds, readWhole } from './read-file.js';
import { sealLeft } from './recovered-seal.js';
import { readContent } from './segment-content.js';
import type { SegmentContent } from './segment-content.js';
import { readHead } from './segment-head.js';
import type { NoHead } from './segment-head.js';
import type { SegmentHead } from './spool.js';
import { encodeSeal, readLastSeal } from './stored-seal.js';
import { bytesOf } from './write-fully.js';

/** What a file that a dead process left turned out to be. */
export type LeftFile =
  | {
      readonly status: 'sealed';
      readonly seal: SealText;
      readonly columns: readonly NamedType[];
      readonly byteLength: number;
      /** As far as it was read: a seal at its end is found without reading the rows. */
      readonly isDamaged: boolean;
    }
  /** There is nothing in it, and there never was. */
  | { readonly status: 'empty' }
  /** It cannot be sent, ever. */
  | { readonly status: 'unusable'; readonly reason: string }
  /** It may be sent by somebody else, or later. */
  | { readonly status: 'left alone'; readonly reason: string };

/** Reads what must be read of a file; one that has no seal gets it. @throws the error of the file system */
export async function settleLeftFile(path: string, before: SealText | undefined): Promise<LeftFile> {
  try {
    return (await readSealed(path)) ?? (await sealFile(path, before));
  } catch (error) {
    if (error instanceof NotASegmentError) return { status: 'unusable', reason: error.message };
    throw error;
  }
}

/**
 * What is left of a segment that was delivered from memory while its file was still being written: nothing that is needed.
 * Undefined where the file is complete, or was when it was written.
 */
export async function unsealedRest(path: string): Promise<'whole' | 'damaged' | undefined> {
  if ((await unlessNone(readSealed(path))) !== undefined) return undefined;
  const bytes = await unlessNone(readWhole(path));
  const reading = bytes === undefined ? undefined : readHead(bytes);
  if (bytes === undefined || reading?.status !== 'whole') return undefined;
  const content = readContent(bytes, reading.end, reading.head.segment, reading.head.firstSequence);
  if (content.seal !== undefined) return undefined;
  return content.isDamaged ? 'damaged' : 'whole';
}

/** Undefined for what is no file of ours, or gone. */
async function unlessNone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await unlessGone(work);
  } catch (error) {
    if (error instanceof NotASegmentError) return undefined;
    throw error;
  }
}

async function readSealed(path: string): Promise<LeftFile | undefined> {
  const { size, first, last } = await readEnds(path);
  const reading = readHead(first);
  if (reading.status !== 'whole') return undefined;
  const seal = readLastSeal(last, reading.head.segment);
  if (seal === undefined || !belongs(seal, reading.head)) return undefined;
  return { status: 'sealed', seal, columns: reading.head.columns, byteLength: size, isDamaged: false };
}

async function sealFile(path: string, before: SealText | undefined): Promise<LeftFile> {
  const bytes = await readWhole(path);
  const reading = readHead(bytes);
  if (reading.status !== 'whole') return withoutHead(reading);
  const { head, end } = reading;
  const content = readContent(bytes, end, head.segment, head.firstSequence);
  const { columns } = head;
  const { isDamaged } = content;
  if (content.seal !== undefined && belongs(content.seal, head)) {
    return { status: 'sealed', seal: content.seal, columns, byteLength: bytes.length, isDamaged };
  }
  const seal = await sealLeft(head, content, before);
  const byteLength = await appendSeal(path, content, seal);
  return { status: 'sealed', seal, columns, byteLength, isDamaged };
}

function belongs({ seal }: SealText, head: SegmentHead): boolean {
  return seal.chain === head.chain && seal.number === head.number && seal.segment === head.segment;
}

function withoutHead(reading: NoHead): LeftFile {
  if (reading.status === 'torn') return { status: 'empty' };
  if (reading.status === 'bad') return { status: 'unusable', reason: 'its beginning is damaged' };
  return {
    status: 'left alone',
    reason: `its format, ${reading.format}, is that of a newer version of audit-register, which can send it`,
  };
}

/** @returns size of the file */
async function appendSeal(path: string, content: SegmentContent, seal: SealText): Promise<number> {
  const buffers = encodeSeal(seal);
  const handle = await open(path, OPEN.change);
  try {
    await handle.writev(buffers, content.end);
    const size = content.end + bytesOf(buffers);
    await handle.truncate(size);
    await force(handle);
    return size;
  } finally {
    await handle.close();
  }
}
