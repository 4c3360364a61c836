import { Buffer } from 'node:buffer';
import {
  encodeFrame,
  FRAME_HEADER_BYTES,
  FRAME_KIND,
  isBeginning,
  readFrameHeader,
  readPayload,
} from './frame.js';
import { isRecord, parseJson } from './parsed.js';
import { sharedColumns } from './shared-columns.js';
import type { SegmentHead } from './spool.js';

const FORMAT = 1;
/** NOTE: the head frame has no seed, and its layout is the same in every format: it says what the others are. */
const NO_SEED = 0;

/** Why a file has no head that can be used. */
export type NoHead =
  /** Its writer was stopped before the head was whole: there is nothing in it. */
  | { readonly status: 'torn' }
  | { readonly status: 'newer'; readonly format: number }
  | { readonly status: 'bad' };

interface WholeHead<T> {
  readonly status: 'whole';
  readonly head: T;
  /** Where the next frame begins. */
  readonly end: number;
}

const BAD: NoHead = { status: 'bad' };
const TORN: NoHead = { status: 'torn' };

export function encodeHead(head: object): Buffer[] {
  return encodeFrame(FRAME_KIND.head, Buffer.from(JSON.stringify(head)), NO_SEED);
}

/** @param bytes The beginning of the file, or all of it. */
export function readHead(bytes: Buffer): WholeHead<SegmentHead> | NoHead {
  const reading = readHeadObject(bytes);
  if (reading.status !== 'whole') return reading;
  if (!isSegmentHead(reading.head)) return BAD;
  const head = reading.head as unknown as SegmentHead;
  return { ...reading, head: { ...head, columns: sharedColumns(head.columns) } };
}

/** A head of any kind of file. */
export function readHeadObject(bytes: Buffer): WholeHead<Record<string, unknown>> | NoHead {
  const header = readFrameHeader(bytes, 0, NO_SEED);
  if (header === undefined) {
    const mayBeTorn = (bytes.length < FRAME_HEADER_BYTES && isBeginning(bytes)) || isZero(bytes);
    return mayBeTorn ? TORN : BAD;
  }
  const end = FRAME_HEADER_BYTES + header.payloadBytes;
  if (end > bytes.length) return TORN;
  const head = parseJson(readPayload(bytes, 0, header));
  if (!isRecord(head) || header.kind !== FRAME_KIND.head) return BAD;
  const format = head['format'];
  if (typeof format === 'number' && format > FORMAT) return { status: 'newer', format };
  return format === FORMAT ? { status: 'whole', head, end } : BAD;
}

/** What a machine that failed may leave where bytes were promised. */
export function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

function isSegmentHead(head: Record<string, unknown>): boolean {
  return (
    ['segment', 'chain', 'previous', 'openedAt'].every((name) => typeof head[name] === 'string') &&
    ['number', 'firstSequence', 'schema'].every((name) => Number.isSafeInteger(head[name])) &&
    isRecord(head['process']) &&
    Array.isArray(head['predecessors']) &&
    isNamedTypes(head['columns'])
  );
}

export function isNamedTypes(columns: unknown): boolean {
  return (
    Array.isArray(columns) &&
    columns.length > 0 &&
    columns.every(
      (column: unknown) =>
        Array.isArray(column) && column.length === 2 && column.every((part) => typeof part === 'string'),
    )
  );
}
