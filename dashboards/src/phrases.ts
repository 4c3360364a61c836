/** Parts of the sentence "who did what to what, with which outcome, through what, from where", in SQL. */

/** The name of an actor, whatever is known of it; after who really acted, where that is somebody else: `user-9 as alice`. */
export function whoIs(): string {
  return `if(impersonator_id = '', ${whoIsNamed()}, concat(impersonator_id, ' as ', ${whoIsNamed()}))`;
}

/** The same of the actor alone, where who really acted stands beside it. */
export function whoIsNamed(): string {
  return `multiIf(actor_name != '', actor_name, actor_id != '', actor_id, toString(actor_type))`;
}

/** The same with the identifier, to tell namesakes apart. */
export function whoIsExactly(): string {
  return `if(actor_name IN ('', actor_id) OR actor_id = '', ${whoIsNamed()}, concat(actor_name, ' (', actor_id, ')'))`;
}

/** Of several records: as the surest of them says it, the latest of these. So a forger cannot rename anybody. */
export function bySurest(expression: string): string {
  return `argMax(${expression}, (actor_assurance IN ('verified', 'trusted'), occurred_at))`;
}

/** Who several records are of, which must be grouped by the identifier: a name is no identity. */
export function whoTheyAre(): string {
  return bySurest(whoIsExactly());
}

/** What was done, by the name of the action; the words of `src/search/sentence.ts`. */
const DONE: Readonly<Record<string, string>> = {
  create: 'created',
  read: 'read',
  update: 'changed',
  delete: 'deleted',
  merge: 'merged',
  truncate: 'emptied',
  copy_in: 'loaded',
  copy_out: 'copied out',
  schema: 'redefined',
  grant: 'granted',
  call: 'called',
  lock: 'locked',
  commit: 'committed',
  rollback: 'rolled back',
  rollback_to: 'rolled back to a savepoint of',
  prepare: 'prepared',
  dropped: 'lost',
};

/** Whatever came of them, these are what somebody did. */
const LOGINS: Readonly<Record<string, string>> = {
  login: 'logged in',
  logout: 'logged out',
  login_failed: 'tried to log in',
  token_rejected: 'showed a token',
  identified: 'was identified',
};

/** Also of logins: from views with `attributes`. */
export function didWhat(): string {
  const isLogin = `toString(action) IN ${listOf(Object.keys(LOGINS))}`;
  return `multiIf(
    ${isLogin}, concat(${inWordsOf(LOGINS)}, ${howOften()}),
    ${IS_OPERATION}, if(outcome IN ('failure', 'denied'), 'tried to call', 'called'),
    ${didToRows()})`;
}

export function didToRows(): string {
  const tried = `concat('tried to ', replaceAll(toString(action), '_', ' '))`;
  return `if(outcome IN ('failure', 'denied'), ${tried}, ${inWordsOf(DONE)})`;
}

/** Of logins that were folded into one record. */
function howOften(): string {
  const count = `attributes['audit.auth.count']`;
  return `if(toUInt64OrZero(${count}) > 1, concat(' (', ${count}, ' times)'), '')`;
}

function inWordsOf(words: Readonly<Record<string, string>>): string {
  return `transform(toString(action), ${listOf(Object.keys(words))}, ${listOf(Object.values(words))})`;
}

function listOf(words: readonly string[]): string {
  return `[${words.map((word) => `'${word}'`).join(', ')}]`;
}

/** Keys of a statement on many rows that are shown. */
const SHOWN_KEYS = 3;
/** Steps of a request or transaction that are shown. */
const SHOWN_STEPS = 12;

/** The row or rows of a statement, also where there is no column `category`. */
export function toWhichRows(): string {
  const more = `if(length(target_ids) > ${SHOWN_KEYS}, ', …', '')`;
  const keys = `concat(arrayStringConcat(arraySlice(target_ids, 1, ${SHOWN_KEYS}), ', '), ${more})`;
  return `multiIf(
    target_id != '', concat(target_type, ' / ', target_id),
    notEmpty(target_ids), concat(target_type, ' / ', ${keys}),
    concat(target_type, ' (', toString(db_rows), if(db_rows = 1, ' row)', ' rows)')))`;
}

