import { as, dotted, isFields, list, open, text } from './syntax-tree.js';
import type { Fields } from './syntax-tree.js';

/** Where a value of a statement comes from: its n-th parameter (from 1) or a constant in its text. */
export type ValueSource = { readonly parameter: number } | { readonly constant: string };

export interface Assignment {
  readonly column: string;
  readonly source: ValueSource;
}

/** `column = value`, `column IN (values)` or `column = ANY(parameter)`; all of them must hold. */
export interface Condition {
  readonly column: string;
  readonly sources: readonly ValueSource[];
}

/** The rows of `INSERT … (columns) VALUES …`; a value that is computed is left out. */
export function readInsertedRows(insert: Fields): readonly (readonly Assignment[])[] {
  const columns = list(insert['cols']).map((column) => text(as(column, 'ResTarget')?.['name']));
  const rows = list(as(insert['selectStmt'], 'SelectStmt')?.['valuesLists']);
  if (columns.length === 0) return [];
  return rows.map((row) => assignAll(columns, list(as(row, 'List')?.['items'])));
}

function assignAll(columns: readonly string[], values: readonly unknown[]): readonly Assignment[] {
  return columns.flatMap((column, index) => {
    const source = readSource(values[index]);
    return source === undefined ? [] : [{ column, source }];
  });
}

/** The assignments of `UPDATE … SET`; a value that is computed is left out. */
export function readSetClause(update: Fields): readonly Assignment[] {
  return list(update['targetList']).flatMap((item) => {
    const target = as(item, 'ResTarget');
    const source = readSource(target?.['val']);
    return source === undefined ? [] : [{ column: text(target?.['name']), source }];
  });
}

/**
 * The equalities of a WHERE clause that are joined by AND; anything under OR or NOT says nothing for sure.
 *
 * @param relation The table they must be about: another table's columns say nothing of its rows.
 */
export function readConditions(where: unknown, relation: unknown): readonly Condition[] {
  const conjunction = as(where, 'BoolExpr');
  if (conjunction !== undefined) {
    if (conjunction['boolop'] !== 'AND_EXPR') return [];
    return list(conjunction['args']).flatMap((operand) => readConditions(operand, relation));
  }
  const expression = as(where, 'A_Expr');
  const condition = expression === undefined ? undefined : readEquality(expression, rowName(relation));
  return condition === undefined ? [] : [condition];
}

/** By what a statement calls the rows of its table. */
function rowName(relation: unknown): string {
  if (!isFields(relation)) return '';
  const alias = isFields(relation['alias']) ? text(relation['alias']['aliasname']) : '';
  return alias || text(relation['relname']);
}

function readEquality(expression: Fields, row: string): Condition | undefined {
  if (dotted(expression['name']) !== '=') return undefined;
  const column = columnName(expression['lexpr'], row);
  const right = expression['rexpr'];
  switch (expression['kind']) {
    case 'AEXPR_OP':
      return column === undefined
        ? condition(columnName(right, row), [expression['lexpr']])
        : condition(column, [right]);
    case 'AEXPR_IN':
      return condition(column, list(as(right, 'List')?.['items']));
    case 'AEXPR_OP_ANY':
      return condition(column, arrayItems(right));
    default:
      return undefined;
  }
}

/** Items of `ARRAY[…]`, or a parameter that is an array; a constant such as `'{1,2}'` is not taken apart. */
function arrayItems(array: unknown): readonly unknown[] {
  const { tag, fields } = open(array) ?? { tag: '', fields: {} };
  if (tag === 'TypeCast') return arrayItems(fields['arg']);
  if (tag === 'A_ArrayExpr') return list(fields['elements']);
  return tag === 'ParamRef' ? [array] : [];
}

/** Undefined unless every value is a parameter or a constant. */
function condition(column: string | undefined, values: readonly unknown[]): Condition | undefined {
  const sources = values.map(readSource);
  if (column === undefined || sources.length === 0) return undefined;
  return sources.every((source) => source !== undefined) ? { column, sources } : undefined;
}

/** The column of `column`, `row.column` or `schema.row.column`. */
function columnName(node: unknown, row: string): string | undefined {
  const parts = list(as(node, 'ColumnRef')?.['fields']).map((part) => text(as(part, 'String')?.['sval']));
  const [name = '', owner = row] = parts.reverse();
  return name === '' || owner !== row ? undefined : name;
}

/** A parameter or a constant, through any casts. */
export function readSource(node: unknown): ValueSource | undefined {
  const opened = open(node);
  if (opened === undefined) return undefined;
  const { tag, fields } = opened;
  if (tag === 'TypeCast') return readSource(fields['arg']);
  if (tag === 'ParamRef') return { parameter: Number(fields['number']) };
  if (tag === 'MultiAssignRef') return readSource(partOfRow(fields));
  if (tag !== 'A_Const') return undefined;
  const constant = readConstant(fields);
  return constant === undefined ? undefined : { constant };
}

/** The value for one column of `SET (a, b) = (1, 2)`. */
function partOfRow({ source, colno }: Fields): unknown {
  return list(as(source, 'RowExpr')?.['args'])[Number(colno) - 1];
}

/** NOTE: the parser's JSON leaves out zero values, so `{ ival: {} }` is 0 and `{ boolval: {} }` is false. */
function readConstant(fields: Fields): string | undefined {
  const { ival, fval, sval, boolval, bsval } = fields;
  if (isFields(ival)) return String(ival['ival'] ?? 0);
  if (isFields(fval)) return text(fval['fval']);
  if (isFields(sval)) return text(sval['sval']);
  if (isFields(boolval)) return String(boolval['boolval'] ?? false);
  if (isFields(bsval)) return text(bsval['bsval']);
  return undefined;
}
