import type { SqlConfig } from '../config/config.js';
import type { Guard } from '../guard.js';
import { compileNames } from '../policy/patterns.js';
import { createSqlAnalyser, isSqlParserReady, loadSqlParser } from '../sql/analyse.js';
import type { AnalysedStatement } from '../sql/analyse.js';
import type { TransactionStep } from '../sql/statement.js';
import { ConnectionTransaction } from '../sql/transaction.js';
import type { EndedTransaction, TransactionOutcome } from '../sql/transaction.js';
import type { ErrorFacts, QueryFacts, StatementResult } from './facts.js';
import { fillParameters } from './parameters.js';
import { fillStatement, isRefused } from './query-record.js';
import type { Recorder } from './recorder.js';
import { TableKeys } from './table-keys.js';

/** Key of the transaction on the driver's connection object: a property is read ten times faster than a WeakMap. */
const TRANSACTION = Symbol('audit-register.transaction');
type Connection = object & { [TRANSACTION]?: ConnectionTransaction };

/** Queries → one record for each statement, and one for each transaction that wrote something. */
export class Statements {
  readonly #recorder: Recorder;
  readonly #guard: Guard;
  readonly #analyse: (text: string) => readonly AnalysedStatement[];
  readonly #keys: TableKeys;
  readonly #openTransactions = new Set<ConnectionTransaction>();

  constructor(recorder: Recorder, guard: Guard, sql: SqlConfig) {
    void loadSqlParser();
    this.#analyse = createSqlAnalyser({ isReadFunction: compileNames(sql.readFunctions) });
    this.#keys = new TableKeys(sql.tableKeys);
    this.#recorder = recorder;
    this.#guard = guard;
  }

  query(query: QueryFacts): void {
    if (!isSqlParserReady()) {
      // NOTE: the first statements of a process come while the parser loads, and others may while it is replaced; all of
      // them wait, so their order stays.
      void loadSqlParser().finally(() => this.query(query));
      return;
    }
    this.#readQuery(query);
  }

  connectionLost(connection: Connection): void {
    const transaction = connection[TRANSACTION];
    if (transaction === undefined) return;
    this.#openTransactions.delete(transaction);
    transaction.lost();
  }

  /** Writes what still waits for the outcome of its transaction. */
  settle(): void {
    for (const transaction of this.#openTransactions) transaction.abandon();
    this.#openTransactions.clear();
  }

  #readQuery(query: QueryFacts): void {
    this.#guard('the record of a query', () => this.#readStatements(query));
  }

  #readStatements(query: QueryFacts): void {
    const statements = this.#analyse(query.text);
    const text =
      statements.length > 1 && query.connection !== undefined ? transactionOf(query.connection) : undefined;
    text?.beginText();
    statements.forEach((statement, index) => {
      if (statement.transaction === undefined) this.#statement(query, statement, index);
      // NOTE: as many as have an answer were carried out, the next one failed, and the rest was never reached.
      else if (index <= query.results.length)
        this.#transactionStep(query, statement.transaction, query.results[index]);
    });
    text?.endText(textOutcome(query.error));
  }

  #statement(query: QueryFacts, statement: AnalysedStatement, index: number): void {
    const draft = this.#recorder.begin(query);
    fillStatement(draft, query, statement, query.results[index], this.#keys);
    fillParameters(draft, query, statement);
    // NOTE: the closure may wait for long; it must not keep the rows of the answer.
    const { request } = query;
    const settle = (outcome: TransactionOutcome): void => {
      draft.transaction_outcome = outcome;
      this.#guard('the record of a statement', () => this.#recorder.attribute(draft, request));
    };
    if (query.connection === undefined) {
      settle('unknown');
      return;
    }
    const transaction = transactionOf(query.connection);
    draft.transaction_id = transaction.id;
    transaction.statement(settle, statement.action !== 'read');
  }

  #transactionStep(query: QueryFacts, step: TransactionStep, result: StatementResult | undefined): void {
    if (query.connection === undefined) return;
    const transaction = transactionOf(query.connection);
    const ended =
      result === undefined
        ? transaction.stepFailed(step, isRefused(query.error))
        : transaction.step(step, result.command);
    if (transaction.id === '') this.#openTransactions.delete(transaction);
    else this.#openTransactions.add(transaction);
    if (ended !== undefined && ended.writes > 0) this.#transactionEnded(query, ended);
  }

  /** A record of its own, which settles statements that could not wait for the end. */
  #transactionEnded(query: QueryFacts, ended: EndedTransaction): void {
    const draft = this.#recorder.begin(query);
    draft.category = 'transaction';
    draft.action = ended.outcome === 'committed' ? 'commit' : 'rollback';
    draft.outcome = 'success';
    draft.db_system = query.system;
    draft.db_namespace = query.namespace;
    draft.db_backend_pid = query.backendPid;
    draft.transaction_id = ended.id;
    draft.transaction_outcome = ended.outcome;
    draft.attributes = { 'audit.transaction.writes': String(ended.writes) };
    this.#recorder.attribute(draft, query.request);
  }
}

/** What becomes of the statements of a text that are in no transaction of their own. */
function textOutcome(error: ErrorFacts | undefined): TransactionOutcome {
  if (error === undefined) return 'autocommit';
  return isRefused(error) ? 'rolled_back' : 'unknown';
}

function transactionOf(connection: Connection): ConnectionTransaction {
  let transaction = connection[TRANSACTION];
  if (transaction === undefined) {
    transaction = new ConnectionTransaction();
    Object.defineProperty(connection, TRANSACTION, { value: transaction });
  }
  return transaction;
}
