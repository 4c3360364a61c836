import type { AnalysedStatement } from '../sql/analyse.js';
import type { ValueSource } from '../sql/values.js';
import type { ConnectionState } from './connection-state.js';
import { valueText } from './value-text.js';

/** A statement as it is carried out: EXECUTE is what was prepared, with its arguments for parameters. */
export interface CarriedOut {
  readonly statement: AnalysedStatement;
  readonly parameters: readonly unknown[];
  /** The PREPARE it came from, without constants; empty for any other statement. */
  readonly prepared: string;
}

/** NOTE: CREATE TABLE … AS EXECUTE is about the table. */
export function carriedOut(
  state: ConnectionState | undefined,
  statement: AnalysedStatement,
  parameters: readonly unknown[],
): CarriedOut {
  const { executes, action, normalized } = statement;
  const known = executes === undefined ? undefined : state?.prepared(executes.name);
  if (executes === undefined || known?.prepares === undefined || action === 'schema') {
    return { statement, parameters, prepared: '' };
  }
  return {
    statement: { ...known.prepares.statement, normalized, problem: '' },
    parameters: executes.arguments.map((source) => valueOf(source, parameters)),
    prepared: known.normalized,
  };
}

/** Remembers what a statement that was carried out has changed for the later ones of its connection. */
export function changeSession(
  state: ConnectionState,
  statement: AnalysedStatement,
  parameters: readonly unknown[],
): void {
  const { prepares, deallocates, sets, resets } = statement;
  if (prepares !== undefined) state.prepare(prepares.name, statement);
  if (deallocates !== undefined) state.deallocate(deallocates);
  if (sets !== undefined) {
    const { searchPath, isLocal } = sets;
    const path = typeof searchPath === 'string' ? '' : valueText(valueOf(searchPath, parameters));
    state.transaction.setPath(path, isLocal);
  }
  if (resets === 'all') state.reset();
}

function valueOf(source: ValueSource | undefined, parameters: readonly unknown[]): unknown {
  if (source === undefined) return undefined;
  return 'constant' in source ? source.constant : parameters[source.parameter - 1];
}
