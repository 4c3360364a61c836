import { COLUMNS } from '../../src/record/columns.ts';
import type { ColumnType } from '../../src/record/columns.ts';
import type { StoredRecord } from '../../src/record/record.ts';
import { wellFormed } from './arbitrary-record.ts';
import { storedRecord } from './records.ts';

/** A value, and what ClickHouse says in JSON when it holds what was meant. */
type Edge = readonly [value: unknown, meant: unknown];

const TEXTS = [
  '',
  '\0',
  'a\0b',
  '\ud800',
  'a\udfff',
  '\udfff\ud800',
  '😀👩‍👩‍👧‍👦',
  '\ufeffbom',
  '\u2028\r\n\t\\\'"`',
  'NULL',
  '\\N',
  '{"a":1}',
  'é'.repeat(39),
  'x'.repeat(40),
  'x'.repeat(127),
  'x'.repeat(128),
  'ä'.repeat(8_191),
  'x'.repeat(65_536),
  `${'😀'.repeat(16_384)}\ud83d`,
];

const KEYS = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '',
  '0',
  '-1',
  '\0',
  '\ud83d',
  '😀',
  'k'.repeat(65_536),
];

/** NOTE: not by assignment, which would lose `__proto__`. */
const MAPS = [
  {},
  ...KEYS.map((key) => Object.fromEntries([[key, 'value']])),
  Object.fromEntries(KEYS.map((key) => [key, key])),
  Object.fromEntries(TEXTS.map((text, index) => [`key ${index}`, text])),
  Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`key ${index}`, 'v'])),
];

const LISTS = [[], [''], TEXTS, [...TEXTS, ...TEXTS].reverse(), Array<string>(10_000).fill('x')];

const same = (value: unknown): Edge => [value, value];
const text = (value: unknown): Edge => [value, wellFormed(value)];

const NANOS_TODAY = BigInt(Date.now()) * 1_000_000n;

const EDGES: Readonly<Record<ColumnType, readonly Edge[]>> = {
  UUID: [
    same('00000000-0000-0000-0000-000000000000'),
    same('ffffffff-ffff-ffff-ffff-ffffffffffff'),
    same('01234567-89ab-cdef-0123-456789abcdef'),
    ['01234567-89AB-CDEF-FEDC-BA9876543210', '01234567-89ab-cdef-fedc-ba9876543210'],
  ],
  "DateTime64(9, 'UTC')": [
    [0n, '1970-01-01 00:00:00.000000000'],
    [1n, '1970-01-01 00:00:00.000000001'],
    [1_709_164_800_999_999_999n, '2024-02-29 00:00:00.999999999'],
    [
      NANOS_TODAY,
      new Date(Number(NANOS_TODAY / 1_000_000n)).toISOString().replace('T', ' ').replace('Z', '000000'),
    ],
    [2n ** 63n - 1n, '2262-04-11 23:47:16.854775807'],
  ],
  "DateTime64(6, 'UTC')": [
    [0n, '1970-01-01 00:00:00.000000'],
    [1n, '1970-01-01 00:00:00.000001'],
    [1_709_164_800_999_999n, '2024-02-29 00:00:00.999999'],
    [10_413_791_999_999_999n, '2299-12-31 23:59:59.999999'],
    [-1n, '1969-12-31 23:59:59.999999'],
  ],
  UInt16: [0, 1, 255, 256, 0xffff].map(same),
  UInt32: [0, 1, 0xffff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff].map(same),
  UInt64: [0, 1, 0xffff_ffff, 0x1_0000_0000, Number.MAX_SAFE_INTEGER].map(same),
  IPv6: [
    ['', '::'],
    ['0.0.0.0', '::ffff:0.0.0.0'],
    ['255.255.255.255', '::ffff:255.255.255.255'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
    ['::FFFF:0A00:1', '::ffff:10.0.0.1'],
    ['::1', '::1'],
    ['::', '::'],
    ['fe80::1%eth0', 'fe80::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['1::8', '1::8'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['no address', '::'],
    ['1.2.3.4:80', '::'],
  ],
  String: TEXTS.map(text),
  'LowCardinality(String)': TEXTS.map(text),
  'Array(String)': LISTS.map(text),
  'Array(LowCardinality(String))': LISTS.map(text),
  'Map(LowCardinality(String), String)': MAPS.map(text),
};

/** What delivery decides itself. */
const PLACE = new Set<string>(['chain_id', 'sequence', 'segment_id']);

export interface EdgeRecord {
  readonly column: string;
  readonly record: StoredRecord;
  readonly meant: unknown;
}

/** Every column with every value at the edge of its type, one in each record. */
export const EDGE_RECORDS: readonly EdgeRecord[] = COLUMNS.filter(({ name }) => !PLACE.has(name)).flatMap(
  ({ name: column, type }) =>
    EDGES[type].map(([value, meant]) => ({
      column,
      record: storedRecord({ occurred_at: NANOS_TODAY, ...({ [column]: value } as Partial<StoredRecord>) }),
      meant,
    })),
);
