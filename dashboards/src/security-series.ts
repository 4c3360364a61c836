import { ALL_FILTERS, chosen } from './filter.ts';
import { COLORS } from './looks.ts';
import { bars, seriesLook } from './panels.ts';
import { ATTEMPTS } from './security-phrases.ts';
import { RECORDS } from './store.ts';

const CHOSEN = chosen(...ALL_FILTERS);
const WHEN_EMPTY = 'Nothing of the kind in this time range.';

export function loginsByOutcome() {
  const panel = bars({
    title: 'Who tried to get in',
    description:
      'Tries to log in, and tokens that were rejected. Tries that were folded into one record count as many as they were.',
    width: 12,
    whenEmpty: 'Nobody logged in or tried to in this time range.',
    sql: `SELECT
  $__timeInterval(occurred_at) AS time,
  sumIf(${ATTEMPTS}, action = 'login' AND outcome = 'success') AS logged_in,
  sumIf(${ATTEMPTS}, action = 'token_rejected') AS token_rejected,
  sumIf(${ATTEMPTS}, action = 'login_failed') AS login_failed,
  sumIf(${ATTEMPTS}, action = 'login' AND outcome = 'unknown') AS unknown
FROM ${RECORDS}
WHERE ${CHOSEN}
AND category = 'auth' AND action IN ('login', 'login_failed', 'token_rejected')
GROUP BY time
ORDER BY time`,
  });
  const looks = [
    seriesLook('logged_in', 'logged in', COLORS.success),
    seriesLook('token_rejected', 'token rejected', COLORS.denied),
    seriesLook('login_failed', 'login failed', COLORS.failure),
    seriesLook('unknown', 'unknown', COLORS.unknown),
  ];
  for (const { name, properties } of looks) panel.overrideByName(name, properties);
  return panel;
}

export function deniedByKind() {
  const panel = bars({
    title: 'Who was refused',
    description:
      '401: nobody was named, or not believably. 403: somebody who may not. Database: its own rights refused the statement.',
    width: 12,
    whenEmpty: WHEN_EMPTY,
    sql: `SELECT
  $__timeInterval(occurred_at) AS time,
  countIf(category = 'http' AND http_status = 401) AS not_known,
  countIf(category = 'http' AND http_status NOT IN (401)) AS not_allowed,
  countIf(category = 'db') AS by_database
FROM ${RECORDS}
WHERE ${CHOSEN}
AND outcome = 'denied' AND category IN ('http', 'db')
GROUP BY time
ORDER BY time`,
  });
  const looks = [
    seriesLook('not_known', 'not known (401)', COLORS.unknown),
    seriesLook('not_allowed', 'not allowed (403, …)', COLORS.denied),
    seriesLook('by_database', 'by the database', COLORS.failure),
  ];
  for (const { name, properties } of looks) panel.overrideByName(name, properties);
  return panel;
}
