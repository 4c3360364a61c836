import { comparedSql } from './compared.ts';
import { chosenAtAnyTime, chosenIn, textOf } from './filter.ts';
import { COLORS } from './looks.ts';
import { number } from './panels.ts';
import { OBJECT_CHANGES } from './store.ts';

const WIDTH = 4;

const IS_NAMED = `object_id = ${textOf('id')}
  AND ${chosenIn('target', (isChosen) => `target_type ${isChosen}`)}`;

/** A row is found by its table and key, in its environment; who changed it does not make it another row. */
export const IS_THE_ROW = `${IS_NAMED}
  AND ${chosenAtAnyTime('environment')}`;

/** The top row: six numbers, each with its change. */
export function numbers() {
  const sql = (measure: (isCounted: string) => string) =>
    comparedSql({ from: OBJECT_CHANGES, filters: ['environment'], where: IS_NAMED }, measure);
  const countOf = (condition: string) =>
    sql((isCounted) => `uniqExactIf(record_id, ${condition} AND ${isCounted})`);
  return [
    number({
      title: 'Changes',
      description: 'Statements that changed this row, and were kept.',
      width: WIDTH,
      sql: countOf(`final_outcome = 'applied'`),
    }),
    number({
      title: 'People',
      description: 'Different actors whose changes of this row were kept.',
      width: WIDTH,
      sql: sql(
        (isCounted) => `uniqExactIf((actor_type, actor_id), final_outcome = 'applied' AND ${isCounted})`,
      ),
    }),
    number({
      title: 'Fields',
      description: 'Different fields that were changed, as far as the statements name them.',
      width: WIDTH,
      sql: sql(
        (isCounted) => `uniqExactIf(field, field != '' AND final_outcome = 'applied' AND ${isCounted})`,
      ),
    }),
    number(
      {
        title: 'Deletions',
        description: 'How often the row was deleted, and that was kept.',
        width: WIDTH,
        sql: countOf(`action = 'delete' AND final_outcome = 'applied'`),
      },
      COLORS.failure,
    ),
    number(
      {
        title: 'Rolled back',
        description: 'Statements that changed this row, and whose transaction took it back.',
        width: WIDTH,
        sql: countOf(`final_outcome = 'rolled_back'`),
      },
      COLORS.rolledBack,
    ),
    number(
      {
        title: 'Failed',
        description: 'Statements that would have changed this row, and did not work.',
        width: WIDTH,
        sql: countOf(`final_outcome = 'failed'`),
      },
      COLORS.failure,
    ),
  ];
}
