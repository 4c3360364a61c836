import { comparedSql } from './compared.ts';
import { ALL_FILTERS } from './filter.ts';
import { COLORS } from './looks.ts';
import { number } from './panels.ts';
import { ATTEMPTS, IS_UNVOUCHED } from './security-phrases.ts';
import { ATTACKS, CHANGES, RECORDS } from './store.ts';

const WIDTH = 4;
const TRIES = { from: RECORDS, filters: ALL_FILTERS, where: "category = 'auth'" };
const ATTACKED = {
  from: ATTACKS,
  time: 'last_at',
  filters: ['environment', 'service'],
  // By this the view finds the rows it has to read.
  where: 'hour >= toStartOfHour($__fromTime - ($__toTime - $__fromTime)) - INTERVAL 1 HOUR',
} as const;

/** The top row: six numbers, each with its change. */
export function numbers() {
  return [
    number(
      {
        title: 'Failed logins',
        description: 'Tries, those included that were folded into one record.',
        width: WIDTH,
        sql: comparedSql(TRIES, (isCounted) => sumOf('login_failed', isCounted)),
      },
      COLORS.failure,
    ),
    number(
      {
        title: 'Attacks',
        description:
          'Addresses, and accounts tried from several addresses, with ten failed logins or more within an hour. Environment and service narrow it down, the other variables do not.',
        width: WIDTH,
        sql: comparedSql(ATTACKED, (isCounted) => `uniqExactIf((kind, subject), ${isCounted})`),
      },
      COLORS.denied,
    ),
    number(
      {
        title: 'Attacks with a login',
        description:
          'Those of them after which the same address got into one of the accounts. Look at these first. Environment and service narrow it down, the other variables do not.',
        width: WIDTH,
        sql: comparedSql(
          ATTACKED,
          (isCounted) => `uniqExactIf((kind, subject), isNotNull(succeeded_at) AND ${isCounted})`,
        ),
      },
      COLORS.failure,
    ),
    number(
      {
        title: 'Rejected tokens',
        description: 'Tokens that were expired, forged, or for somebody else.',
        width: WIDTH,
        sql: comparedSql(TRIES, (isCounted) => sumOf('token_rejected', isCounted)),
      },
      COLORS.denied,
    ),
    number(
      {
        title: 'Denied',
        description:
          'Requests and statements that were refused: 401, 403, 407, and refusals of the database.',
        width: WIDTH,
        sql: comparedSql(
          { from: RECORDS, filters: ALL_FILTERS, where: "category IN ('http', 'db')" },
          (isCounted) => `countIf(outcome = 'denied' AND ${isCounted})`,
        ),
      },
      COLORS.denied,
    ),
    number(
      {
        title: 'Writes of unsure names',
        description:
          'Writes that lasted, by somebody whose name nobody vouches for. Work that the services do by themselves is not among them.',
        width: WIDTH,
        sql: comparedSql(
          { from: CHANGES, filters: ALL_FILTERS, where: IS_UNVOUCHED },
          (isCounted) => `countIf(${isCounted})`,
        ),
      },
      COLORS.denied,
    ),
  ];
}

function sumOf(action: string, isCounted: string): string {
  return `sumIf(${ATTEMPTS}, action = '${action}' AND ${isCounted})`;
}
