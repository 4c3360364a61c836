import type { Redactor } from '../../record/redaction/redact.js';
import type { AnalysedStatement } from '../../sql/analyse.js';
import type { Assignment, ValueSource } from '../../sql/values.js';
import type { Draft } from '../blank-record.js';
import { secretName } from '../column-secrets.js';
import { PARAMETER_USES } from '../draft-notes.js';
import type { QueryFacts } from '../facts.js';
import { isCutText, valueText } from '../values/value-text.js';

/** What the parameters of a statement are for. */
export interface ParameterUses {
  /** Columns by the number of the parameter (from 1) that they are set to or compared with. */
  readonly columns: ReadonlyMap<number, readonly string[]>;
  /** Of those that set a column of the one row that is written: the column. */
  readonly sets: ReadonlyMap<number, string>;
  /** Those that are used for something else, too, as in `md5($1)`. */
  readonly elsewhere: ReadonlySet<number>;
  /** Everything the statement names, and of that what it calls. */
  readonly words: readonly string[];
  readonly called: readonly string[];
  /** Whether one of those names is of something secret, once that was asked. */
  namesSecret?: boolean;
  /** The columns that are hidden where they belong to this table, once that was asked. */
  hidden?: { readonly table: string; readonly columns: ReadonlySet<string> };
}

/** NOTE: on the statement they are found out once for each distinct text, on the draft they come to its redaction. */
type WithUses = AnalysedStatement & { [PARAMETER_USES]?: ParameterUses };

/** Functions whose arguments are secrets: keys of ciphers, passwords to be hashed or compared. */
const SECRET_FUNCTIONS =
  /crypt|digest|hmac|passw|(?:^|_)(?:auth|authenticate|credentials?|log_?[io]n|sign_?(?:in|on|up)|verify)(?:_|$)/i;
