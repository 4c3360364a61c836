import type { AnalysedStatement } from '../../sql/analyse.js';
import { LOST_PATH } from '../../sql/search-path.js';
import type { SqlStatement, SqlWrite } from '../../sql/statement.js';
import type { ValueSource } from '../../sql/values.js';
import type { ConnectionState } from './connection-state.js';
import { valueText } from '../values/value-text.js';
import type { SentValue } from '../values/value-text.js';

/** A statement as it is carried out: EXECUTE is what was prepared, with its arguments for parameters. */
export interface CarriedOut {
  readonly statement: AnalysedStatement;
  readonly parameters: readonly SentValue[];
  /** The PREPARE it came from, without constants; empty for any other statement. */
  readonly prepared: string;
}

/** What stands for an argument whose value only the server knows. */
const COMPUTED = '[computed]';

/** NOTE: CREATE TABLE … AS EXECUTE is about the table. */
export function carriedOut(
  state: ConnectionState | undefined,
  statement: AnalysedStatement,
  parameters: readonly SentValue[],
): CarriedOut {
  const { executes, action, normalized } = statement;
  const known = executes === undefined ? undefined : state?.prepared(executes.name);
  if (executes === undefined || known?.prepares === undefined || action === 'schema') {
    return { statement, parameters, prepared: '' };
  }
  const { statement: prepared } = known.prepares;
  const values = executes.arguments.map((source) => valueOf(source, parameters));
  return {
    statement: {
      ...prepared,
      ...withKnownValues(prepared, values),
      normalized,
      problem: '',
      truncated: known.truncated,
    },
    parameters: values.map((value) => (value === undefined ? COMPUTED : value)),
    prepared: known.normalized,
  };
}

/** Remembers what a statement that was carried out has changed for the later ones of its connection. */
export function changeSession(
  state: ConnectionState,
  statement: AnalysedStatement,
  parameters: readonly SentValue[],
): void {
  const { prepares, executes, deallocates, sets, resets } = statement;
  const done = executes === undefined ? statement : carriedOut(state, statement, parameters).statement;
  // NOTE: what was prepared by another way, or could not be read, may be anything.
  const isUnread = done.problem !== '' || (executes !== undefined && done === statement);
  if (isUnread || done.mayMovePath === true || done.sets !== sets) state.transaction.losePath();
  if (prepares !== undefined) state.prepare(prepares.name, statement);
  if (deallocates !== undefined) state.deallocate(deallocates);
  if (sets !== undefined) {
    const { searchPath, isLocal } = sets;
    const value = typeof searchPath === 'string' ? undefined : valueOf(searchPath, parameters);
    const path = value === undefined || value === null ? LOST_PATH : valueText(value);
    state.transaction.setPath(searchPath === 'default' ? '' : path, isLocal);
  }
  if (resets === 'all') state.reset();
}

/** Undefined for what is computed, or was not kept. */
function valueOf(source: ValueSource | undefined, parameters: readonly SentValue[]): SentValue | undefined {
  if (source === undefined) return undefined;
  return 'constant' in source ? source.constant : parameters[source.parameter - 1];
}

/** What a prepared statement sets and compares, without the parameters whose value only the server knows. */
function withKnownValues(
  statement: SqlStatement,
  values: readonly (SentValue | undefined)[],
): Pick<SqlStatement, 'assignments' | 'insertedRows' | 'conditions' | 'also'> {
  const isKnown = (source: ValueSource): boolean =>
    'constant' in source || values[source.parameter - 1] !== undefined;
  const known = <T extends Pick<SqlWrite, 'assignments' | 'insertedRows' | 'conditions'>>(part: T): T => ({
    ...part,
    assignments: part.assignments.filter(({ source }) => isKnown(source)),
    insertedRows: part.insertedRows.map((row) => row.filter(({ source }) => isKnown(source))),
    conditions: part.conditions.filter(({ sources }) => sources.every(isKnown)),
  });
  return { ...known(statement), also: statement.also.map(known) };
}
