import { as, dotted, isFields, list, open, text } from './syntax-tree.js';
import type { Fields } from './syntax-tree.js';

/** Where a value of a statement comes from: its n-th parameter (from 1) or a constant in its text, null for NULL. */
export type ValueSource = { readonly parameter: number } | { readonly constant: string | null };

export interface Assignment {
  readonly column: string;
  readonly source: ValueSource;
}

/** `column = value`, `column IN (values)` or `column = ANY(parameter)`; all of them must hold. */
export interface Condition {
  readonly column: string;
  readonly sources: readonly ValueSource[];
  /** Whether the one source is an array of values. */
  readonly isArray?: true;
}

/** What a reference to a column stands for, where that is a constant or a parameter. */
export type Resolve = (node: unknown) => ValueSource | undefined;

const UNRESOLVED: Resolve = () => undefined;

/** Names of the columns in a list of targets, each once. */
export function columnsOf(targets: unknown): readonly string[] {
  return [...new Set(list(targets).map((target) => text(as(target, 'ResTarget')?.['name'])))];
}

/** The column for each place in a list of values; undefined where the value goes into a part of it, as in `a[1]`. */
export function placesOf(targets: unknown): readonly (string | undefined)[] {
  return list(targets).map((item) => {
    const target = as(item, 'ResTarget');
    return target?.['indirection'] === undefined ? text(target?.['name']) : undefined;
  });
}

/** What a list of values gives to the columns at their places; what is computed is left out. */
export function assignAll(
  places: readonly (string | undefined)[],
  values: readonly unknown[],
  resolve = UNRESOLVED,
): readonly Assignment[] {
  // NOTE: `(f()).*` is as many values as its type has columns.
  if (values.some(isStar)) return [];
  return places.flatMap((column, index) => {
    const source = column === undefined ? undefined : readSource(values[index], resolve);
    return column === undefined || source === undefined ? [] : [{ column, source }];
  });
}

function isStar(node: unknown): boolean {
  const parts = as(node, 'ColumnRef')?.['fields'] ?? as(node, 'A_Indirection')?.['indirection'];
  return list(parts).some((part) => as(part, 'A_Star') !== undefined);
}

/** The assignments of `UPDATE … SET`; a value that is computed, or goes into a part of a column, is left out. */
export function readSetClause(targets: unknown, resolve = UNRESOLVED): readonly Assignment[] {
  return list(targets).flatMap((item) => {
    const target = as(item, 'ResTarget');
    const source = target?.['indirection'] === undefined ? readSource(target?.['val'], resolve) : undefined;
    return source === undefined ? [] : [{ column: text(target?.['name']), source }];
  });
}

/** One of the ways in which a statement may set columns. */
export interface Way {
  readonly assignments: readonly Assignment[];
}

/** What all ways do: a column that one of them leaves alone, computes or sets to something else is left out. */
export function agreeing([first, ...others]: readonly Way[]): readonly Assignment[] {
  return (first?.assignments ?? []).filter((assignment) =>
    others.every(({ assignments }) => assignments.some((other) => sameAssignment(other, assignment))),
  );
}

function sameAssignment(one: Assignment, other: Assignment): boolean {
  return one.column === other.column && sameSource(one.source, other.source);
}

export function sameSource(one: ValueSource, other: ValueSource): boolean {
  if ('parameter' in one) return 'parameter' in other && one.parameter === other.parameter;
  return 'constant' in other && one.constant === other.constant;
}

/**
 * The equalities of a WHERE clause that are joined by AND; anything under OR or NOT says nothing for sure.
 *
 * @param relation The table they must be about: another table's columns say nothing of its rows.
 * @param others Further tables of the statement: beside them a column must say whose it is.
 */
export function readConditions(
  where: unknown,
  relation: unknown,
  others: unknown = [],
  resolve = UNRESOLVED,
): readonly Condition[] {
  const conjunction = as(where, 'BoolExpr');
  if (conjunction !== undefined) {
    if (conjunction['boolop'] !== 'AND_EXPR') return [];
    return list(conjunction['args']).flatMap((part) => readConditions(part, relation, others, resolve));
  }
  const expression = as(where, 'A_Expr');
  if (expression === undefined) return [];
  const isAlone = list(others).length === 0 && resolve === UNRESOLVED;
  const condition = readEquality(expression, { name: rowName(relation), isAlone, resolve });
  return condition === undefined ? [] : [condition];
}