const NONE: ReadonlySet<string> = new Set();
const PARAMETER = /(?<![\w$])\$(\d+)/g;
const CALLED = /([\p{L}_][\p{L}\p{N}_$]*)\s*\(/gu;

/**
 * Fills in the parameters as they were sent; what a record of this level may not hold is taken out later.
 *
 * @param prepared The PREPARE of an EXECUTE: its words say what the arguments are for.
 */
export function fillParameters(
  draft: Draft,
  query: QueryFacts,
  statement: AnalysedStatement,
  prepared = '',
): void {
  const { parameters, parameterCount } = query;
  if (parameterCount === 0) return;
  draft.db_parameters = parameters.map(valueText);
  draft[PARAMETER_USES] = usesOf(statement, prepared);
  // NOTE: before they are redacted: of a secret that was cut there is no hash.
  const areCut = parameters.length < parameterCount || draft.db_parameters.some(isCutText);
  const isMissing = ({ source }: Assignment): boolean => numberOf(source) > parameters.length;
  const hasCut = statement.assignments.some(isMissing) || hasCutValue(draft);
  if (!areCut && !hasCut) return;
  const cut = [...(areCut ? ['db_parameters'] : []), ...(hasCut ? ['new_values'] : [])];
  draft.truncated = [...new Set([...draft.truncated, ...cut])];
}

function hasCutValue({ new_values: values }: Draft): boolean {
  for (const name in values) if (isCutText(values[name] as string)) return true;
  return false;
}

/**
 * The parameters of a draft without secrets, once its values are. One that is used for a column is judged by the column's
 * name; any other goes where the statement names something secret, as in `crypt($1, …)` or `password <> $1`.
 */
export function redactedParameters(draft: Draft, redactor: Redactor): readonly string[] {
  const uses = draft[PARAMETER_USES];
  return draft.db_parameters.map((text, index) => {
    const set = uses?.sets.get(index + 1);
    // NOTE: it stands there already, and to redact a document twice takes twice as long; unless it is what came back.
    if (set !== undefined && draft.db_returned.length === 0 && Object.hasOwn(draft.new_values, set))
      return draft.new_values[set] as string;
    const names = uses?.columns.get(index + 1);
    const isCut = isCutText(text);
    if (uses !== undefined && isUsedSecretly(index + 1, uses, redactor))
      return redactor.instead(text, !isCut);
    if (names !== undefined)
      return names.reduce((value, name) => redactor.value(secretName(draft, name), value, isCut), text);
    return redactor.text(text, isCut);
  });
}

function isUsedSecretly(number: number, uses: ParameterUses, redactor: Redactor): boolean {
  const isPlain = uses.columns.has(number) && !uses.elsewhere.has(number);
  return !isPlain && namesSecret(uses, redactor);
}

/** Columns of a harmless name that are set to a parameter which the statement uses as a secret, too. */
export function hiddenColumns(draft: Draft, redactor: Redactor): ReadonlySet<string> {
  const uses = draft[PARAMETER_USES];
  if (uses === undefined) return NONE;
  if (uses.hidden?.table !== draft.target_type)
    uses.hidden = { table: draft.target_type, columns: findHidden(uses, draft, redactor) };
  return uses.hidden.columns;
}

function findHidden(uses: ParameterUses, draft: Draft, redactor: Redactor): ReadonlySet<string> {
  const hidden = new Set<string>();
  for (const [number, names] of uses.columns) {
    const isSecret = (name: string): boolean => redactor.isSecretKey(secretName(draft, name));
    if (isUsedSecretly(number, uses, redactor) || names.some(isSecret))
      for (const name of names) hidden.add(name);
  }
  return hidden;
}

function namesSecret(uses: ParameterUses, { isSecretKey }: Redactor): boolean {
  uses.namesSecret ??=
    uses.words.some((word) => isSecretKey(word)) || uses.called.some((name) => SECRET_FUNCTIONS.test(name));
  return uses.namesSecret;
}

function usesOf(statement: WithUses, prepared: string): ParameterUses {
  statement[PARAMETER_USES] ??= readUses(statement, prepared === '' ? statement.normalized : prepared);
  return statement[PARAMETER_USES];
}

function readUses(statement: AnalysedStatement, text: string): ParameterUses {
  return {
    ...columnsOf(statement),
    elsewhere: elsewhereOf(statement, text),
    words: [...new Set(text.match(/[\p{L}_][\p{L}\p{N}_$]*/gu))],
    called: [...text.matchAll(CALLED)].map(([, name]) => name as string),
  };
}

/** Parameters that stand in the text more often than for a column. */
function elsewhereOf(
  { assignments, insertedRows, conditions }: AnalysedStatement,
  text: string,
): Set<number> {
  const counts = new Map<number, number>();
  const count = (number: number, by: number): unknown => counts.set(number, (counts.get(number) ?? 0) + by);
  for (const [, number] of text.matchAll(PARAMETER)) count(Number(number), 1);
  // NOTE: the assignments of a single inserted row are the same values once more.
  const set = insertedRows.length > 0 ? insertedRows.flat() : assignments;
  for (const { source } of set) count(numberOf(source), -1);
  for (const { sources } of conditions) for (const source of sources) count(numberOf(source), -1);
  return new Set([...counts].filter(([, left]) => left > 0).map(([number]) => number));
}

function columnsOf(statement: AnalysedStatement): Pick<ParameterUses, 'columns' | 'sets'> {
  const { assignments, insertedRows, conditions } = statement;
  const columns = new Map<number, string[]>();
  const add = (column: string, source: ValueSource): void => {
    const number = numberOf(source);
    const known = columns.get(number) ?? [];
    if (number > 0 && !known.includes(column)) columns.set(number, [...known, column]);
  };
  for (const { column, source } of [assignments, ...insertedRows].flat()) add(column, source);
  for (const { column, sources } of conditions) for (const source of sources) add(column, source);
  const alone = assignments.filter(({ source }) => columns.get(numberOf(source))?.length === 1);
  return { columns, sets: new Map(alone.map(({ column, source }) => [numberOf(source), column])) };
}

/** The number of a parameter; 0 for a constant. */
function numberOf(source: ValueSource): number {
  return 'parameter' in source ? source.parameter : 0;
}
