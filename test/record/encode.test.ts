import { isIPv4 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COLUMNS } from '../../src/record/columns.ts';
import { decodeRecords } from '../../src/record/decode.ts';
import { encodeHeader, encodeRecord as encode } from '../../src/record/encode.ts';
import type { StoredRecord } from '../../src/record/record.ts';
import { RowBinaryWriter } from '../../src/record/row-binary-writer.ts';
import { anyRecord, wellFormed } from './arbitrary-record.ts';
import { storedRecord } from './records.ts';

const encodeRecord = (writer: RowBinaryWriter, record: StoredRecord): void => encode(writer, record, record);

function roundTrip(...records: readonly StoredRecord[]): StoredRecord[] {
  const writer = new RowBinaryWriter();
  for (const record of records) encodeRecord(writer, record);
  return [...decodeRecords(writer.take())];
}

const addressOf = (address: string): string =>
  roundTrip(storedRecord({ source_address: address }))[0]?.source_address ?? '?';

describe('an encoded record', () => {
  it('is decoded as it was, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 4 }), (records) => {
        expect(roundTrip(...records)).toEqual(records.map(wellFormed));
      }),
      { numRuns: 300 },
    );
  });

  it('may hold ten megabytes of text', () => {
    const text = 'ä\0😀'.repeat(1_500_000);
    expect(Buffer.byteLength(text)).toBeGreaterThan(10_000_000);
    const [record] = roundTrip(storedRecord({ error_message: text, actor_id: 'after it' }));
    expect(record?.error_message === text).toBe(true);
    expect(record?.actor_id).toBe('after it');
  });

  it.for([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:127.0.0.1', '127.0.0.1'],
    ['::FFFF:7f00:1', '127.0.0.1'],
    ['::1.2.3.4', '::102:304'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
    ['fe80::1%eth0', 'fe80::1'],
    ['FE80:0:0:0:0:0:0:1', 'fe80::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1::', '1::'],
    ['::', ''],
    ['unknown', ''],
    ['1.2.3', ''],
    ['999.1.1.1', ''],
    ['1.2.3.4:80', ''],
    ['/run/app.sock', ''],
  ] as const)('holds the address "%s" as "%s"', ([address, stored]) => {
    expect(addressOf(address)).toBe(stored);
  });

  it('holds what Node.js takes for an IPv4 address, and nothing like it', () => {
    const part = fc.oneof(
      fc.integer({ min: 0, max: 300 }).map(String),
      fc.constantFrom('', '00', '01', '1 ', 'a', '-1'),
    );
    const parts = fc.array(part, { minLength: 3, maxLength: 5 });
    fc.assert(
      fc.property(
        parts.map((each) => each.join('.')),
        (text) => {
          expect(addressOf(text)).toBe(isIPv4(text) ? text : '');
        },
      ),
    );
  });

  it('refuses what is no UUID, wherever it is wrong', () => {
    const uuid = '0190a6b2-7c3d-7e4f-8a5b-6c7d8e9fa0b1';
    for (let index = 0; index < uuid.length; index++) {
      for (const wrong of ['g', '/', ':', '@', '\u0130', '\uff10']) {
        const record_id = uuid.slice(0, index) + wrong + uuid.slice(index + 1);
        expect(() => roundTrip(storedRecord({ record_id }))).toThrow('not a UUID');
      }
    }
    expect(roundTrip(storedRecord({ record_id: uuid.toUpperCase() }))[0]?.record_id).toBe(uuid);
  });

  it.for([
    [-1, 0],
    [Number.NaN, 0],
    [Number.POSITIVE_INFINITY, 0xffff],
    [70_000, 0xffff],
    [1.9, 1],
  ] as const)('holds the number %s as %s', ([value, stored]) => {
    expect(roundTrip(storedRecord({ http_status: value }))[0]?.http_status).toBe(stored);
  });

  it('holds large numbers exactly', () => {
    const values = [0xffff_ffff, 0x1_0000_0000, 2 ** 53 - 1];
    expect(
      roundTrip(...values.map((value) => storedRecord({ duration_us: value }))).map((row) => row.duration_us),
    ).toEqual(values);
    expect(roundTrip(storedRecord({ duration_us: 2 ** 60 }))[0]?.duration_us).toBe(2 ** 53 - 1);
  });

  it('that cannot be written leaves no bytes behind', () => {
    const writer = new RowBinaryWriter();
    encodeRecord(writer, storedRecord({ actor_id: 'first' }));
    const before = Buffer.from(writer.take());
    for (const wrong of [
      { record_id: 'no uuid' },
      { segment_id: '' },
      { occurred_at: 2n ** 70n },
      { actor_id: undefined as never },
    ])
      expect(() => encodeRecord(writer, storedRecord(wrong))).toThrow();
    expect(writer.take()).toEqual(before);
    encodeRecord(writer, storedRecord({ actor_id: 'second' }));
    expect([...decodeRecords(writer.take())].map((row) => row.actor_id)).toEqual(['first', 'second']);
  });
});

describe('the header', () => {
  it('names every column and its type, in order', () => {
    const text = encodeHeader().toString('latin1');
    let at = 0;
    for (const part of [...COLUMNS.map(({ name }) => name), ...COLUMNS.map(({ type }) => type)]) {
      at = text.indexOf(String.fromCharCode(part.length) + part, at);
      expect([part, at]).not.toEqual([part, -1]);
    }
    expect(encodeHeader()[0]).toBe(COLUMNS.length);
  });
});
