import type { AnalysedStatement } from '../sql/analyse.js';
import type { Assignment, ValueSource } from '../sql/values.js';
import type { Draft } from './blank-record.js';
import type { QueryFacts, StatementResult } from './facts.js';
import { keyColumn } from './key-column.js';
import { valueText } from './value-text.js';

/** Rows of a many-row statement whose keys are kept. */
const KEPT_KEYS = 100;

/** SQLSTATEs that say the database did not let this user do it. */
const DENIED = /^(42501|28...)$/;

/** An answer of the server that the statement was not carried out. Anything else (a time-out, a cut line) leaves it open. */
const NOT_DONE = /^(?!08|40003)[0-9A-Z]{5}$/;

const NOTABLE = new Set(['schema', 'grant', 'truncate']);

/** Fills a record from one statement and, where there is one, the server's answer to it. */
export function fillStatement(
  draft: Draft,
  query: QueryFacts,
  statement: AnalysedStatement,
  result: StatementResult | undefined,
): void {
  draft.category = 'db';
  draft.action = statement.action;
  draft.outcome = outcomeOf(query, result);
  draft.severity =
    draft.outcome === 'success' ? (NOTABLE.has(statement.action) ? 'notice' : 'info') : 'warning';
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
    draft.error_message = query.error.message;
  }
  fillTarget(draft, query, statement, result);
}

/** A multi-statement text fails as a whole, but what was answered before the failure had been carried out. */
function outcomeOf({ error }: QueryFacts, result: StatementResult | undefined): string {
  if (result !== undefined) return 'success';
  if (error === undefined) return 'unknown';
  if (DENIED.test(error.type)) return 'denied';
  return NOT_DONE.test(error.type) ? 'failure' : 'unknown';
}

function fillTarget(
  draft: Draft,
  query: QueryFacts,
  statement: AnalysedStatement,
  result: StatementResult | undefined,
): void {
  const key = keyColumn(statement);
  const ids = key === undefined ? [] : keysOf(key, query, statement, result);
  if (ids.length === 1) draft.target_id = ids[0] as string;
  else draft.target_ids = ids;
  draft.new_values = valuesOf(statement.assignments, query.parameters);
}

/** Keys of the touched rows: what came back counts more than what was asked for. */
function keysOf(
  key: string,
  query: QueryFacts,
  statement: AnalysedStatement,
  result: StatementResult | undefined,
): readonly string[] {
  const returned = (result?.rows ?? []).slice(0, KEPT_KEYS).flatMap((row) => returnedKey(row, key));
  if (returned.length > 0) return returned;
  if (statement.insertedRows.length > 0) {
    return statement.insertedRows.slice(0, KEPT_KEYS).flatMap((row) => {
      const assignment = row.find(({ column }) => column === key);
      return assignment === undefined ? [] : resolve(assignment.source, query.parameters);
    });
  }
  const condition = statement.conditions.find(({ column }) => column === key);
  const ids = (condition?.sources ?? []).flatMap((source) => resolve(source, query.parameters));
  return ids.slice(0, KEPT_KEYS);
}

function returnedKey(row: unknown, key: string): string[] {
  if (typeof row !== 'object' || row === null || !Object.hasOwn(row, key)) return [];
  return [valueText((row as Record<string, unknown>)[key])];
}

/** The value or values of a source: a parameter may be an array (`= ANY($1)`). */
function resolve(source: ValueSource, parameters: readonly unknown[]): string[] {
  if ('constant' in source) return [source.constant];
  const value = parameters[source.parameter - 1];
  if (value === undefined) return [];
  return Array.isArray(value) ? value.map(valueText) : [valueText(value)];
}

function valuesOf(
  assignments: readonly Assignment[],
  parameters: readonly unknown[],
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const { column, source } of assignments) {
    if ('constant' in source) values[column] = source.constant;
    else if (source.parameter <= parameters.length)
      values[column] = valueText(parameters[source.parameter - 1]);
  }
  return values;
}
