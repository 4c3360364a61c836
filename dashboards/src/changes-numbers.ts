import { comparedSql } from './compared.ts';
import { ALL_FILTERS, textOf } from './filter.ts';
import { COLORS } from './looks.ts';
import { number } from './panels.ts';
import { BACKGROUND_CHANGES, CHANGES } from './store.ts';

const WIDTH = 4;
const WRITES = { from: CHANGES, filters: ALL_FILTERS };

/** From how many rows on a statement counts as a mass change. */
export const ROWS = { variable: 'rows', usual: '100' } as const;

/** What is no number counts as the usual one, so that nothing is hidden or shown by a slip. */
export const HAS_MANY_ROWS = `db_rows >= toUInt64OrDefault(${textOf(ROWS.variable)}, toUInt64(${ROWS.usual}))`;

/** TRUNCATE empties a table without the server saying of how many rows. */
export const IS_BULK = `(${HAS_MANY_ROWS} OR action = 'truncate')`;

/** The top row: six numbers, each with its change. */
export function numbers() {
  return [
    number({
      title: 'Changes',
      description: 'Statements that write and whose work was kept.',
      width: WIDTH,
      sql: comparedSql(WRITES, (isCounted) => `countIf(final_outcome = 'applied' AND ${isCounted})`),
    }),
    number({
      title: 'Rows',
      description: 'Rows that were written and stayed so.',
      width: WIDTH,
      sql: comparedSql(WRITES, (isCounted) => `sumIf(db_rows, final_outcome = 'applied' AND ${isCounted})`),
    }),
    number(
      {
        title: 'Mass changes',
        description:
          'Statements that wrote at least as many rows as the variable says and whose work was kept, and every TRUNCATE.',
        width: WIDTH,
        sql: comparedSql(
          WRITES,
          (isCounted) => `countIf(final_outcome = 'applied' AND ${IS_BULK} AND ${isCounted})`,
        ),
      },
      COLORS.denied,
    ),
    number(
      {
        title: 'Schema and rights',
        description: 'Statements that change the schema, roles or rights, and were kept.',
        width: WIDTH,
        sql: comparedSql(
          WRITES,
          (isCounted) =>
            `countIf(final_outcome = 'applied' AND action IN ('schema', 'grant') AND ${isCounted})`,
        ),
      },
      COLORS.denied,
    ),
    number(
      {
        title: 'Rolled back',
        description: 'Statements that wrote, and whose transaction took it back.',
        width: WIDTH,
        sql: comparedSql(WRITES, (isCounted) => `countIf(final_outcome = 'rolled_back' AND ${isCounted})`),
      },
      COLORS.rolledBack,
    ),
    number({
      title: 'Of no request',
      description: 'Statements of jobs, scripts and starts that write, whatever became of them.',
      width: WIDTH,
      sql: comparedSql(
        { from: BACKGROUND_CHANGES, filters: ALL_FILTERS },
        (isCounted) => `countIf(${isCounted})`,
      ),
    }),
  ];
}
