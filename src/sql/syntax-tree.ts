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

/** Every table that a tree names, in the order of the tree, however it is wrapped. */
export function tableNames(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(tableNames);
  if (!isFields(value)) return [];
  const own = tableName(value);
  return own === undefined ? Object.values(value).flatMap(tableNames) : [own];
}

/** `a.b` for a list of names. */
export function dotted(names: unknown): string {
  return list(names)
    .map((name) => text(as(name, 'String')?.['sval']))
    .join('.');
}
