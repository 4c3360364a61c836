import type { Guard } from '../guard.js';
import { nowMicros } from '../record/clock.js';
import { createSqlAnalyser, isSqlParserReady, loadSqlParser } from '../sql/analyse.js';
import type { AnalysedStatement } from '../sql/analyse.js';
import { HeldBytes } from '../sql/held-statements.js';
import type { TransactionOutcome } from '../sql/held-statements.js';
import type { TransactionStep } from '../sql/statement.js';
import type { TransactionNews } from '../sql/transaction.js';
import type { Draft } from './blank-record.js';
import { ConnectionState } from './connection-state.js';
import { draftBytes } from './draft-bytes.js';
import type { ErrorFacts, QueryFacts, QueryOrigin, TimeFacts } from './facts.js';
import { PreparedTransactions } from './prepared-transactions.js';
import { fillStatement, isRefused } from './query-record.js';
import type { Recorder } from './recorder.js';
import { fillTransaction } from './transaction-record.js';
import type { TransactionEnd } from './transaction-record.js';

/** Key of its state on the driver's connection object: a property is read ten times faster than a WeakMap. */
const STATE = Symbol('audit-register.connection');
type Connection = object & { [STATE]?: ConnectionState };

const WRITES = new Set(['create', 'update', 'delete', 'merge', 'truncate', 'copy_in', 'schema', 'grant', 'call']);
/** What the server answers to statements that end a transaction. */
const ENDS = new Set(['COMMIT', 'ROLLBACK', 'PREPARE']);

const CONNECTION_LOST: ErrorFacts = Object.freeze({
  type: 'connection_lost',
  message: 'the connection was closed before the transaction had ended',
});
const NOT_REACHED: ErrorFacts = Object.freeze({
  type: 'not_reached',
  message: 'an earlier statement of the same text failed, so this one was never carried out',
});

/** Queries → one record for each statement, and one for each transaction that wrote something. */
export class Statements {
  readonly #recorder: Recorder;
  readonly #guard: Guard;
  readonly #analyse = createSqlAnalyser();
  readonly #sqlParser = loadSqlParser();
  readonly #held = new HeldBytes();
  readonly #inTransaction = new Set<ConnectionState>();
  readonly #prepared = new PreparedTransactions();

  constructor(recorder: Recorder, guard: Guard) {
    this.#recorder = recorder;
    this.#guard = guard;
  }

  query(query: QueryFacts): void {
    if (!isSqlParserReady()) {
      // NOTE: the first statements of a process come while the parser loads; all of them wait, so their order stays.
      void this.#sqlParser.finally(() => this.#readQuery(query));
      return;
    }
    this.#readQuery(query);
  }

  /** @param error What the connection said before it went, if anything. */
  connectionLost(connection: Connection, error: ErrorFacts = CONNECTION_LOST): void {
    const state = connection[STATE];
    if (state === undefined) return;
    const { origin, trouble } = state;
    const news = state.transaction.lost();
    this.#settled(state);
    if (origin !== undefined) this.#tell(lostNow(origin), news, { error: named(trouble ?? error) });
  }

  /** Writes what still waits for the outcome of its transaction. */
  settle(): void {
    for (const { transaction } of this.#inTransaction) transaction.abandon();
    this.#inTransaction.clear();
    this.#prepared.settle();
  }

  #readQuery(query: QueryFacts): void {
    this.#guard('the record of a query', () => this.#readStatements(query));
  }

