import { REDACTED } from '../record/redact.js';
import type { Redactor } from '../record/redact.js';
import type { AnalysedStatement } from '../sql/analyse.js';
import type { ValueSource } from '../sql/values.js';
import type { Draft } from './blank-record.js';
import type { QueryFacts } from './facts.js';
import { valueText } from './value-text.js';

/** What the parameters of a statement are for. */
interface ParameterUses {
  /** Columns by the number of the parameter (from 1) that they are set to or compared with. */
  readonly columns: ReadonlyMap<number, readonly string[]>;
  /** Everything the statement names. */
  readonly words: readonly string[];
  /** Whether one of those names is of something secret, once that was asked. */
  namesSecret?: boolean;
}

/** NOTE: on the statement they are found out once for each distinct text, on the draft they come to its redaction. */
const USES = Symbol('audit-register.parameter-uses');

type WithUses<T> = T & { [USES]?: ParameterUses };

/** Functions whose arguments are secrets: keys of ciphers, passwords to be hashed. */
const SECRET_FUNCTIONS = /crypt|^digest$|^hmac$/i;

/** Fills in the parameters as they were sent; what a record of this level may not hold is taken out later. */
export function fillParameters(draft: Draft, query: QueryFacts, statement: AnalysedStatement): void {
  const { parameters, parameterCount } = query;
  if (parameterCount === 0) return;
  draft.db_parameters = parameters.map(valueText);
  (draft as WithUses<Draft>)[USES] = usesOf(statement);
  if (parameters.length === parameterCount) return;
  draft.truncated = ['db_parameters'];
  const isCut = ({ source }: { source: ValueSource }): boolean => numberOf(source) > parameters.length;
  if (statement.assignments.some(isCut)) draft.truncated = [...draft.truncated, 'new_values'];
}

/**
 * The parameters of a draft without secrets. One that is used for a column is judged by the column's name; any other goes
 * where the statement names something secret, as in `crypt($1, …)` or `password <> $1`.
 */
export function redactedParameters(draft: WithUses<Draft>, redactor: Redactor): readonly string[] {
  const uses = draft[USES];
  return draft.db_parameters.map((text, index) => {
    const names = uses?.columns.get(index + 1);
    if (names !== undefined) return names.reduce((value, name) => redactor.value(name, value), text);
    return uses !== undefined && namesSecret(uses, redactor) ? REDACTED : redactor.value('', text);
  });
}

function namesSecret(uses: ParameterUses, { isSecretKey }: Redactor): boolean {
  uses.namesSecret ??= uses.words.some((word) => isSecretKey(word) || SECRET_FUNCTIONS.test(word));
  return uses.namesSecret;
}

function usesOf(statement: WithUses<AnalysedStatement>): ParameterUses {
  statement[USES] ??= {
    columns: columnsOf(statement),
    words: [...new Set(statement.normalized.match(/[\p{L}_][\p{L}\p{N}_$]*/gu))],
  };
  return statement[USES];
}

function columnsOf({ assignments, insertedRows, conditions }: AnalysedStatement): Map<number, string[]> {
  const columns = new Map<number, string[]>();
  const add = (column: string, source: ValueSource): void => {
    const number = numberOf(source);
    const known = columns.get(number) ?? [];
    if (number > 0 && !known.includes(column)) columns.set(number, [...known, column]);
  };
  for (const { column, source } of [assignments, ...insertedRows].flat()) add(column, source);
  for (const { column, sources } of conditions) for (const source of sources) add(column, source);
  return columns;
}

/** The number of a parameter; 0 for a constant. */
function numberOf(source: ValueSource): number {
  return 'parameter' in source ? source.parameter : 0;
}
