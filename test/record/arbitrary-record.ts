import fc from 'fast-check';
import { COLUMNS } from '../../src/record/columns.ts';
import type { ColumnType } from '../../src/record/columns.ts';
import type { StoredRecord } from '../../src/record/record.ts';

/** Texts as bad as they come: NUL, lone surrogates, emoji, line ends, and lengths around the writer's limits. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom(
    '',
    '\0',
    '\ud800',
    '\udfff',
    'a\ud83d',
    '😀',
    '\r\n\t\\\'"',
    '\u2028',
    'é'.repeat(39),
    'x'.repeat(40),
    'x'.repeat(127),
    'x'.repeat(128),
    'ü'.repeat(9_000),
  ),
);

const hex = (length: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''));

const anyAddress = fc.oneof(
  fc.constantFrom(
    '',
    '0.0.0.0',
    '255.255.255.255',
    '::1',
    'fe80::1',
    '2001:db8::',
    '1:2:3:4:5:6:7:8',
    '1:0:0:2::3',
    'ff02::1:ff00:0',
  ),
  fc.ipV4(),
);

const whole = (most: number): fc.Arbitrary<number> =>
  fc.oneof(fc.constantFrom(0, 1, most), fc.integer({ min: 0, max: most }));

const ARBITRARIES: Record<ColumnType, fc.Arbitrary<unknown>> = {
  UUID: hex(32).map((digits) => digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')),
  // ClickHouse reads times of nine digits back exactly from 1900 to 2262.
  "DateTime64(9, 'UTC')": fc.bigInt({ min: 0n, max: 9_000_000_000_000_000_000n }),
  "DateTime64(6, 'UTC')": fc.bigInt({ min: 0n, max: 9_000_000_000_000_000n }),
  UInt16: whole(0xffff),
  UInt32: whole(0xffff_ffff),
  UInt64: whole(Number.MAX_SAFE_INTEGER),
  IPv6: anyAddress,
  String: anyText,
  'LowCardinality(String)': anyText,
  'Array(String)': fc.array(anyText, { maxLength: 5 }),
  'Array(LowCardinality(String))': fc.array(anyText, { maxLength: 5 }),
  'Map(LowCardinality(String), String)': fc.dictionary(fc.oneof(anyText, fc.constant('__proto__')), anyText, {
    maxKeys: 4,
  }),
};

/** A record with anything in every column that its type can hold. */
export const anyRecord = fc.record(
  Object.fromEntries(COLUMNS.map(({ name, type }) => [name, ARBITRARIES[type]])),
) as fc.Arbitrary<unknown> as fc.Arbitrary<StoredRecord>;

/** What becomes of a value on its way through UTF-8: a lone surrogate is no character. */
export function wellFormed<T>(value: T): T {
  if (typeof value === 'string') return Buffer.from(value).toString() as T;
  if (Array.isArray(value)) return value.map(wellFormed) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [wellFormed(name), wellFormed(inner)]),
  ) as T;
}
