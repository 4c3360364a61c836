import { quoteName } from '../store/migrations.js';

/** Columns that a later record `identified` of the request settles, as the view `late_actors` has them. */
export const LATE_COLUMNS: readonly string[] = [
  'actor_id',
  'actor_name',
  'actor_type',
  'actor_assurance',
  'actor_roles',
  'impersonator_id',
  'session_id',
  'auth_method',
  'tenant_id',
];

/** What is no column, and only later records tell. */
export const SETTLED_NAMES: readonly string[] = [
  'actor_late',
  'settled_transaction',
  'settled_outcome',
  'ending',
  'final_outcome',
];

/** The time of the rows that are looked at. */
export interface RowPeriod {
  /** Whether a time in a column of that name is in it. */
  readonly isWithin: (column: string) => string;
  /** Whether it is not before it: what settles a record comes after it, however long after. */
  readonly isBegun: (column: string) => string;
}

const NO_PERIOD: RowPeriod = { isWithin: () => '1', isBegun: () => '1' };

/** Whether a later record may have named the actor: only these are written before their request is identified. */
export const IS_UNNAMED =
  "category IN ('db', 'app', 'transaction') AND actor_type = 'anonymous' AND actor_assurance = 'none'";

export const WRITES: readonly string[] = [
  'create',
  'update',
  'delete',
  'merge',
  'truncate',
  'copy_in',
  'schema',
  'grant',
];
/** Statements that write, of which `final_outcome` tells whether that lasted. */
export const IS_WRITE = `category = 'db' AND action IN (${WRITES.map((action) => `'${action}'`).join(', ')})`;

/** The chain that a record is of; of one that was refused and sent again, the chain in which it was refused first. */
function originChain(prefix = ''): string {
  const from = `${prefix}attributes['audit.redriven.from']`;
  return `if(${from} = '', ${prefix}chain_id, toUUIDOrZero(substring(${from}, 1, 36)))`;
}

/** Whose actor and transaction it is: nobody but its own chain settles a record. */
export const ORIGIN_CHAIN = originChain();

/** What only later records tell, in SQL over `unique_records`, without a join: so the rows that do not count are never read. */
export class SettledExpressions {
  readonly isLate: string;
  readonly #lateActors: string;
  readonly #byName: Readonly<Record<string, string>>;

  /** @param period Of the rows, where it is known: it saves reading others. */
  constructor(database: string, period: RowPeriod = NO_PERIOD) {
    this.#lateActors = lateActors(database, period.isBegun('records.occurred_at'));
    this.isLate = `(${IS_UNNAMED} AND (request_id, ${ORIGIN_CHAIN}) IN (SELECT request_id, origin_chain FROM ${this.#lateActors}))`;
    const transaction = settledTransaction(database, period);
    this.#byName = { actor_late: this.isLate, settled_transaction: transaction, ...outcomesBy(transaction) };
  }

  /** An expression by its name; what is none of ours is a column. */
  named(name: string): string {
    return this.#byName[name] ?? name;
  }

  /** @param condition About columns that are settled: of the record itself, or of who was identified later. */
  byActor(condition: string): string {
    const late = `${IS_UNNAMED} AND (request_id, ${ORIGIN_CHAIN}) IN (SELECT request_id, origin_chain FROM ${this.#lateActors} WHERE ${condition})`;
    return `((${condition}) AND NOT ${this.isLate} OR ${late})`;
  }
}

/** The view `late_actors`, as far as it is about requests that ended in a period: the view itself reads them all. */
function lateActors(database: string, isBegun: string): string {
  const columns = LATE_COLUMNS.map((column) => `argMax(records.${column}, records.occurred_at) AS ${column}`);
  return `(
    SELECT records.request_id AS request_id, ${originChain('records.')} AS origin_chain, ${columns.join(', ')}
    FROM ${quoteName(database)}.settling_records AS records
    WHERE records.category = 'auth' AND records.action = 'identified' AND records.request_id != ${NO_REQUEST}
      AND ${isBegun}
    GROUP BY request_id, origin_chain)`;
}

const NO_REQUEST = "toUUID('00000000-0000-0000-0000-000000000000')";

/** How a transaction ended by its own record. A statement that a savepoint undid stays undone when the rest commits. */
const END_OF_TRANSACTION = `if(
  arrayExists(
    undone -> toUInt32OrZero(statements.attributes['audit.transaction.position']) BETWEEN undone[1] AND undone[2],
    ends.undone),
  'rolled_back',
  ends.final_outcome)`;

/**
 * SQL for `record_id` and `ended` of the statements that did not know how their transaction ended, where it is known by now.
 *
 * @param condition On columns of `statements` and `ends`.
 * @param isBegun On `ends_of.occurred_at`: where the statements begin. An end may come however long after its statements.
 */
export function selectEnds(database: string, condition: string, isBegun: string): string {
  const name = quoteName(database);
  return `
    SELECT statements.record_id AS record_id, ${END_OF_TRANSACTION} AS ended
    FROM ${name}.unique_records AS statements
    INNER JOIN ${transactions(database, isBegun)} AS ends
      ON statements.transaction_id = ends.transaction_id AND ${originChain('statements.')} = ends.origin_chain
    WHERE statements.transaction_outcome = 'unknown' AND statements.category = 'db' AND ${condition}`;
}

