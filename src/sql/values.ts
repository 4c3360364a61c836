import { as, isFields, list, open, text } from './syntax-tree.js';
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

/** The equalities of a WHERE clause that are joined by AND; anything under OR or NOT says nothing for sure. */
export function readConditions(where: unknown): readonly Condition[] {
  const conjunction = as(where, 'BoolExpr');
  if (conjunction !== undefined) {
    return conjunction['boolop'] === 'AND_EXPR' ? list(conjunction['args']).flatMap(readConditions) : [];
  }
  const expression = as(where, 'A_Expr');
  const condition = expression === undefined ? undefined : readEquality(expression);
  return condition === undefined ? [] : [condition];
}

function readEquality(expression: Fields): Condition | undefined {
  if (text(as(list(expression['name'])[0], 'String')?.['sval']) !== '=') return undefined;
  const column = columnName(expression['lexpr']);
  const right = expression['rexpr'];
  switch (expression['kind']) {
    case 'AEXPR_OP':
      return column === undefined
        ? condition(columnName(right), [expression['lexpr']])
        : condition(column, [right]);
    case 'AEXPR_IN':
      return condition(column, list(as(right, 'List')?.['items']));
    case 'AEXPR_OP_ANY':
      return condition(column, [right]);
    default:
      return undefined;
  }
}

/** Undefined unless every value is a parameter or a constant. */
function condition(column: string | undefined, values: readonly unknown[]): Condition | undefined {
  const sources = values.map(readSource);
  if (column === undefined || sources.length === 0) return undefined;
  return sources.every((source) => source !== undefined) ? { column, sources } : undefined;
}

/** The last part of `alias.column`. */
function columnName(node: unknown): string | undefined {
  const parts = list(as(node, 'ColumnRef')?.['fields']);
  const name = text(as(parts.at(-1), 'String')?.['sval']);
  return name === '' ? undefined : name;
}

/** A parameter or a constant, through any casts. */
function readSource(node: unknown): ValueSource | undefined {
  const opened = open(node);
  if (opened === undefined) return undefined;
  const { tag, fields } = opened;
  if (tag === 'TypeCast') return readSource(fields['arg']);
  if (tag === 'ParamRef') return { parameter: Number(fields['number']) };
  if (tag !== 'A_Const') return undefined;
  const constant = readConstant(fields);
  return constant === undefined ? undefined : { constant };
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