/** Operations of a batch that are shown. */
const SHOWN_OPERATIONS = 3;
const OPERATIONS = "extractAll(attributes['audit.operations'], '[^, ]+')";
/** A refused document has none that the server knows. */
const IS_OPERATION = `arrayExists(operation -> operation != 'unknown', ${OPERATIONS})`;

/** What a request asked of GraphQL, tRPC or Next.js, which one path has many of. */
function whichOperations(): string {
  const more = `if(length(${OPERATIONS}) > ${SHOWN_OPERATIONS}, ', …', '')`;
  return `concat(arrayStringConcat(arraySlice(${OPERATIONS}, 1, ${SHOWN_OPERATIONS}), ', '), ${more})`;
}

/** From views with `attributes`. */
export function toWhat(): string {
  return `multiIf(
    category = 'http', if(${IS_OPERATION}, ${whichOperations()}, url_path),
    category = 'call', target_id,
    category = 'auth', if(target_id = '', '', concat('as ', target_id)),
    category = 'transaction', 'a transaction',
    category = 'db' OR target_id != '' OR notEmpty(target_ids), ${toWhichRows()},
    toString(target_type))`;
}

/** The key of the row, or of the first of several; empty where none is named or it is no row of a table. */
export function whichKey(): string {
  return `if(target_id != '', target_id, target_ids[1])`;
}

/** What became of a change: `final_outcome` in the words of outcomes. */
export function whetherItLasted(): string {
  return `transform(final_outcome, ['applied', 'rolled_back'], ['committed', 'rolled back'], final_outcome)`;
}

export function why(): string {
  return `trim(concat(error_type, ' ', error_message))`;
}

/** Work of jobs, scripts and starts belongs to none. */
const IS_OF_REQUEST = `request_id != toUUID('00000000-0000-0000-0000-000000000000')`;

/** What is shown for a link to a trace: its identifier, else that of the request; empty where there is neither. */
export function whichTrace(): string {
  return `if(trace_id = '' AND ${IS_OF_REQUEST}, toString(request_id), trace_id)`;
}

/** What a link to one request takes: its own identifier, else the trace it belongs to. */
export function whichRequest(): string {
  return `if(${IS_OF_REQUEST}, toString(request_id), trace_id)`;
}

/** @param transactionOutcome Column that says whether the work was kept. */
export function withWhichOutcome(transactionOutcome: string): string {
  return `multiIf(
    outcome = 'failure', 'failed',
    outcome != 'success', toString(outcome),
    category != 'transaction' AND (category != 'db' OR action = 'read'), 'ok',
    ${transactionOutcome} = 'rolled_back' OR action = 'rollback_to', 'rolled back',
    ${transactionOutcome} IN ('committed', 'autocommit'), 'committed',
    'unknown')`;
}

export function throughWhat(): string {
  return `concat(${throughWhichRoute()}, if(http_status = 0, '', concat(' → ', toString(http_status))))`;
}

/** The same where there is no column for the answer. */
export function throughWhichRoute(): string {
  return `if(http_method = '', 'by itself', concat(http_method, ' ', if(http_route = '', url_path, http_route)))`;
}

/** The chain that a record is of, where it was refused first if it was sent again: as the views have it in `origin_chain`. */
export function whichChain(): string {
  const from = "attributes['audit.redriven.from']";
  return `if(${from} = '', chain_id, toUUIDOrZero(substring(${from}, 1, 36)))`;
}

/** IPv4 as such, empty for the unknown address. */
export function fromWhere(): string {
  return `if(source_address = toIPv6('::'), '', replaceRegexpOne(toString(source_address), '^::ffff:([0-9]+[.])', '\\\\1'))`;
}

/** Steps and their times as one text, in their order; no more of them than can be read. */
export function inOrder(steps: string): string {
  const sorted = `arraySort(${steps}).2`;
  const more = `if(length(${steps}) > ${SHOWN_STEPS}, concat(' … and ', toString(length(${steps}) - ${SHOWN_STEPS}), ' more'), '')`;
  return `concat(arrayStringConcat(arraySlice(${sorted}, 1, ${SHOWN_STEPS}), ' · '), ${more})`;
}