  #readStatements(query: QueryFacts): void {
    const statements = this.#analyse(query.text);
    const state = query.connection === undefined ? undefined : this.#stateOf(query.connection);
    if (statements.length > 1) this.#readText(query, state, statements);
    else if (statements[0] !== undefined) this.#readOnly(query, state, statements[0]);
    if (state !== undefined) this.#note(query, state);
  }

  #readOnly(query: QueryFacts, state: ConnectionState | undefined, statement: AnalysedStatement): void {
    const step = statement.transaction;
    if (state === undefined) {
      if (step === undefined) this.#statement(query, undefined, statement, 0);
      return;
    }
    if (mayHaveEnded(query, statement)) this.#tell(query, state.transaction.abandon(), { error: query.error });
    // NOTE: a statement that is no step leaves the status as it found it.
    if (step === undefined) this.#observe(query, state);
    if (step === undefined) this.#statement(query, state, statement, 0);
    else this.#step(query, state, step, 0);
    if (step !== undefined) this.#observe(query, state);
  }

  #readText(
    query: QueryFacts,
    state: ConnectionState | undefined,
    statements: readonly AnalysedStatement[],
  ): void {
    statements.forEach((statement, index) => {
      const step = statement.transaction;
      state?.transaction.beginText();
      if (step === undefined) this.#statement(query, state, statement, index);
      else if (state !== undefined) this.#step(query, state, step, index);
    });
    if (state === undefined) return;
    this.#tell(query, state.transaction.endText(textOutcome(query.error)), {});
    this.#observe(query, state);
  }

  #statement(
    query: QueryFacts,
    state: ConnectionState | undefined,
    statement: AnalysedStatement,
    index: number,
  ): void {
    const draft = this.#recorder.begin(query);
    const result = query.results[index];
    fillStatement(draft, query, statement, result);
    if (isNotReached(query, index)) fillNotReached(draft);
    // NOTE: the closure may wait for long; it must not keep the rows of the answer.
    const { request } = query;
    const settle = (outcome: TransactionOutcome, position: number): void => {
      draft.transaction_outcome = outcome;
      if (outcome === 'unknown' && position > 0) {
        draft.attributes = { ...draft.attributes, 'audit.transaction.position': String(position) };
      }
      this.#guard('the record of a statement', () => this.#recorder.attribute(draft, request));
    };
    if (state === undefined || mayHaveEnded(query, statement)) {
      settle('unknown', 0);
      return;
    }
    const { transaction } = state;
    draft.transaction_id = transaction.id;
    const isWrite = WRITES.has(draft.action) || statement.problem !== '';
    transaction.statement(settle, isWrite, transaction.id === '' ? 0 : draftBytes(draft));
  }

  #step(query: QueryFacts, state: ConnectionState, step: TransactionStep, index: number): void {
    // NOTE: as many as have an answer were carried out, the next one failed, and the rest was never reached.
    const result = query.results[index];
    if (result === undefined) {
      if (isNotReached(query, index)) return;
      const news = state.transaction.stepFailed(step, isRefused(query.error));
      this.#tell(query, news, { step, error: query.error });
    } else if (step.kind === 'prepare' && result.command !== 'ROLLBACK') {
      this.#transactionPrepared(query, state, step);
    } else if (step.kind === 'commit_prepared' || step.kind === 'rollback_prepared') {
      this.#preparedEnded(query, step);
    } else {
      this.#tell(query, state.transaction.step(step, result.command), { step });
    }
  }

  #transactionPrepared(query: QueryFacts, state: ConnectionState, step: TransactionStep): void {
    const { id, writes } = state.transaction;
    this.#prepared.add(query.namespace, step.gid ?? '', state.detachTransaction());
    this.#tell(query, { id, writes, outcome: 'unknown' }, { step });
  }

  /** NOTE: it may have been prepared by another process; the record names it all the same. */
  #preparedEnded(query: QueryFacts, step: TransactionStep): void {
    const kind = step.kind === 'commit_prepared' ? 'commit' : 'rollback';
    const ended = this.#prepared.take(query.namespace, step.gid ?? '')?.step({ ...step, kind }, '');
    const outcome = kind === 'commit' ? 'committed' : 'rolled_back';
    this.#record(query, ended ?? { id: '', writes: 0, outcome }, { step });
  }

  #observe(query: QueryFacts, { transaction }: ConnectionState): void {
    if (query.results.length > 0) this.#tell(query, transaction.observe(query.transactionStatus), {});
  }

  /** After a query: whether its connection is in a transaction, and for whom. */
  #note(query: QueryFacts, state: ConnectionState): void {
    if (state.transaction.id === '') {
      this.#settled(state);
      return;
    }
    const { request, trace, system, namespace, backendPid } = query;
    state.origin = { request, trace, system, namespace, backendPid };
    state.trouble = isRefused(query.error) ? undefined : query.error;
    this.#inTransaction.add(state);
  }

  #settled(state: ConnectionState): void {
    state.origin = undefined;
    state.trouble = undefined;
    this.#inTransaction.delete(state);
  }

  #tell(query: QueryOrigin & TimeFacts, news: TransactionNews | undefined, end: TransactionEnd): void {
    if (news !== undefined && news.writes > 0) this.#record(query, news, end);
  }

  #record(query: QueryOrigin & TimeFacts, news: TransactionNews, end: TransactionEnd): void {
    const draft = this.#recorder.begin(query);
    fillTransaction(draft, query, news, end);
    this.#recorder.attribute(draft, query.request);
  }

  #stateOf(connection: Connection): ConnectionState {
    let state = connection[STATE];
    if (state === undefined) {
      state = new ConnectionState(this.#held);
      Object.defineProperty(connection, STATE, { value: state });
    }
    return state;
  }
}

/** What becomes of the statements of a text that are in no transaction of their own. */
function textOutcome(error: ErrorFacts | undefined): 'committed' | 'rolled_back' | 'unknown' {
  if (error === undefined) return 'committed';
  return isRefused(error) ? 'rolled_back' : 'unknown';
}

/** Whether a text that we could not read may have ended the transaction it was sent in. */
function mayHaveEnded({ results, error, parameters }: QueryFacts, { problem }: AnalysedStatement): boolean {
  if (problem === '' || parameters.length > 0) return false;
  return results.some(({ command }) => ENDS.has(command)) || (error !== undefined && !isRefused(error));
}

/** NOTE: without the server's word anything may have been carried out. */
function isNotReached({ results, error }: QueryFacts, index: number): boolean {
  return index > results.length && isRefused(error);
}

/** It did not happen, which is no failure of its own. */
function fillNotReached(draft: Draft): void {
  draft.outcome = 'failure';
  draft.error_type = NOT_REACHED.type;
  draft.error_message = NOT_REACHED.message;
}

function lostNow(origin: QueryOrigin): QueryOrigin & TimeFacts {
  const trace = { ...origin.trace, spanId: '' };
  return { ...origin, trace, startedAtNanos: BigInt(nowMicros()) * 1_000n, durationMicros: 0 };
}

/** NOTE: pg's own errors of a lost connection have no code. */
function named({ type, message }: ErrorFacts): ErrorFacts {
  return { type: type === 'Error' ? CONNECTION_LOST.type : type, message };
}
