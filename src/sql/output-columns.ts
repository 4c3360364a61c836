import { as, isFields, list, text } from './syntax-tree.js';
import type { Fields } from './syntax-tree.js';

/** Where the values of a column of an answer come from. */
export interface OutputColumn {
  readonly name: string;
  readonly sources: readonly OutputSource[];
}

export interface OutputSource {
  /** Empty where the statement does not say it. */
  readonly table: string;
  readonly column: string;
}

/** Columns of an answer that are kept, and columns that one of them is made of. */
const KEPT_OUTPUTS = 256;
const KEPT_SOURCES = 16;
/** Sub-selects that an alias is followed through. */
const FOLLOWED = 4;

/** What says how much there is of a value, and not what it is. */
const MEASURES = /^(?:count|length|char_length|character_length|octet_length|bit_length)$/;

interface Output {
  readonly name: string;
  readonly nodes: readonly unknown[];
}

/** What the columns of all lists of a statement are made of: a name may be an alias, at any depth. */
export function readOutputs(tree: Fields): readonly OutputColumn[] {
  const outputs: Output[] = [];
  const rows = new Map<string, string>();
  collect(tree, outputs, rows);
  const sources = new Map<string, OutputSource[]>();
  for (const { name, nodes } of outputs) {
    const known = sources.get(name) ?? [];
    if (known.length === 0 && sources.size >= KEPT_OUTPUTS) continue;
    for (const node of nodes) collectSources(node, rows, known);
    if (known.length > 0) sources.set(name, known);
  }
  follow(sources);
  return [...sources].map(([name, of]) => ({ name, sources: of }));
}

function collect(value: unknown, outputs: Output[], rows: Map<string, string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, outputs, rows);
    return;
  }
  if (!isFields(value)) return;
  if (typeof value['relname'] === 'string') addRow(value, rows);
  // NOTE: the list of an UPDATE is of what it sets.
  if (isSelect(value)) outputs.push(...outputsOf(value));
  const returning = value['returningClause'];
  if (isFields(returning)) outputs.push(...itemsOf(returning['exprs']));
  for (const child of Object.values(value)) collect(child, outputs, rows);
}

function addRow(relation: Fields, rows: Map<string, string>): void {
  const alias = isFields(relation['alias']) ? text(relation['alias']['aliasname']) : '';
  rows.set(alias || text(relation['relname']), text(relation['relname']));
}

function isSelect(value: Fields): boolean {
  const isList = Array.isArray(value['targetList']) && value['relation'] === undefined;
  return isList || isFields(value['larg']);
}

/** NOTE: `a UNION b` has the names of `a`. */
function outputsOf(select: Fields): readonly Output[] {
  const { larg, rarg } = select;
  if (!isFields(larg) || !isFields(rarg)) return itemsOf(select['targetList']);
  const right = outputsOf(rarg);
  return outputsOf(larg).map(({ name, nodes }, at) => ({
    name,
    nodes: [...nodes, ...(right[at]?.nodes ?? [])],
  }));
}

function itemsOf(targets: unknown): readonly Output[] {
  return list(targets).flatMap((item) => {
    const target = as(item, 'ResTarget');
    const name = text(target?.['name']) || nameOf(target?.['val']);
    return name === '' ? [] : [{ name, nodes: [target?.['val']] }];
  });
}

/** What PostgreSQL calls a column without an alias. Source: PostgreSQL, FigureColnameInternal() of parse_target.c. */
function nameOf(node: unknown): string {
  if (as(node, 'ColumnRef') !== undefined) return columnOf(node);
  const call = as(node, 'FuncCall');
  if (call !== undefined) return text(as(list(call['funcname']).at(-1), 'String')?.['sval']);
  const cast = as(node, 'TypeCast') ?? as(node, 'CollateClause') ?? as(node, 'A_Indirection');
  if (cast !== undefined) return nameOf(cast['arg']);
  if (as(node, 'CoalesceExpr') !== undefined) return 'coalesce';
  if (as(node, 'CaseExpr') !== undefined) return 'case';
  if (as(node, 'A_ArrayExpr') !== undefined) return 'array';
  if (as(node, 'RowExpr') !== undefined) return 'row';
  return '?column?';
}

function columnOf(node: unknown): string {
  return text(as(list(as(node, 'ColumnRef')?.['fields']).at(-1), 'String')?.['sval']);
}

function collectSources(value: unknown, rows: ReadonlyMap<string, string>, sources: OutputSource[]): void {
  if (Array.isArray(value)) {
    for (const item of value) collectSources(item, rows, sources);
    return;
  }
  if (!isFields(value) || sources.length >= KEPT_SOURCES) return;
  const measure = as(value, 'FuncCall');
  if (measure !== undefined && MEASURES.test(nameOf(value))) return;
  const column = columnOf(value);
  if (column === '') {
    for (const child of Object.values(value)) collectSources(child, rows, sources);
    return;
  }
  const parts = list(as(value, 'ColumnRef')?.['fields']);
  const row = text(as(parts.at(-2), 'String')?.['sval']);
  const [only = ''] = rows.size === 1 ? rows.values() : [];
  sources.push({ column, table: row === '' ? only : (rows.get(row) ?? '') });
}

/** An alias of an alias is what that one is. */
function follow(sources: Map<string, OutputSource[]>): void {
  for (let round = 0; round < FOLLOWED; round++) {
    for (const [name, own] of sources) {
      for (const { column } of Array.from(own)) {
        if (column === name) continue;
        for (const inner of sources.get(column) ?? []) {
          const isKnown = own.some((known) => known.column === inner.column && known.table === inner.table);
          if (!isKnown && own.length < KEPT_SOURCES) own.push(inner);
        }
      }
    }
  }
}
