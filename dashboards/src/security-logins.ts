import { ALL_FILTERS, chosen, chosenAtAnyTime } from './filter.ts';
import { ADDRESS, LAST, SERVICE } from './columns.ts';
import { linkTo } from './links.ts';
import type { CellLink } from './links.ts';
import { table } from './panels.ts';
import type { Column } from './panels.ts';
import { fromWhere } from './phrases.ts';
import { ATTEMPTS, accountAlone, accountTried } from './security-phrases.ts';
import { ATTACKS, OVERVIEW_UID, RECORDS } from './store.ts';

const TOP = 50;
const CHOSEN = chosen(...ALL_FILTERS);

/** Not shown: the account where it is one, for a link. */
const ACCOUNT_TEXT: Column = { name: 'account_text' };

/** NOTE: a name that was typed need not be the identifier of an actor, so it is looked for wherever names stand. */
function everythingAbout(column: string): CellLink {
  return linkTo(OVERVIEW_UID, 'Everything in which this name stands', { search: column });
}

/** NOTE: the hour comes first, by which the view finds the rows it has to read. */
export function attacks() {
  return table(
    {
      title: 'Who tries to break in, and who got in',
      description: `An hour of ten failed logins or more from one address, or to one account from several addresses. “Got in as” is a login from such an address to one of the accounts within an hour of its last failure; those come first. Environment and service narrow it down, the other variables do not.`,
      width: 24,
      whenEmpty: 'Nobody tried to break in during this time range.',
      sql: `SELECT
  succeeded_as AS got_in_as,
  succeeded_at AS got_in_at,
  kind,
  subject,
  failures,
  length(accounts) AS account_count,
  arrayStringConcat(arraySlice(accounts, 1, 5), ', ') AS account_names,
  length(addresses) AS address_count,
  arrayStringConcat(arraySlice(addresses, 1, 5), ', ') AS address_list,
  first_at AS began,
  last_at AS last,
  service_name AS service
FROM ${ATTACKS}
WHERE hour >= toStartOfHour($__fromTime) - INTERVAL 1 HOUR AND hour <= $__toTime
  AND last_at >= $__fromTime AND first_at <= $__toTime
  AND ${chosenAtAnyTime('environment', 'service')}
ORDER BY isNull(succeeded_at), failures DESC
LIMIT ${TOP}`,
    },
    [
      { name: 'got_in_as', title: 'Got in as', widthPixels: 130, link: everythingAbout('got_in_as') },
      { name: 'got_in_at', title: 'Got in', widthPixels: 170, unit: 'dateTimeAsLocal' },
      { name: 'kind', title: 'By', widthPixels: 80 },
      { name: 'subject', title: 'Whom', widthPixels: 150 },
      { name: 'failures', title: 'Failed', widthPixels: 80 },
      { name: 'account_count', title: 'Accounts', widthPixels: 80 },
      { name: 'account_names', title: 'Among them' },
      { name: 'address_count', title: 'Addresses', widthPixels: 90 },
      { name: 'address_list', title: 'Among them' },
      { name: 'began', title: 'Began', widthPixels: 170, unit: 'dateTimeAsLocal' },
      LAST,
      SERVICE,
    ],
  );
}

export function failedLogins() {
  return table(
    {
      title: 'Who failed to log in, from where',
      description: `The ${TOP} accounts and addresses with the most failed tries. An account is a name that was typed: it need not be anybody’s.`,
      width: 12,
      whenEmpty: 'No login failed in this time range.',
      sql: `SELECT
  ${accountTried()} AS account,
  any(${accountAlone()}) AS ${ACCOUNT_TEXT.name},
  ${fromWhere()} AS address,
  sumIf(${ATTEMPTS}, action = 'login_failed') AS failed,
  countIf(action = 'login' AND outcome = 'success') AS succeeded,
  argMaxIf(error_type, occurred_at, action = 'login_failed') AS reason,
  maxIf(occurred_at, action = 'login_failed') AS last
FROM ${RECORDS}
WHERE ${CHOSEN}
AND category = 'auth' AND action IN ('login', 'login_failed')
GROUP BY account, address
HAVING failed > 0
ORDER BY failed DESC
LIMIT ${TOP}`,
    },
    [
      { name: 'account', title: 'Account', link: everythingAbout(ACCOUNT_TEXT.name) },
      ADDRESS,
      { name: 'failed', title: 'Failed', widthPixels: 80 },
      { name: 'succeeded', title: 'Logged in', widthPixels: 90 },
      { name: 'reason', title: 'Why' },
      LAST,
      ACCOUNT_TEXT,
    ],
  );
}

export function rejectedTokens() {
  return table(
    {
      title: 'Which tokens were rejected, and why',
      description: `The ${TOP} most frequent. The account is whom the token claims to be of: where it is forged, that person need not know of it.`,
      width: 12,
      whenEmpty: 'No token was rejected in this time range.',
      sql: `SELECT
  if(error_type = '', '(unknown)', toString(error_type)) AS reason,
  ${accountTried()} AS account,
  any(${accountAlone()}) AS ${ACCOUNT_TEXT.name},
  auth_issuer AS issuer,
  ${fromWhere()} AS address,
  sum(${ATTEMPTS}) AS times,
  max(occurred_at) AS last
FROM ${RECORDS}
WHERE ${CHOSEN}
AND category = 'auth' AND action = 'token_rejected'
GROUP BY reason, account, issuer, address
ORDER BY times DESC
LIMIT ${TOP}`,
    },
    [
      { name: 'reason', title: 'Why' },
      { name: 'account', title: 'Claims to be', link: everythingAbout(ACCOUNT_TEXT.name) },
      { name: 'issuer', title: 'Issuer' },
      ADDRESS,
      { name: 'times', title: 'Times', widthPixels: 80 },
      LAST,
      ACCOUNT_TEXT,
    ],
  );
}
