import { nowMicros } from '../../record/clock.js';
import type { TransactionStep } from '../../sql/statement.js';
import type { TransactionNews, TransactionStatus } from '../../sql/transaction.js';
import type { ConnectionState } from './connection-state.js';
import type { ErrorFacts, QueryFacts, QueryOrigin, TimeFacts } from '../facts.js';
import { PreparedTransactions } from './prepared-transactions.js';
import { isUnanswered } from './query-record.js';
import type { Recorder } from '../recorder.js';
import { fillTransaction } from './transaction-record.js';
import type { TransactionEnd } from './transaction-record.js';

const CONNECTION_LOST: ErrorFacts = Object.freeze({
  type: 'connection_lost',
  message: 'the connection was closed before the transaction had ended',
});

/** Carries connections from one step of their transactions to the next; a transaction that wrote something has a record. */
export class Transactions {
  readonly #recorder: Recorder;
  readonly #open = new Set<ConnectionState>();
  readonly #prepared = new PreparedTransactions();

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /**
   * A statement that is a step of a transaction; one that was never sent is none.
   *
   * @param command What the server answered; undefined without an answer.
   */
  step(query: QueryFacts, state: ConnectionState, step: TransactionStep, command: string | undefined): void {
    if (query.isUnsent === true) return;
    if (command === undefined) {
      const news = state.transaction.stepFailed(step, !isUnanswered(query));
      this.#tell(query, news, { step, error: query.error });
    } else if (step.kind === 'prepare' && command !== 'ROLLBACK') {
      this.#prepare(query, state, step);
    } else if (step.kind === 'commit_prepared' || step.kind === 'rollback_prepared') {
      this.#endPrepared(query, step);
    } else {
      this.#tell(query, state.transaction.step(step, command), { step });
    }
  }

  /** A text of several statements is over. */
  endText(query: QueryFacts, state: ConnectionState): void {
    this.#tell(query, state.transaction.endText(textOutcome(query)), {});
  }

  /** A text that we could not read may have ended the transaction. */
  abandon(query: QueryFacts, state: ConnectionState): void {
    this.#tell(query, state.transaction.abandon(), { error: query.error });
  }

  /** NOTE: without an answer the status is that of an earlier query. */
  observe(query: QueryFacts, state: ConnectionState): void {
    if (query.results.length > 0) this.#tell(query, state.transaction.observe(query.transactionStatus), {});
  }

  /** After each query: whether its connection is in a transaction, and for whom. */
  note(query: QueryFacts, state: ConnectionState): void {
    if (state.transaction.id === '') {
      this.#close(state);
      return;
    }
    const { request, work, actor, trace, system, namespace, backendPid } = query;
    state.origin = { request, work, actor, trace, system, namespace, backendPid };
    state.trouble = isUnanswered(query) ? (query.error ?? state.trouble) : state.trouble;
    this.#open.add(state);
  }

  lost(state: ConnectionState, error: ErrorFacts = CONNECTION_LOST): void {
    const { origin, trouble } = state;
    const news = state.transaction.lost();
    this.#close(state);
    if (origin !== undefined) this.#tell(atOnce(origin), news, { error: named(trouble ?? error) });
  }

  /** Nobody waits for an outcome any longer. */
  settle(): void {
    for (const { transaction } of this.#open) transaction.abandon();
    this.#open.clear();
    this.#prepared.settle();
  }

  #prepare(query: QueryFacts, state: ConnectionState, step: TransactionStep): void {
    const { id, writes } = state.transaction;
    this.#prepared.add(query.namespace, step.gid ?? '', state.detachTransaction());
    this.#tell(query, { id, writes, outcome: 'unknown', isAwaited: false }, { step });
  }

  /** NOTE: it may have been prepared by another process; the record names it all the same. */
  #endPrepared(query: QueryFacts, step: TransactionStep): void {
    const kind = step.kind === 'commit_prepared' ? 'commit' : 'rollback';
    const ended = this.#prepared.take(query.namespace, step.gid ?? '')?.step({ ...step, kind }, '');
    const outcome = kind === 'commit' ? 'committed' : 'rolled_back';
    this.#record(query, ended ?? { id: '', writes: 0, outcome, isAwaited: false }, { step });
  }

  #close(state: ConnectionState): void {
    state.origin = undefined;
    state.trouble = undefined;
    this.#open.delete(state);
  }

  #tell(query: QueryOrigin & TimeFacts, news: TransactionNews | undefined, end: TransactionEnd): void {
    if (news !== undefined && news.writes > 0) this.#record(query, news, end);
  }

  #record(query: QueryOrigin & TimeFacts, news: TransactionNews, end: TransactionEnd): void {
    const draft = this.#recorder.begin(query);
    fillTransaction(draft, query, news, end);
    this.#recorder.attribute(draft, query.request, query.work);
  }
}

/** Whether a connection is in no transaction, and was in none, as far as is known. */
export function rests(
  { transaction, origin }: ConnectionState,
  status: TransactionStatus | undefined,
): boolean {
  return transaction.id === '' && origin === undefined && (status === undefined || status === 'I');
}

/** What becomes of the statements of a text that are in no transaction of their own. */
function textOutcome(query: QueryFacts): 'committed' | 'rolled_back' | 'unknown' {
  if (query.error === undefined) return 'committed';
  return isUnanswered(query) ? 'unknown' : 'rolled_back';
}

function atOnce(origin: QueryOrigin): QueryOrigin & TimeFacts {
  const trace = { ...origin.trace, spanId: '' };
  return { ...origin, trace, startedAtNanos: BigInt(nowMicros()) * 1_000n, durationMicros: 0 };
}

/** NOTE: pg's own errors of a lost connection have no code. */
function named({ type, message }: ErrorFacts): ErrorFacts {
  return { type: type === 'Error' ? CONNECTION_LOST.type : type, message };
}
