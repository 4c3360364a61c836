import { createGrid } from './grid.js';
import type { Grid } from './grid.js';
import type { Lines } from './lines.js';
import type { Terminal } from './terminal.js';

/** Of so many rows the widths of the columns are learnt. */
const LEARNT_ROWS = 1_000;
const NUMBER_TYPE = /^(?:LowCardinality\(|Nullable\()*(?:U?Int|Float|Decimal|BFloat)/;

const TIME_TYPE = /^(?:LowCardinality\(|Nullable\()*DateTime(?:64)?\b(?:\([^')]*(?:'([^']*)')?)?/;

/** The zone that times of a column are written in, for its heading: they stand as the server sent them. */
function zoneOf(type: string): string {
  const [time, zone = 'zone of the server'] = TIME_TYPE.exec(type) ?? [];
  return time === undefined ? '' : ` (${zone})`;
}

/** An answer of any columns as a table. Its first two rows are the names of the columns and their types. */
export function createGridLines(terminal: Pick<Terminal, 'width' | 'paint'>): Lines<readonly string[]> {
  const held: (readonly string[])[] = [];
  let grid: Grid | undefined;
  const show = (): readonly string[] => {
    const [names = [], types = [], ...rows] = held.splice(0);
    if (rows.length === 0) return [];
    const columns = names.map((name, index) => ({
      name: name + zoneOf(types[index] ?? ''),
      isNumber: NUMBER_TYPE.test(types[index] ?? ''),
    }));
    grid = createGrid(columns, rows, terminal);
    return [...grid.titles, ...rows.flatMap(grid.lines)];
  };
  return {
    next: (row) => {
      if (grid !== undefined) return grid.lines(row);
      held.push(row);
      return held.length < LEARNT_ROWS ? [] : show();
    },
    end: () => (grid === undefined ? show() : []),
  };
}
