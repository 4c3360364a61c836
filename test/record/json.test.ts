import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COLUMNS } from '../../src/record/columns.ts';
import { isoTime, toJsonLine } from '../../src/record/json.ts';
import { anyRecord } from './arbitrary-record.ts';
import { storedRecord } from './records.ts';

describe('a JSON line', () => {
  it('is one line that holds every column, whatever is in it', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const line = toJsonLine(record);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        const parsed = JSON.parse(line) as Record<string, unknown>;
        expect(Object.keys(parsed)).toEqual(COLUMNS.map(({ name }) => name));
        for (const { name } of COLUMNS) {
          if (!name.endsWith('_at')) expect(parsed[name]).toEqual(record[name]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('holds times with all their digits', () => {
    const record = storedRecord({
      occurred_at: 1_763_690_481_000_000_007n,
      recorded_at: 1_763_690_481_123_456n,
    });
    expect(JSON.parse(toJsonLine(record))).toMatchObject({
      occurred_at: '2025-11-21T02:01:21.000000007Z',
      recorded_at: '2025-11-21T02:01:21.123456Z',
    });
  });

  it('reads times as Date does, to the millisecond', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 9_000_000_000_000_000_000n }), (nanos) => {
        const time = isoTime(nanos, 9);
        expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
        expect(Date.parse(time)).toBe(Number(nanos / 1_000_000n));
      }),
    );
  });
});
