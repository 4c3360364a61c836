import type { PolicyLevel } from '../../config/config.js';
import type { SqlStatement } from '../../sql/statement.js';
import type { Draft } from '../blank-record.js';
import { noteOutputs } from '../column-secrets.js';
import { RETURNED_VALUES } from '../draft-notes.js';
import type { StatementResult } from '../facts.js';
import { returnedValues } from './returned-values.js';

/** Keeps what a statement brought back, until it is known whether the level asks for it. */
export function keepReturned(
  draft: Draft,
  statement: SqlStatement,
  result: StatementResult | undefined,
): void {
  const returned = returnedValues(statement, result);
  if (returned.rows.length === 0) return;
  // NOTE: the rows are a column that lower levels do not keep.
  draft[RETURNED_VALUES] = returned;
  noteOutputs(draft, statement.outputs);
  draft.db_returned = returned.rows;
  if (returned.isCut) draft.truncated = [...draft.truncated, 'db_returned'];
}

/** The row as it was and as it is now, where the statement brought it back and the level keeps it. */
export function fillReturned(draft: Draft, level: PolicyLevel): void {
  const returned = level === 'request_response' ? draft[RETURNED_VALUES] : undefined;
  if (returned === undefined) return;
  // NOTE: what came back counts more than what was sent: a trigger may have changed it.
  draft.new_values = { ...draft.new_values, ...returned.new };
  draft.old_values = { ...draft.old_values, ...returned.old };
}
