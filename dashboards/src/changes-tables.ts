import { IS_BULK } from './changes-numbers.ts';
import {
  ACTOR_KEY,
  ADDRESS,
  DID,
  ENDING,
  LAST,
  OBJECT_ID,
  REQUEST,
  SERVICE,
  STATEMENT,
  SURE,
  TARGET_KEY,
  TRACE,
  TROUBLE,
  WAY,
  WHAT,
  WHEN,
  WHO,
} from './columns.ts';
import { ALL_FILTERS, chosen, keyOf } from './filter.ts';
import { toChanges } from './links.ts';
import { table } from './panels.ts';
import type { Column } from './panels.ts';
import {
  didWhat,
  fromWhere,
  inOrder,
  throughWhichRoute,
  toWhichRows,
  whetherItLasted,
  whichKey,
  whichRequest,
  whichTrace,
  whoIs,
  whoTheyAre,
  why,
} from './phrases.ts';
import { BACKGROUND_CHANGES, CHANGES, READS, ROLLBACKS } from './store.ts';

const CHOSEN = chosen(...ALL_FILTERS);
const LATEST = 200;
const TOP = 50;

const ROWS: Column = { name: 'rows', title: 'Rows', widthPixels: 90 };
const TABLE: Column = { name: 'target', title: 'Table', link: toChanges(TARGET_KEY.name) };
/** What links need and no table shows. */
const KEYS = [REQUEST, ACTOR_KEY, TARGET_KEY] as const;
const KEYS_SQL = `${whichRequest()} AS ${REQUEST.name},
  ${keyOf('actor_id')} AS ${ACTOR_KEY.name},
  ${keyOf('target_type')} AS ${TARGET_KEY.name}`;
/** The same where the row that is acted on is a link. */
const ROW_KEYS = [...KEYS, OBJECT_ID] as const;
const ROW_KEYS_SQL = `${KEYS_SQL},
  ${whichKey()} AS ${OBJECT_ID.name}`;

export function bulk() {
  return table(
    {
      title: 'Which statements touched many rows',
      description: `Statements that wrote at least as many rows as the variable above says, and every TRUNCATE, whatever became of them; the ${TOP} largest.`,
      width: 12,
      sql: `SELECT
  occurred_at AS time,
  ${whoIs()} AS who,
  toString(actor_assurance) AS assurance,
  ${didWhat()} AS did,
  toString(target_type) AS target,
  db_rows AS rows,
  ${whetherItLasted()} AS ending,
  ${throughWhichRoute()} AS way,
  db_statement AS statement,
  ${whichTrace()} AS trace,
  ${KEYS_SQL}
FROM ${CHANGES}
WHERE ${CHOSEN}
  AND ${IS_BULK}
ORDER BY action = 'truncate' DESC, rows DESC, time DESC
LIMIT ${TOP}`,
    },
    [WHEN, WHO, SURE, DID, TABLE, ROWS, ENDING, WAY, STATEMENT, TRACE, ...KEYS],
  );
}

export function definitions() {
  return table(
    {
      title: 'Who changed the schema or rights',
      description: `The latest ${LATEST} statements that change tables, roles or grants, whatever became of them.`,
      width: 12,
      sql: `SELECT
  occurred_at AS time,
  ${whoIs()} AS who,
  toString(actor_assurance) AS assurance,
  ${didWhat()} AS did,
  if(empty(target_tables), toString(target_type), arrayStringConcat(target_tables, ', ')) AS target,
  ${whetherItLasted()} AS ending,
  service_name AS service,
  db_statement AS statement,
  ${why()} AS trouble,
  ${whichTrace()} AS trace,
  ${KEYS_SQL}
FROM ${CHANGES}
WHERE ${CHOSEN}
  AND action IN ('schema', 'grant')
ORDER BY time DESC
LIMIT ${LATEST}`,
    },
    [WHEN, WHO, SURE, DID, TABLE, ENDING, SERVICE, STATEMENT, TROUBLE, TRACE, ...KEYS],
  );
}

