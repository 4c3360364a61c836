import type { Buffer } from 'node:buffer';
import { COLUMNS } from './columns.js';
import type { ColumnType } from './columns.js';
import type { StoredRecord } from './record.js';

/** A place in a buffer of RowBinary. */
interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

const READERS: Record<ColumnType, (cursor: Cursor) => unknown> = {
  UUID: readUuid,
  "DateTime64(9, 'UTC')": readInt64,
  "DateTime64(6, 'UTC')": readInt64,
  UInt16: (cursor) => cursor.bytes.readUInt16LE(advance(cursor, 2)),
  UInt32: (cursor) => cursor.bytes.readUInt32LE(advance(cursor, 4)),
  UInt64: (cursor) => Number(cursor.bytes.readBigUInt64LE(advance(cursor, 8))),
  IPv6: readAddress,
  String: readString,
  'LowCardinality(String)': readString,
  'Array(String)': readStrings,
  'Array(LowCardinality(String))': readStrings,
  'Map(LowCardinality(String), String)': readMap,
};

const MAP: ColumnType = 'Map(LowCardinality(String), String)';

/** `pairs`: as they lie there. An object has each name once, and has its own order. */
export type MapForm = 'object' | 'pairs';

const OWN = COLUMNS.map(({ name, type }) => [name, type] as const);

/** The records of a run of RowBinary rows, as {@link encodeRecord} wrote them. */
export function decodeRecords(bytes: Buffer): Generator<StoredRecord> {
  return decodeRows(bytes, OWN) as Generator<StoredRecord>;
}

/**
 * The rows of any version of this package, by the names and types that came with them.
 *
 * @throws TypeError for a type that this version does not know; RangeError where the bytes end in the middle of a row
 */
export function* decodeRows(
  bytes: Buffer,
  columns: readonly (readonly [name: string, type: string])[],
  maps: MapForm = 'object',
): Generator<Record<string, unknown>> {
  const readers = columns.map(([name, type]) => [name, readerOf(type, maps)] as const);
  const cursor: Cursor = { bytes, at: 0 };
  while (cursor.at < bytes.length) {
    const row: Record<string, unknown> = {};
    for (const [name, read] of readers) row[name] = read(cursor);
    yield row;
  }
}

function readerOf(type: string, maps: MapForm): (cursor: Cursor) => unknown {
  if (maps === 'pairs' && type === MAP) return readPairs;
  if (!Object.hasOwn(READERS, type)) throw new TypeError(`The type ${type} of a column is not known.`);
  return READERS[type as ColumnType];
}

function advance(cursor: Cursor, bytes: number): number {
  const start = cursor.at;
  cursor.at += bytes;
  return start;
}

function readInt64(cursor: Cursor): bigint {
  return cursor.bytes.readBigInt64LE(advance(cursor, 8));
}

function readVarint(cursor: Cursor): number {
  let value = 0;
  for (let factor = 1; ; factor *= 0x80) {
    const byte = cursor.bytes.readUInt8(advance(cursor, 1));
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
  }
}

function readString(cursor: Cursor): string {
  const length = readVarint(cursor);
  const start = advance(cursor, length);
  if (cursor.at > cursor.bytes.length) throw new RangeError('The bytes end in the middle of a text.');
  return cursor.bytes.toString('utf8', start, cursor.at);
}

/** NOTE: a length may be anything in a damaged file: nothing is made by it before its elements are there. */
function readMany<T>(cursor: Cursor, read: (cursor: Cursor) => T): T[] {
  const elements: T[] = [];
  for (let left = readVarint(cursor); left > 0; left -= 1) elements.push(read(cursor));
  return elements;
}

function readStrings(cursor: Cursor): string[] {
  return readMany(cursor, readString);
}

function readMap(cursor: Cursor): Record<string, string> {
  return Object.fromEntries(readPairs(cursor));
}

function readPairs(cursor: Cursor): (readonly [name: string, value: string])[] {
  return readMany(cursor, (from) => [readString(from), readString(from)] as const);
}

function readUuid(cursor: Cursor): string {
  const start = advance(cursor, 16);
  const high = cursor.bytes.readBigUInt64LE(start).toString(16).padStart(16, '0');
  const low = cursor.bytes
    .readBigUInt64LE(start + 8)
    .toString(16)
    .padStart(16, '0');
  return `${high.slice(0, 8)}-${high.slice(8, 12)}-${high.slice(12)}-${low.slice(0, 4)}-${low.slice(4)}`;
}

/** IPv4 as such, IPv6 in its short form (RFC 5952), empty for the unknown address. */
function readAddress(cursor: Cursor): string {
  const start = advance(cursor, 16);
  const bytes = cursor.bytes.subarray(start, start + 16);
  if (bytes.every((byte) => byte === 0)) return '';
  const isMapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes.readUInt16BE(10) === 0xffff;
  if (isMapped) return bytes.subarray(12).join('.');
  return shortIPv6(Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)));
}

/** The longest run of zero groups, the first of equals, becomes `::`. */
function shortIPv6(groups: readonly string[]): string {
  let [start, length] = [0, 1];
  groups.forEach((group, index) => {
    if (group !== '0') return;
    const end = groups.findIndex((other, at) => at > index && other !== '0');
    const run = (end === -1 ? groups.length : end) - index;
    if (run > length) [start, length] = [index, run];
  });
  if (length === 1) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}
