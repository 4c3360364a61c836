import { Buffer } from 'node:buffer';
import type { RowBounds } from '../record/row-bounds.js';
import type { Segment } from './segment.js';

/** Some of the rows of a segment, in their order. The id stays that of the segment, for so it stands in the rows. */
export function partOf(segment: Segment, rows: readonly RowBounds[]): Segment {
  const [first, last] = [rows[0] as RowBounds, rows.at(-1) as RowBounds];
  return {
    ...segment,
    firstSequence: first.sequence,
    lastSequence: last.sequence,
    rowCount: rows.length,
    rows: bytesOf(segment.rows, rows),
  };
}

/** Token of an insert that brings a part only: the same part has the same one, whoever sends it. */
export function partToken(part: Segment): string {
  return `${part.id}/${part.firstSequence}-${part.lastSequence}`;
}

function bytesOf(bytes: Buffer, rows: readonly RowBounds[]): Buffer {
  const pieces: Buffer[] = [];
  let [start, end] = [0, 0];
  for (const row of rows) {
    if (row.start !== end) {
      if (end > start) pieces.push(bytes.subarray(start, end));
      start = row.start;
    }
    end = row.end;
  }
  pieces.push(bytes.subarray(start, end));
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
}
