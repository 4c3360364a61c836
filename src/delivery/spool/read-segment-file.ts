import type { Buffer } from 'node:buffer';
import type { MissingRows } from '../../integrity/certificate.js';
import type { SealText } from '../../integrity/seal.js';
import { messageOf } from '../../errors.js';
import { encodeHeader } from '../../record/encode.js';
import type { Segment } from '../segment.js';
import { hasCode } from './fs-error.js';
import { NotASegmentError, readWhole } from './read-file.js';
import { missingOf, readContent, rowCountOf, rowsOf } from './segment-content.js';
import { readHead } from './segment-head.js';
import type { NoHead } from './segment-head.js';
import type { SegmentHead } from './spool.js';

/** What a segment's file holds now; its owner may still be writing it. */
export interface SegmentReading {
  readonly byteLength: number;
  readonly head: SegmentHead;
  /** Missing while the segment is open. */
  readonly seal: SealText | undefined;
  readonly segment: Segment;
  readonly missing: readonly MissingRows[];
  readonly isDamaged: boolean;
}

/** Why a file cannot be read; `gone` where its owner has removed it meanwhile. */
export interface Unreadable {
  readonly status: 'gone' | 'empty' | 'newer' | 'unreadable';
  readonly reason: string;
}

/** Reads a segment's file without owning it, and changes nothing. Never rejects. */
export async function readSegmentFile(path: string): Promise<SegmentReading | Unreadable> {
  try {
    const bytes = await readWhole(path);
    const reading = readHead(bytes);
    return reading.status === 'whole' ? read(bytes, reading.head, reading.end) : unusable(reading);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { status: 'gone', reason: 'it is gone' };
    return {
      status: 'unreadable',
      reason: error instanceof NotASegmentError ? error.message : messageOf(error),
    };
  }
}

export function isReadable(reading: SegmentReading | Unreadable): reading is SegmentReading {
  return 'head' in reading;
}

function read(bytes: Buffer, head: SegmentHead, end: number): SegmentReading {
  const content = readContent(bytes, end, head.segment, head.firstSequence);
  const lastSequence = content.seal?.seal.last ?? content.lastSequence;
  const missing = missingOf(content.runs, head.firstSequence, lastSequence);
  const segment: Segment = {
    id: head.segment,
    chainId: head.chain,
    firstSequence: head.firstSequence,
    lastSequence,
    rowCount: rowCountOf(content),
    columns: head.columns,
    header: encodeHeader(head.columns),
    rows: rowsOf(content),
  };
  const isDamaged = content.isDamaged || missing.length > 0;
  return { byteLength: bytes.length, head, seal: content.seal, segment, missing, isDamaged };
}

function unusable(reading: NoHead): Unreadable {
  if (reading.status === 'torn') return { status: 'empty', reason: 'nothing was written yet' };
  if (reading.status === 'bad') return { status: 'unreadable', reason: 'its beginning is damaged' };
  return {
    status: 'newer',
    reason: `its format, ${reading.format}, is that of a newer version of audit-register`,
  };
}
