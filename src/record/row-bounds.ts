import type { Buffer } from 'node:buffer';
import type { ColumnType } from './columns.js';

/** Where a row stands in a run of RowBinary. */
export interface RowBounds {
  readonly start: number;
  readonly end: number;
  readonly sequence: number;
}

/** Gives the place behind the value at `at`. */
type Skip = (bytes: Buffer, at: number) => number;

const fixed =
  (length: number): Skip =>
  (_, at) =>
    at + length;

const SKIPS: Record<ColumnType, Skip> = {
  UUID: fixed(16),
  "DateTime64(9, 'UTC')": fixed(8),
  "DateTime64(6, 'UTC')": fixed(8),
  UInt16: fixed(2),
  UInt32: fixed(4),
  UInt64: fixed(8),
  IPv6: fixed(16),
  String: skipString,
  'LowCardinality(String)': skipString,
  'Array(String)': (bytes, at) => skipStrings(bytes, at, 1),
  'Array(LowCardinality(String))': (bytes, at) => skipStrings(bytes, at, 1),
  'Map(LowCardinality(String), String)': (bytes, at) => skipStrings(bytes, at, 2),
};

/**
 * Where each row begins and ends, without decoding it.
 *
 * @param columns Names and types, which may be those of another version.
 * @returns Undefined where a type is not known here, there is no `sequence`, or the bytes are not whole rows.
 */
export function rowBounds(
  bytes: Buffer,
  columns: readonly (readonly [name: string, type: string])[],
): RowBounds[] | undefined {
  const skips = columns.map(([, type]) =>
    Object.hasOwn(SKIPS, type) ? SKIPS[type as ColumnType] : undefined,
  );
  const sequenceAt = columns.findIndex(([name, type]) => name === 'sequence' && type === 'UInt64');
  if (sequenceAt === -1 || !skips.every((skip) => skip !== undefined)) return undefined;
  try {
    return boundsOf(bytes, skips, sequenceAt);
  } catch (error) {
    // NOTE: a read behind the end.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function boundsOf(bytes: Buffer, skips: readonly Skip[], sequenceAt: number): RowBounds[] {
  const rows: RowBounds[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = at;
    let sequence = 0;
    for (let index = 0; index < skips.length; index++) {
      if (index === sequenceAt) sequence = Number(bytes.readBigUInt64LE(at));
      at = (skips[index] as Skip)(bytes, at);
    }
    if (at > bytes.length) throw new RangeError('the last row is not whole');
    rows.push({ start, end: at, sequence });
  }
  return rows;
}

function skipString(bytes: Buffer, at: number): number {
  let [place, length] = [at, 0];
  for (let factor = 1; ; factor *= 0x80) {
    const byte = bytes.readUInt8(place++);
    length += (byte & 0x7f) * factor;
    if (byte < 0x80) return place + length;
  }
}

function skipStrings(bytes: Buffer, at: number, each: 1 | 2): number {
  let [place, count] = [at, 0];
  for (let factor = 1; ; factor *= 0x80) {
    const byte = bytes.readUInt8(place++);
    count += (byte & 0x7f) * factor;
    if (byte < 0x80) break;
  }
  for (let left = count * each; left > 0; left--) place = skipString(bytes, place);
  return place;
}
