/**
 * Access to the syntax trees of PostgreSQL's parser: JSON in which every node is `{ NodeTag: { …fields } }`.
 * Source: PostgreSQL, src/include/nodes/parsenodes.h, through libpg_query's JSON.
 */
export type Fields = Readonly<Record<string, unknown>>;

/** The tag of a node and its fields. */
export interface TaggedNode {
  readonly tag: string;
  readonly fields: Fields;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A `{ Tag: {…} }` wrapper opened; undefined for anything else. */
export function open(value: unknown): TaggedNode | undefined {
  if (!isFields(value)) return undefined;
  const tag = Object.keys(value)[0];
  const fields = tag === undefined ? undefined : value[tag];
  return tag !== undefined && isFields(fields) ? { tag, fields } : undefined;
}

/** The fields of a node, if it has the tag. */
export function as(value: unknown, tag: string): Fields | undefined {
  if (!isFields(value)) return undefined;
  const fields = value[tag];
  return isFields(fields) ? fields : undefined;
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Calls `visit` for every tagged node below a value, outermost first. */
export function walk(value: unknown, visit: (tag: string, fields: Fields) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit);
    return;
  }
  if (!isFields(value)) return;
  for (const [key, child] of Object.entries(value)) {
    if (typeof child !== 'object' || child === null) continue;
    // NOTE: node tags begin with a capital letter, field names never do.
    if (isFields(child) && key.charCodeAt(0) < 91) visit(key, child);
    walk(child, visit);
  }
}

/** `schema.table` as far as the statement names it; undefined where there is no table. */
export function tableName(rangeVar: unknown): string | undefined {
  if (!isFields(rangeVar)) return undefined;
  const relation = text(rangeVar['relname']);
  if (relation === '') return undefined;
  const schema = text(rangeVar['schemaname']);
  return schema === '' ? relation : `${schema}.${relation}`;
}

/** Every table that a tree names, each once, in the order of the tree. The names of its own CTEs are no tables. */
export function tableNames(tree: unknown): readonly string[] {
  const names = new Set<string>();
  collectTables(tree, new Set(), names);
  return [...names];
}

const TAKEN = new Set(['intoClause', 'fromClause', 'withClause']);

function collectTables(value: unknown, ctes: ReadonlySet<string>, names: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) collectTables(item, ctes, names);
    return;
  }
  if (!isFields(value)) return;
  const own = tableName(value);
  if (own !== undefined) {
    if (!ctes.has(own)) names.add(own);
    return;
  }
  const clause = value['withClause'];
  const inner = isFields(clause) ? new Set([...ctes, ...cteNames(clause)]) : ctes;
  // NOTE: what a SELECT makes, and what it reads from, come before what else it names.
  collectTables(value['intoClause'], inner, names);
  collectTables(value['fromClause'], inner, names);
  for (const [key, child] of Object.entries(value)) {
    if (!TAKEN.has(key)) collectTables(child, inner, names);
  }
  if (isFields(clause)) collectCteTables(clause, ctes, inner, names);
}

/** NOTE: without RECURSIVE a CTE sees those before it only, so one called like a table can read that table. */
function collectCteTables(
  clause: Fields,
  outer: ReadonlySet<string>,
  all: ReadonlySet<string>,
  names: Set<string>,
): void {
  const before = new Set(outer);
  for (const cte of list(clause['ctes'])) {
    collectTables(cte, clause['recursive'] === true ? all : before, names);
    before.add(text(as(cte, 'CommonTableExpr')?.['ctename']));
  }
}

function cteNames(clause: Fields): readonly string[] {
  return list(clause['ctes']).map((cte) => text(as(cte, 'CommonTableExpr')?.['ctename']));
}

/** `a.b` for a list of names. */
export function dotted(names: unknown): string {
  return list(names)
    .map((name) => text(as(name, 'String')?.['sval']))
    .join('.');
}
