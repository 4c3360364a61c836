import type { TransactionNews } from '../../sql/transaction.js';
import type { TransactionStep } from '../../sql/statement.js';
import type { Draft } from '../blank-record.js';
import type { ErrorFacts, QueryOrigin } from '../facts.js';

/** How a transaction came to its end, as far as that is more than its outcome. */
export interface TransactionEnd {
  /** What was asked for; undefined where nobody asked. */
  readonly step?: TransactionStep | undefined;
  /** Why it is not what was asked for. */
  readonly error?: ErrorFacts | undefined;
}

/** A COMMIT that was answered with ROLLBACK, in the words of the server for every other statement. */
const FAILED_BEFORE: ErrorFacts = {
  type: '25P02',
  message: 'the server answered ROLLBACK to COMMIT, because a statement of the transaction had failed',
};

/** Fills a record that settles statements which could not wait for the end of their transaction. */
export function fillTransaction(
  draft: Draft,
  origin: QueryOrigin,
  news: TransactionNews,
  end: TransactionEnd,
): void {
  const { id, outcome, writes, undone } = news;
  const error = end.error ?? (isTurnedDown(news, end) ? FAILED_BEFORE : undefined);
  draft.category = 'transaction';
  draft.action = actionOf(news, end);
  draft.outcome = outcomeOf(news, end, error);
  // NOTE: the view that settles statements reads all but `info`.
  draft.severity = error !== undefined ? 'warning' : news.isAwaited ? 'notice' : 'info';
  draft.db_system = origin.system;
  draft.db_namespace = origin.namespace;
  draft.db_backend_pid = origin.backendPid;
  draft.transaction_id = id;
  draft.transaction_outcome = undone === undefined ? outcome : '';
  draft.error_type = error?.type ?? '';
  draft.error_message = error?.message ?? '';
  const gid = end.step?.gid ?? '';
  draft.attributes = {
    'audit.transaction.writes': String(writes),
    ...(undone === undefined ? {} : { 'audit.transaction.undone': undone.join('-') }),
    ...(gid === '' ? {} : { 'audit.transaction.gid': gid }),
  };
}

function isTurnedDown({ outcome }: TransactionNews, { step }: TransactionEnd): boolean {
  return outcome === 'rolled_back' && (step?.kind === 'commit' || step?.kind === 'prepare');
}

function outcomeOf(news: TransactionNews, { step }: TransactionEnd, error: ErrorFacts | undefined): string {
  const isSaid = step !== undefined || news.undone !== undefined || news.outcome !== 'unknown';
  if (error === undefined) return isSaid ? 'success' : 'unknown';
  return news.outcome === 'unknown' ? 'unknown' : 'failure';
}

/** What happened; what was tried where nobody knows what happened. */
function actionOf({ outcome, undone }: TransactionNews, { step }: TransactionEnd): string {
  if (undone !== undefined) return 'rollback_to';
  if (outcome === 'committed') return 'commit';
  if (outcome === 'rolled_back') return 'rollback';
  return step?.kind === 'prepare' || step?.kind === 'commit' ? step.kind : 'other';
}