/** The view `transactions`, as far as it is about those that ended in a period or after it: the view itself reads them all. */
function transactions(database: string, isBegun: string): string {
  return `(
    SELECT
      ends_of.transaction_id AS transaction_id,
      ${originChain('ends_of.')} AS origin_chain,
      argMaxIf(
        multiIf(
          ends_of.transaction_outcome != '', toString(ends_of.transaction_outcome),
          ends_of.outcome = 'success' AND ends_of.action = 'commit', 'committed',
          ends_of.outcome = 'success' AND ends_of.action = 'rollback', 'rolled_back',
          'unknown'),
        (ends_of.transaction_outcome IN ('committed', 'rolled_back'), ends_of.occurred_at),
        ends_of.action != 'rollback_to') AS final_outcome,
      groupUniqArrayIf(
        arrayMap(position -> toUInt32OrZero(position), splitByChar('-', ends_of.attributes['audit.transaction.undone'])),
        ends_of.action = 'rollback_to') AS undone
    FROM ${quoteName(database)}.settling_records AS ends_of
    WHERE ends_of.category = 'transaction' AND ends_of.severity != 'info' AND ends_of.transaction_id != '' AND ${isBegun}
    GROUP BY transaction_id, origin_chain)`;
}

function settledTransaction(database: string, { isWithin, isBegun }: RowPeriod): string {
  const ends = selectEnds(database, isWithin('statements.occurred_at'), isBegun('ends_of.occurred_at'));

  // NOTE: one set for both, which the store makes once.
  const isSettledAs = (outcome: string): string =>
    `(record_id, '${outcome}') IN (SELECT record_id, ended FROM (${ends}))`;
  return `multiIf(
    transaction_outcome != 'unknown' OR category != 'db', toString(transaction_outcome),
    ${isSettledAs('rolled_back')}, 'rolled_back',
    ${isSettledAs('committed')}, 'committed',
    'unknown')`;
}

/** @param transaction How the transaction ended. */
function outcomesBy(transaction: string): Readonly<Record<string, string>> {
  return {
    settled_outcome: settledOutcome(transaction),
    ending: ending(transaction),
    final_outcome: finalOutcome(transaction),
  };
}

/** Whose outcome depends on a transaction; the sentence goes by the same. */
const IS_WORK = "(category = 'transaction' OR category = 'db' AND action != 'read')";

const ENDS = "['autocommit', 'committed', 'rolled_back']";

function settledOutcome(transaction: string): string {
  return `multiIf(
    outcome != 'success' OR NOT ${IS_WORK}, toString(outcome),
    action = 'rollback_to', 'rolled_back',
    transform(${transaction}, ${ENDS}, ['success', 'success', 'rolled_back'], 'unknown'))`;
}

function ending(transaction: string): string {
  return `multiIf(
    outcome = 'failure', 'failed',
    outcome != 'success', toString(outcome),
    NOT ${IS_WORK}, 'ok',
    action = 'rollback_to', 'rolled_back',
    transform(${transaction}, ${ENDS}, ['committed', 'committed', 'rolled_back'], 'unknown'))`;
}

/** NOTE: `finalOutcomeOf` says the same of a record. */
function finalOutcome(transaction: string): string {
  return `multiIf(
    NOT (${IS_WRITE}), toString(outcome),
    outcome IN ('failure', 'denied'), 'failed',
    ${transaction} = 'rolled_back', 'rolled_back',
    outcome = 'success' AND ${transaction} IN ('autocommit', 'committed'), 'applied',
    'unknown')`;
}

/**
 * SQL for rows of `unique_records` as they are settled: every column, those of the actor as somebody was identified later, and
 * `actor_late`, `settled_transaction`, `settled_outcome`, `ending` and `final_outcome` beside them.
 *
 * @param period Of the rows, where it is known: it saves reading others.
 */
export function settledRecords(database: string, condition: string, period: RowPeriod = NO_PERIOD): string {
  const name = quoteName(database);
  const settled = new SettledExpressions(database, period);
  const actor = LATE_COLUMNS.map(
    (column) => `if(found.is_unnamed AND late.is_known, late.${column}, found.${column}) AS ${column}`,
  );
  const outcomes = Object.entries(outcomesBy('settled_transaction')).map(
    ([name, sql]) => `${sql} AS ${name}`,
  );
  return `
    SELECT
      found.* EXCEPT (${[...LATE_COLUMNS, 'origin_chain'].join(', ')}),
      found.is_unnamed AND late.is_known AS actor_late,
      ${actor.join(', ')}
    FROM
    (
      SELECT
        *,
        ${IS_UNNAMED} AS is_unnamed,
        ${ORIGIN_CHAIN} AS origin_chain,
        ${settled.named('settled_transaction')} AS settled_transaction,
        ${outcomes.join(', ')}
      FROM ${name}.unique_records
      WHERE ${condition}
    ) AS found
    LEFT ANY JOIN
    (
      SELECT *, true AS is_known FROM ${lateActors(database, period.isBegun('records.occurred_at'))}
    ) AS late ON found.request_id = late.request_id AND found.origin_chain = late.origin_chain`;
}
