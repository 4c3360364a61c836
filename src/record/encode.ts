import type { Buffer } from 'node:buffer';
import { COLUMNS } from './columns.js';
import type { ColumnType } from './columns.js';
import type { StoredRecord } from './record.js';
import { RowBinaryWriter } from './row-binary-writer.js';

type WriteColumn = (writer: RowBinaryWriter, record: StoredRecord) => void;

const WRITERS: Record<ColumnType, (writer: RowBinaryWriter, value: never) => void> = {
  UUID: (writer, value: string) => writer.uuid(value),
  "DateTime64(9, 'UTC')": (writer, value: bigint) => writer.int64(value),
  "DateTime64(6, 'UTC')": (writer, value: bigint) => writer.int64(value),
  UInt16: (writer, value: number) => writer.uint16(whole(value, 0xffff)),
  UInt32: (writer, value: number) => writer.uint32(whole(value, 0xffff_ffff)),
  UInt64: (writer, value: number) => writer.uint64(whole(value, Number.MAX_SAFE_INTEGER)),
  IPv6: (writer, value: string) => writer.address(value),
  String: (writer, value: string) => writer.string(value),
  'LowCardinality(String)': (writer, value: string) => writer.string(value),
  'Array(String)': (writer, value: readonly string[]) => writer.strings(value),
  'Array(LowCardinality(String))': (writer, value: readonly string[]) => writer.strings(value),
  'Map(LowCardinality(String), String)': (writer, value: Record<string, string>) => writer.map(value),
};

const ROW: readonly WriteColumn[] = COLUMNS.map(({ name, type }) => {
  const write = WRITERS[type] as (writer: RowBinaryWriter, value: unknown) => void;
  return (writer, record) => write(writer, record[name]);
});

const OWN = COLUMNS.map(({ name, type }) => [name, type] as const);

/** Numbers come from servers and clocks: what does not fit becomes 0 ("unknown") or the largest that does. */
function whole(value: number, most: number): number {
  return value > 0 ? Math.min(Math.floor(value), most) : 0;
}

/** Appends one record as a row of RowBinary; a record that cannot be encoded leaves no bytes behind. */
export function encodeRecord(writer: RowBinaryWriter, record: StoredRecord): void {
  try {
    for (const write of ROW) write(writer, record);
  } catch (error) {
    writer.forgetRow();
    throw error;
  }
  writer.endRow();
}

/**
 * What comes before the rows in RowBinaryWithNamesAndTypes: the columns by name and exact type.
 *
 * @param columns Of rows that another version wrote. @default this version's
 */
export function encodeHeader(columns: readonly (readonly [name: string, type: string])[] = OWN): Buffer {
  const writer = new RowBinaryWriter();
  writer.varint(columns.length);
  for (const [name] of columns) writer.string(name);
  for (const [, type] of columns) writer.string(type);
  return writer.take();
}
