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

/** The records of a run of RowBinary rows, as {@link encodeRecord} wrote them. */
export function* decodeRecords(bytes: Buffer): Generator<StoredRecord> {
  const cursor: Cursor = { bytes, at: 0 };
  while (cursor.at < bytes.length) {
    const record: Record<string, unknown> = {};
    for (const { name, type } of COLUMNS) record[name] = READERS[type](cursor);
    yield record as StoredRecord;
  }
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
  return cursor.bytes.toString('utf8', start, start + length);
}

function readStrings(cursor: Cursor): string[] {
  return Array.from({ length: readVarint(cursor) }, () => readString(cursor));
}

function readMap(cursor: Cursor): Record<string, string> {
  const pairs = Array.from(
    { length: readVarint(cursor) },
    () => [readString(cursor), readString(cursor)] as const,
  );
  return Object.fromEntries(pairs);
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
