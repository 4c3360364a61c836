import type { Buffer } from 'node:buffer';

/** Rows in a row, as they go to a file together. */
export interface RowRun {
  readonly rows: Buffer;
  readonly first: number;
  readonly count: number;
}

/** What follows so many rows, and as many bytes, of runs that follow each other. */
export function runsBehind(runs: readonly RowRun[], rows: number, bytes: number): RowRun[] {
  const behind: RowRun[] = [];
  let [rowsLeft, bytesLeft] = [rows, bytes];
  for (const run of runs) {
    const [skipped, skippedBytes] = [Math.min(rowsLeft, run.count), Math.min(bytesLeft, run.rows.length)];
    rowsLeft -= skipped;
    bytesLeft -= skippedBytes;
    if (skipped === run.count) continue;
    behind.push({
      rows: run.rows.subarray(skippedBytes),
      first: run.first + skipped,
      count: run.count - skipped,
    });
  }
  return behind;
}