/** The row that conditions are about. */
interface Row {
  readonly name: string;
  /** Whether a column without a row's name can only be its own. */
  readonly isAlone: boolean;
  readonly resolve: Resolve;
}

/** By what a statement calls the rows of its table. */
function rowName(relation: unknown): string {
  if (!isFields(relation)) return '';
  const alias = isFields(relation['alias']) ? text(relation['alias']['aliasname']) : '';
  return alias || text(relation['relname']);
}

function readEquality(expression: Fields, row: Row): Condition | undefined {
  if (dotted(expression['name']) !== '=') return undefined;
  const column = columnName(expression['lexpr'], row);
  const right = expression['rexpr'];
  switch (expression['kind']) {
    case 'AEXPR_OP':
      return column === undefined
        ? condition(columnName(right, row), [expression['lexpr']], row)
        : condition(column, [right], row);
    case 'AEXPR_IN':
      return condition(column, list(as(right, 'List')?.['items']), row);
    case 'AEXPR_OP_ANY':
      return arrayCondition(column, right, row);
    default:
      return undefined;
  }
}

/** `= ANY` of `ARRAY[…]`, or of a parameter or constant that is an array as a whole. */
function arrayCondition(column: string | undefined, array: unknown, row: Row): Condition | undefined {
  const { tag, fields } = open(array) ?? { tag: '', fields: {} };
  if (tag === 'TypeCast') return arrayCondition(column, fields['arg'], row);
  if (tag === 'A_ArrayExpr') return condition(column, list(fields['elements']), row);
  const whole = tag === 'ParamRef' || tag === 'A_Const' ? condition(column, [array], row) : undefined;
  return whole === undefined ? undefined : { ...whole, isArray: true };
}

/** Undefined unless every value is a parameter or a constant. */
function condition(
  column: string | undefined,
  values: readonly unknown[],
  { resolve }: Row,
): Condition | undefined {
  const sources = values.map((value) => readSource(value, resolve));
  if (column === undefined || sources.length === 0) return undefined;
  return sources.every((source) => source !== undefined) ? { column, sources } : undefined;
}

/** The column of `column`, `row.column` or `schema.row.column`. */
function columnName(node: unknown, { name, isAlone }: Row): string | undefined {
  const { row, column } = rowReference(node);
  if (column === '') return undefined;
  return row === name || (row === '' && isAlone) ? column : undefined;
}

/** The parts of `row.column`; empty where they are not written, or it is no column. */
export function rowReference(node: unknown): { readonly row: string; readonly column: string } {
  const parts = list(as(node, 'ColumnRef')?.['fields']).map((part) => text(as(part, 'String')?.['sval']));
  return { row: parts.at(-2) ?? '', column: parts.at(-1) ?? '' };
}

/** A parameter or a constant, through any casts. */
export function readSource(node: unknown, resolve = UNRESOLVED): ValueSource | undefined {
  const opened = open(node);
  if (opened === undefined) return undefined;
  const { tag, fields } = opened;
  switch (tag) {
    case 'TypeCast':
      return readSource(fields['arg'], resolve);
    case 'ParamRef':
      return { parameter: Number(fields['number']) };
    case 'MultiAssignRef':
      return readSource(partOfRow(fields), resolve);
    case 'ColumnRef':
      return resolve(node);
    default:
      return tag === 'A_Const' ? readConstant(fields) : undefined;
  }
}

/** The value for one column of `SET (a, b) = (1, 2)`. */
function partOfRow({ source, colno }: Fields): unknown {
  return list(as(source, 'RowExpr')?.['args'])[Number(colno) - 1];
}

/** NOTE: the parser's JSON leaves out zero values, so `{ ival: {} }` is 0 and `{ boolval: {} }` is false. */
function readConstant({ ival, fval, sval, boolval, bsval, isnull }: Fields): ValueSource | undefined {
  if (isnull === true) return { constant: null };
  if (isFields(ival)) return { constant: String(ival['ival'] ?? 0) };
  if (isFields(fval)) return { constant: text(fval['fval']) };
  if (isFields(sval)) return { constant: text(sval['sval']) };
  if (isFields(boolval)) return { constant: String(boolval['boolval'] ?? false) };
  if (isFields(bsval)) return { constant: text(bsval['bsval']) };
  return undefined;
}
