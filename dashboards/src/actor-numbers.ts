import { comparedSql } from './compared.ts';
import { ALL_FILTERS } from './filter.ts';
import { COLORS } from './looks.ts';
import { number } from './panels.ts';
import { CHANGES, NAMED } from './store.ts';

const WIDTH = 4;
const RECORDED = { from: NAMED, filters: ALL_FILTERS };
const WRITES = { from: CHANGES, filters: ALL_FILTERS };

/** The top row: six numbers, each with its change. */
export function numbers() {
  return [
    number({
      title: 'Requests',
      description: 'Requests that were made under this name.',
      width: WIDTH,
      sql: comparedSql(RECORDED, (isCounted) => `countIf(category = 'http' AND ${isCounted})`),
    }),
    number({
      title: 'Changes',
      description:
        'Statements that write and whose work was kept, also where the name was known only after the statement.',
      width: WIDTH,
      sql: comparedSql(WRITES, (isCounted) => `countIf(final_outcome = 'applied' AND ${isCounted})`),
    }),
    number(
      {
        title: 'Denied',
        description: 'What was tried and not allowed: 401, 403, 407, and refusals of the database.',
        width: WIDTH,
        sql: comparedSql(RECORDED, (isCounted) => `countIf(outcome = 'denied' AND ${isCounted})`),
      },
      COLORS.denied,
    ),
    number(
      {
        title: 'Failures',
        description: 'What was tried, was allowed, and did not work.',
        width: WIDTH,
        sql: comparedSql(RECORDED, (isCounted) => `countIf(outcome = 'failure' AND ${isCounted})`),
      },
      COLORS.failure,
    ),
    number({
      title: 'Addresses',
      description: 'Different addresses that requests came from.',
      width: WIDTH,
      sql: comparedSql(
        RECORDED,
        (isCounted) => `uniqExactIf(source_address, source_address != toIPv6('::') AND ${isCounted})`,
      ),
    }),
    number({
      title: 'Sessions',
      description: 'Different sessions. Several at once from different addresses can mean a shared account.',
      width: WIDTH,
      sql: comparedSql(RECORDED, (isCounted) => `uniqExactIf(session_id, session_id != '' AND ${isCounted})`),
    }),
  ];
}
