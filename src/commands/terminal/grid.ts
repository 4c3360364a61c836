import { safeCell } from './safe-text.js';
import type { Terminal } from './terminal.js';
import { fit, truncate, widthOf } from './width.js';

const GAP = '  ';
const LEAST_WIDTH = 8;

export interface GridColumn {
  readonly name: string;
  readonly isNumber: boolean;
}

/** Rows of any columns as lines, none longer than the terminal is wide. */
export interface Grid {
  readonly titles: readonly string[];
  readonly lines: (row: readonly string[]) => readonly string[];
}

/**
 * A table, or where there are too many columns for one, a line for each value.
 *
 * @param sample Rows that the widths are learnt from.
 */
export function createGrid(
  columns: readonly GridColumn[],
  sample: readonly (readonly string[])[],
  terminal: Pick<Terminal, 'width' | 'paint'>,
): Grid {
  const names = columns.map(({ name }) => safeCell(name));
  const widths = names.map((name, index) =>
    sample.reduce((width, row) => Math.max(width, widthOf(safeCell(row[index] ?? ''))), widthOf(name)),
  );
  const shared = shrink(widths, terminal.width - GAP.length * (columns.length - 1));
  if (shared === undefined) return createUpright(names, terminal);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => fit(cell, shared[index] ?? 0, columns[index]?.isNumber ? 'right' : 'left'))
      .join(GAP)
      .trimEnd();
  return { titles: [terminal.paint('gray', line(names))], lines: (row) => [line(row.map(safeCell))] };
}

/** Takes from the widest columns until all fit; undefined where they cannot. */
function shrink(widths: readonly number[], room: number): readonly number[] | undefined {
  const sumAt = (limit: number): number => widths.reduce((sum, width) => sum + Math.min(width, limit), 0);
  if (sumAt(LEAST_WIDTH) > room) return undefined;
  let limit = Math.max(LEAST_WIDTH, room);
  while (sumAt(limit) > room) limit -= 1;
  return widths.map((width) => Math.min(width, limit));
}

function createUpright(names: readonly string[], terminal: Pick<Terminal, 'width' | 'paint'>): Grid {
  const { width, paint } = terminal;
  const nameWidth = Math.min(Math.max(...names.map(widthOf)), Math.floor(width / 2));
  const valueWidth = width - nameWidth - GAP.length;
  let number = 0;
  return {
    titles: [],
    lines: (row) => [
      paint('gray', `── ${(number += 1)} ──`),
      ...row.map((cell, index) => {
        const name = paint('gray', fit(names[index] ?? '', nameWidth));
        return `${name}${GAP}${truncate(safeCell(cell), valueWidth)}`.trimEnd();
      }),
    ],
  };
}