export function rollbacks() {
  return table(
    {
      title: 'What was rolled back, and what was tried',
      description: `The latest ${LATEST} transactions that were rolled back in whole or in part, with the statements that came to nothing. Why: "application" where it asked for the rollback, else what the server said.`,
      width: 12,
      sql: `SELECT
  min(occurred_at) AS time,
  argMin(${whoIs()}, occurred_at) AS who,
  argMin(toString(actor_assurance), occurred_at) AS assurance,
  ${inOrder(`groupArray(10000)((occurred_at, concat(${didWhat()}, ' ', ${toWhichRows()})))`)} AS tried,
  any(reason) AS cause,
  any(reason_message) AS message,
  argMin(${throughWhichRoute()}, occurred_at) AS way,
  any(${whichTrace()}) AS trace,
  any(${whichRequest()}) AS ${REQUEST.name},
  argMin(${keyOf('actor_id')}, occurred_at) AS ${ACTOR_KEY.name}
FROM ${ROLLBACKS}
WHERE ${CHOSEN}
GROUP BY transaction_id
ORDER BY time DESC
LIMIT ${LATEST}`,
    },
    [
      WHEN,
      WHO,
      SURE,
      { name: 'tried', title: 'Tried' },
      { name: 'cause', title: 'Why', widthPixels: 110 },
      { name: 'message', title: 'Message' },
      WAY,
      TRACE,
      REQUEST,
      ACTOR_KEY,
    ],
  );
}

export function background() {
  return table(
    {
      title: 'Which writes belong to no request',
      description: `Writes of jobs, scripts and starts, by who made them and what to; the ${TOP} most frequent. Rows of what was rolled back do not count.`,
      width: 12,
      sql: `SELECT
  ${whoTheyAre()} AS who,
  toString(actor_assurance) AS assurance,
  toString(service_name) AS service,
  toString(action) AS did,
  toString(target_type) AS target,
  count() AS writes,
  sumIf(db_rows, final_outcome = 'applied') AS rows,
  countIf(final_outcome != 'applied') AS lost,
  max(occurred_at) AS last,
  ${keyOf('actor_id')} AS ${ACTOR_KEY.name},
  ${keyOf('target_type')} AS ${TARGET_KEY.name}
FROM ${BACKGROUND_CHANGES}
WHERE ${CHOSEN}
GROUP BY service_name, actor_type, actor_id, actor_assurance, action, target_type
ORDER BY writes DESC, last DESC
LIMIT ${TOP}`,
    },
    [
      WHO,
      SURE,
      SERVICE,
      { ...DID, title: 'What they do' },
      TABLE,
      { name: 'writes', title: 'Writes', widthPixels: 90 },
      ROWS,
      { name: 'lost', title: 'Not kept', widthPixels: 90 },
      LAST,
      ACTOR_KEY,
      TARGET_KEY,
    ],
  );
}

export function latest() {
  return table(
    {
      title: 'What was changed last',
      description: `The latest ${LATEST} writing statements, with what became of them.`,
      width: 24,
      sql: `SELECT
  occurred_at AS time,
  ${whoIs()} AS who,
  toString(actor_assurance) AS assurance,
  ${didWhat()} AS did,
  ${toWhichRows()} AS what,
  ${whetherItLasted()} AS ending,
  ${throughWhichRoute()} AS way,
  ${fromWhere()} AS address,
  service_name AS service,
  ${why()} AS trouble,
  ${whichTrace()} AS trace,
  ${ROW_KEYS_SQL}
FROM ${CHANGES}
WHERE ${CHOSEN}
ORDER BY time DESC
LIMIT ${LATEST}`,
    },
    [WHEN, WHO, SURE, DID, WHAT, ENDING, WAY, ADDRESS, SERVICE, TROUBLE, TRACE, ...ROW_KEYS],
  ).height(12);
}

export function reads() {
  return table(
    {
      title: 'Who read or exported',
      description: `The latest ${LATEST} reading statements. Reads are recorded only where AUDIT_REGISTER_CAPTURE_READS or a rule of the policy asks for it.`,
      width: 24,
      whenEmpty: 'No reads were recorded in this time range. AUDIT_REGISTER_CAPTURE_READS=true records them.',
      sql: `SELECT
  occurred_at AS time,
  ${whoIs()} AS who,
  toString(actor_assurance) AS assurance,
  ${didWhat()} AS did,
  ${toWhichRows()} AS what,
  arrayStringConcat(target_tables, ', ') AS tables,
  db_rows AS rows,
  ${throughWhichRoute()} AS way,
  ${fromWhere()} AS address,
  db_statement AS statement,
  ${whichTrace()} AS trace,
  ${ROW_KEYS_SQL}
FROM ${READS}
WHERE ${CHOSEN}
ORDER BY time DESC
LIMIT ${LATEST}`,
    },
    [
      WHEN,
      WHO,
      SURE,
      DID,
      WHAT,
      { name: 'tables', title: 'Tables' },
      ROWS,
      WAY,
      ADDRESS,
      STATEMENT,
      TRACE,
      ...ROW_KEYS,
    ],
  );
}
