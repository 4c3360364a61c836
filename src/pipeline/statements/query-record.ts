import type { AnalysedStatement } from '../../sql/analyse.js';
import type { SqlAction } from '../../sql/statement.js';
import type { Draft } from '../blank-record.js';
import type { ErrorFacts, QueryFacts, StatementResult } from '../facts.js';
import { noteKeyColumns, noteLists } from '../column-secrets.js';
import { newValues } from './new-values.js';
import type { KeyScope, TableKey, TableKeys } from './table-keys.js';
import { targetKeys } from './target-keys.js';
import { valueText } from '../values/value-text.js';
import type { SentValue } from '../values/value-text.js';
import { withoutSentValues } from '../../sql/error-message.js';

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

const ROW_WRITES = new Set(['create', 'update', 'delete', 'merge']);

const NOTABLE = new Set(['schema', 'grant', 'truncate']);

/** Fills a record from one statement and, where there is one, the server's answer to it. */
export function fillStatement(
  draft: Draft,
  query: QueryFacts,
  statement: AnalysedStatement,
  result: StatementResult | undefined,
  keys: TableKeys,
  scope: KeyScope,
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
  const isCounted = statement.isCounted && isWhole(draft, result) && result?.isUncounted !== true;
  draft.db_rows = isCounted ? (result?.rowCount ?? 0) : 0;
  const attributes = attributesOf(statement, result, isCounted);
  if (attributes !== undefined) draft.attributes = attributes;
  if (statement.truncated.length > 0) draft.truncated = [...draft.truncated, ...statement.truncated];
  if (query.error !== undefined && draft.outcome !== 'success') {
    draft.error_type = query.error.type;
    draft.error_message = withoutSentValues(query.error.message, query.text, textsOf(query.parameters));
  }
  keys.learnHints(scope, statement, result);
  if (query.error !== undefined) keys.learnFromError(scope, query.error);
  fillTarget(
    draft,
    query,
    isCounted ? statement : { ...statement, isCounted },
    result,
    keyOf(statement, keys, scope),
  );
}

function keyOf(
  { keyColumns, tables }: AnalysedStatement,
  keys: TableKeys,
  scope: KeyScope,
): TableKey | undefined {
  if (keyColumns === undefined) return keys.keyOf(scope, tables[0] ?? '');
  return { columns: keyColumns, isSure: true, texts: keyColumns };
}

/** NOTE: a cursor over a write that is closed early has no command: it wrote more rows than were read of it. */
function isWhole({ action }: Draft, result: StatementResult | undefined): boolean {
  return result?.command !== '' || !ROW_WRITES.has(action);
}

/** Whether the server said that what failed was not carried out. */
export function isRefused(error: ErrorFacts | undefined): boolean {
  return error !== undefined && (error.refusal !== undefined || REFUSED.test(error.type));
}

/** Whether nobody knows if what has no answer was carried out. */
export function isUnanswered({ error, isUnsent }: QueryFacts): boolean {
  return isUnsent !== true && !isRefused(error);
}

/** NOTE: what answers like a SELECT may call functions, so a text that we could not read is no `read`. */
function actionOf({ action, problem }: AnalysedStatement, result: StatementResult | undefined): SqlAction {
  if (action !== 'other') return action;
  const told = ACTIONS[result?.command ?? ''] ?? 'other';
  return told === 'read' && problem !== '' ? 'other' : told;
}

/** A multi-statement text fails as a whole, but what was answered before the failure had been carried out. */
function outcomeOf({ error, isUnsent }: QueryFacts, result: StatementResult | undefined): string {
  if (result !== undefined) return 'success';
  if (isUnsent === true) return 'failure';
  if (error === undefined) return 'unknown';
  if (error.refusal === 'denied' || DENIED.test(error.type)) return 'denied';
  return isRefused(error) ? 'failure' : 'unknown';
}

function fillTarget(
  draft: Draft,
  query: QueryFacts,
  statement: AnalysedStatement,
  result: StatementResult | undefined,
  known: TableKey | undefined,
): void {
  const { ids, columns } = targetKeys(statement, query.parameters, result, known);
  noteKeyColumns(draft, columns);
  if (ids.length === 1) draft.target_id = ids[0] as string;
  else draft.target_ids = ids;
  draft.new_values = newValues(statement, query.parameters);
  const { assignments, insertedRows, fields } = statement;
  const isList = (field: string): boolean => assignments.every(({ column }) => column !== field);
  if (insertedRows.length > 1) noteLists(draft, fields.filter(isList));
}

/** What has no column of its own; undefined for most statements. */
function attributesOf(
  statement: AnalysedStatement,
  result: StatementResult | undefined,
  isCounted: boolean,
): Record<string, string> | undefined {
  const { problem, calls, action, insertedRowCount, insertedRows } = statement;
  const isUncounted = !isCounted && result !== undefined;
  const hasCalls = calls.length > 0 && action !== 'call' && action !== 'lock';
  const hasMoreRows = insertedRowCount > insertedRows.length;
  if (problem === '' && !isUncounted && !hasCalls && !hasMoreRows) return undefined;
  return {
    ...(problem === '' ? {} : { 'audit.sql.problem': problem }),
    ...(isUncounted ? { 'audit.sql.rows': 'unknown' } : {}),
    ...(hasCalls ? { 'audit.sql.calls': calls.join(', ') } : {}),
    ...(hasMoreRows ? { 'audit.sql.inserted_rows': String(insertedRowCount) } : {}),
  };
}

function textsOf(parameters: readonly SentValue[]): readonly string[] {
  return parameters.flatMap((value) => (value === null ? [] : [valueText(value)]));
}
