import type { AnalysedStatement } from '../sql/analyse.js';
import type { SqlAction } from '../sql/statement.js';
import type { Assignment } from '../sql/values.js';
import type { Draft } from './blank-record.js';
import type { ErrorFacts, QueryFacts, StatementResult } from './facts.js';
import { targetKeys } from './target-keys.js';
import { valueText } from './value-text.js';
import type { SentValue } from './value-text.js';
import { withoutSentValues } from '../sql/error-message.js';

/** SQLSTATEs that say the database did not let this user do it. */
const DENIED = /^(42501|28...)$/;

/**
 * SQLSTATEs by which the server says that it did not carry out the statement. Anything else leaves that open: a time-out,
 * a cut line (Node.js' own codes begin with E), an administrator who ends the session, which may be after the commit.
 */
const REFUSED = /^(?!08|40003|57P|E[A-Z]{4}$)[0-9A-Z]{5}$/;

/** What a statement did by the server's own word, where its text does not tell: EXECUTE, or one too long to parse. */
const ACTIONS: Readonly<Record<string, SqlAction>> = {
  INSERT: 'create',
  UPDATE: 'update',
  DELETE: 'delete',
  MERGE: 'merge',
  SELECT: 'read',
};

const NOTABLE = new Set(['schema', 'grant', 'truncate']);

/** Fills a record from one statement and, where there is one, the server's answer to it. */
export function fillStatement(
  draft: Draft,
  query: QueryFacts,
  statement: AnalysedStatement,
  result: StatementResult | undefined,
): void {
  draft.category = 'db';
  draft.action = actionOf(statement, result);
  draft.outcome = outcomeOf(query, result);
  draft.severity = draft.outcome === 'success' ? (NOTABLE.has(draft.action) ? 'notice' : 'info') : 'warning';
  draft.target_type = statement.tables[0] ?? '';
  draft.target_tables = statement.tables;
  draft.changed_fields = statement.fields;
  draft.db_system = query.system;
  draft.db_namespace = query.namespace;
  draft.db_statement = statement.normalized;
  draft.db_backend_pid = query.backendPid;
  draft.db_rows = result?.rowCount ?? 0;
  if (statement.problem !== '') draft.attributes = { 'audit.sql.problem': statement.problem };
  if (query.error !== undefined && draft.outcome !== 'success') {
    draft.error_type = query.error.type;
    draft.error_message = withoutSentValues(query.error.message, query.text, textsOf(query.parameters));
  }
  fillTarget(draft, query, statement, result);
}

/** Whether the server said that what failed was not carried out. */
export function isRefused(error: ErrorFacts | undefined): boolean {
  return error !== undefined && REFUSED.test(error.type);
}

/** Whether nobody knows if what has no answer was carried out. */
export function isUnanswered({ error, isUnsent }: QueryFacts): boolean {
  return isUnsent !== true && !isRefused(error);
}

function actionOf({ action }: AnalysedStatement, result: StatementResult | undefined): SqlAction {
  return action === 'other' ? (ACTIONS[result?.command ?? ''] ?? 'other') : action;
}

/** A multi-statement text fails as a whole, but what was answered before the failure had been carried out. */
function outcomeOf({ error, isUnsent }: QueryFacts, result: StatementResult | undefined): string {
  if (result !== undefined) return 'success';
  if (isUnsent === true) return 'failure';
  if (error === undefined) return 'unknown';
  if (DENIED.test(error.type)) return 'denied';
  return isRefused(error) ? 'failure' : 'unknown';
}

function fillTarget(
  draft: Draft,
  query: QueryFacts,
  statement: AnalysedStatement,
  result: StatementResult | undefined,
): void {
  const ids = targetKeys(statement, query.parameters, result);
  if (ids.length === 1) draft.target_id = ids[0] as string;
  else draft.target_ids = ids;
  draft.new_values = valuesOf(statement.assignments, query.parameters);
}

function valuesOf(
  assignments: readonly Assignment[],
  parameters: readonly SentValue[],
): Record<string, string> {
  const values = assignments.flatMap(({ column, source }): [string, string][] => {
    if ('constant' in source) return [[column, valueText(source.constant)]];
    if (source.parameter > parameters.length) return [];
    return [[column, valueText(parameters[source.parameter - 1])]];
  });
  // NOTE: a column may be called `__proto__`.
  return Object.fromEntries(values);
}

function textsOf(parameters: readonly SentValue[]): readonly string[] {
  return parameters.flatMap((value) => (value === null ? [] : [valueText(value)]));
}
