// What the answer to a text says of each of its statements.

import type { AnalysedStatement } from '../../sql/analyse.js';
import type { Draft } from '../blank-record.js';
import type { QueryFacts, StatementResult } from '../facts.js';
import { isRefused, isUnanswered } from './query-record.js';

/** What the server answers to steps of a transaction. */
const STEPS = new Set(['BEGIN', 'START', 'COMMIT', 'ROLLBACK', 'PREPARE', 'SAVEPOINT', 'RELEASE']);

const UNCOUNTED: StatementResult = Object.freeze({
  command: '',
  rowCount: 0,
  rows: Object.freeze([]),
  fields: Object.freeze([]),
  isUncounted: true,
});
/** NOTE: before a code it keeps that from saying which of the statements was refused. */
const UNCLEAR = 'one of: ';

/** Whether what we could not read, such as the rest of a very long text, may hold steps of a transaction. */
export function mayHoldSteps(query: QueryFacts, { problem }: AnalysedStatement, index: number): boolean {
  if (problem === '' || query.parameterCount > 0) return false;
  const { results, error } = query;
  const hasSteps = results.slice(index).some(({ command }) => STEPS.has(command));
  return hasSteps || (error !== undefined && isUnanswered(query));
}

/** Where only the end of the whole text is known: all of its statements were carried out, or nobody knows how many. */
export function eachTold(query: QueryFacts, count: number): QueryFacts {
  if (query.isToldAsWhole !== true || count < 2) return query;
  const { error, results } = query;
  if (error === undefined)
    return { ...query, results: results.length === 0 ? [] : Array<StatementResult>(count).fill(UNCOUNTED) };
  const { refusal: _, ...unclear } = error;
  return { ...query, results: [], error: { ...unclear, type: `${UNCLEAR}${unclear.type}` } };
}

/**
 * As many statements of a text as have an answer were carried out, the next one failed, and the rest was never reached.
 * NOTE: without the server's word anything may have been carried out.
 */
export function isNotReached({ results, error }: QueryFacts, index: number): boolean {
  return index > results.length && isRefused(error);
}

/** It did not happen, which is no failure of its own. */
export function fillNotReached(draft: Draft): void {
  draft.outcome = 'failure';
  draft.error_type = 'not_reached';
  draft.error_message = 'an earlier statement of the same text failed, so this one was never carried out';
}
