import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { partOf } from '../../src/delivery/segment-part.ts';
import { decodeRecords } from '../../src/record/decode.ts';
import { rowBounds } from '../../src/record/row-bounds.ts';
import { segmentOf } from './shipments.ts';

test('The bounds of rows are where the encoder put them, whatever is in them', () => {
  const text = fc.string({ unit: 'binary', maxLength: 300 });
  const fields = fc.record({
    error_message: text,
    actor_roles: fc.array(text),
    attributes: fc.dictionary(text, text),
    db_rows: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(fields, { minLength: 1, maxLength: 8 }), fc.nat(1_000), (all, before) => {
      const first = before + 1;
      const segment = segmentOf(all.length, { first, record: (sequence) => all[sequence - first] ?? {} });
      const bounds = rowBounds(segment.rows, segment.columns)!;
      expect(bounds.map(({ sequence }) => sequence)).toEqual(all.map((_, index) => first + index));
      expect(Buffer.concat(bounds.map(({ start, end }) => segment.rows.subarray(start, end)))).toEqual(
        segment.rows,
      );
    }),
    { numRuns: 200 },
  );
});

test('A part holds its rows and no other, whether they follow each other or not', () => {
  const segment = segmentOf(10);
  const rows = rowBounds(segment.rows, segment.columns)!;
  for (const wanted of [[1], [10], [3, 4, 5], [1, 3, 4, 9, 10]]) {
    const part = partOf(
      segment,
      rows.filter(({ sequence }) => wanted.includes(sequence)),
    );
    expect([...decodeRecords(part.rows)].map(({ sequence }) => sequence)).toEqual(wanted);
    expect([part.firstSequence, part.lastSequence, part.rowCount]).toEqual([
      wanted[0],
      wanted.at(-1),
      wanted.length,
    ]);
  }
});

test('Types that are not known, a list without sequences and torn rows have no bounds', () => {
  const { rows, columns } = segmentOf(3);
  expect(rowBounds(rows, [...columns, ['new', 'Decimal(9, 2)']])).toBeUndefined();
  expect(rowBounds(rows, [...columns, ['new', 'toString']])).toBeUndefined();
  expect(
    rowBounds(
      rows,
      columns.filter(([name]) => name !== 'sequence'),
    ),
  ).toBeUndefined();
  for (let length = 1; length < rows.length / 3; length++) {
    expect(rowBounds(rows.subarray(0, rows.length - length), columns)).toBeUndefined();
  }
});
