import type { COLUMNS, ColumnType } from './columns.js';

/** JavaScript value of a ClickHouse type, as the encoder takes it. */
interface ValueOf {
  /** Hyphenated lower-case hex. */
  UUID: string;
  /** Nanoseconds since the epoch. */
  "DateTime64(9, 'UTC')": bigint;
  /** Microseconds since the epoch. */
  "DateTime64(6, 'UTC')": bigint;
  UInt16: number;
  UInt32: number;
  /** An integer up to `Number.MAX_SAFE_INTEGER`. */
  UInt64: number;
  /** An IPv4 or IPv6 address in text; empty when unknown. */
  IPv6: string;
  String: string;
  'LowCardinality(String)': string;
  'Array(String)': readonly string[];
  'Array(LowCardinality(String))': readonly string[];
  'Map(LowCardinality(String), String)': Readonly<Record<string, string>>;
}

type Row = (typeof COLUMNS)[number];

type ColumnValue<Type extends ColumnType> = ValueOf[Type];

/** Columns that delivery fills in when the record gets its place in a chain and a segment. */
export type EvidenceColumn = 'chain_id' | 'sequence' | 'segment_id' | 'schema_version';

/** A whole row of `audit.records`. */
export type StoredRecord = { [C in Row as C['name']]: ColumnValue<C['type']> };

/** What happened, before it has its place in a chain. */
export type AuditRecord = Omit<StoredRecord, EvidenceColumn>;

/** Where a record stands, once it has been given its place. */
export type Place = Pick<StoredRecord, EvidenceColumn>;

/** What columns hold that are empty in nearly every record. NOTE: known by identity, they are not looked into. */
export const NO_STRINGS: readonly string[] = Object.freeze([]);
export const NO_VALUES: Readonly<Record<string, string>> = Object.freeze({});
