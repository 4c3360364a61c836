import { comparedSql } from './compared.ts';
import { ALL_FILTERS } from './filter.ts';
import { COLORS } from './looks.ts';
import { number } from './panels.ts';
import { CHANGES, RECORDS } from './store.ts';

const WIDTH = 4;
const EVERYTHING = { from: RECORDS, filters: ALL_FILTERS };
const WRITES = { from: CHANGES, filters: ALL_FILTERS };

/** The top row: six numbers, each with its change. */
export function numbers() {
  return [
    number({
      title: 'Records',
      description: 'Everything that was recorded: requests, statements, logins, ends of transactions.',
      width: WIDTH,
      sql: comparedSql(EVERYTHING, (isCounted) => `countIf(${isCounted})`),
    }),
    number({
      title: 'Actors',
      description:
        'Different actors that were named: users, services and the applications themselves. Names of forged tokens do not count.',
      width: WIDTH,
      sql: comparedSql(
        EVERYTHING,
        (isCounted) =>
          `uniqExactIf((actor_type, actor_id), actor_id != '' AND actor_assurance != 'invalid' AND ${isCounted})`,
      ),
    }),
    number(
      {
        title: 'Denied',
        description:
          'What somebody tried and was not allowed to do: 401, 403, 407, and refusals of the database.',
        width: WIDTH,
        sql: comparedSql(EVERYTHING, (isCounted) => `countIf(outcome = 'denied' AND ${isCounted})`),
      },
      COLORS.denied,
    ),
    number(
      {
        title: 'Failures',
        description: 'What was tried, was allowed, and did not work.',
        width: WIDTH,
        sql: comparedSql(EVERYTHING, (isCounted) => `countIf(outcome = 'failure' AND ${isCounted})`),
      },
      COLORS.failure,
    ),
    number({
      title: 'Writes',
      description: 'Statements that write, whatever became of them.',
      width: WIDTH,
      sql: comparedSql(WRITES, (isCounted) => `countIf(${isCounted})`),
    }),
    number(
      {
        title: 'Rolled back',
        description: 'Statements that wrote, and whose transaction took it back.',
        width: WIDTH,
        sql: comparedSql(WRITES, (isCounted) => `countIf(final_outcome = 'rolled_back' AND ${isCounted})`),
      },
      COLORS.rolledBack,
    ),
  ];
}
