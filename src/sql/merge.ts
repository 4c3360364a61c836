import { as, isFields, list, text } from './syntax-tree.js';
import type { Fields } from './syntax-tree.js';
import {
  agreeing,
  assignAll,
  columnsOf,
  placesOf,
  readConditions,
  readSetClause,
  readSource,
  rowReference,
  sameSource,
} from './values.js';
import type { Assignment, Condition, Resolve, ValueSource } from './values.js';
import type { WriteMeaning } from './writes.js';

/** MERGE. Values are sure where its source is one row of constants and parameters. */
export function readMerge(merge: Fields): WriteMeaning {
  const clauses = list(merge['mergeWhenClauses']).map((clause) => as(clause, 'MergeWhenClause') ?? {});
  const fields = [...new Set(clauses.flatMap((clause) => columnsOf(clause['targetList'])))];
  const source = readSourceRow(merge['sourceRelation']);
  if (source === undefined) return { fields };
  const touching = clauses.filter((clause) => clause['commandType'] !== 'CMD_NOTHING');
  const assignments = agreeing(touching.map((clause) => ({ assignments: readClause(clause, source) })));
  const isAboutOthers = clauses.some((clause) => clause['matchKind'] === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE');
  const conditions = isAboutOthers
    ? []
    : readConditions(merge['joinCondition'], merge['relation'], [], source);
  const inserts = touching.filter((clause) => clause['commandType'] === 'CMD_INSERT');
  const inserted = inserts.map((clause) => readClause(clause, source));
  return { fields, assignments, conditions: conditions.filter((condition) => isKept(condition, inserted)) };
}

/** Whether what is compared is also what every INSERT of it gives to its row. */
function isKept({ column, sources }: Condition, inserted: readonly (readonly Assignment[])[]): boolean {
  const [source] = sources;
  return inserted.every((row) => {
    const value = row.find((assignment) => assignment.column === column);
    return value !== undefined && source !== undefined && sameSource(value.source, source);
  });
}

function readClause(clause: Fields, source: Resolve): readonly Assignment[] {
  if (clause['commandType'] !== 'CMD_INSERT') return readSetClause(clause['targetList'], source);
  if (clause['override'] === 'OVERRIDING_USER_VALUE') return [];
  return assignAll(placesOf(clause['targetList']), list(clause['values']), source);
}

/** The one row of `USING (VALUES (…)) AS s (a, b)` or `USING (SELECT $1 AS a) AS s`. */
function readSourceRow(relation: unknown): Resolve | undefined {
  const subselect = as(relation, 'RangeSubselect');
  const select = as(subselect?.['subquery'], 'SelectStmt');
  const alias = subselect?.['alias'];
  if (select === undefined || !isFields(alias) || select['fromClause'] !== undefined) return undefined;
  const values = new Map<string, ValueSource>();
  const names = list(alias['colnames']).map((name) => text(as(name, 'String')?.['sval']));
  for (const [index, { name, node }] of (singleRow(select) ?? []).entries()) {
    const source = readSource(node);
    if (source !== undefined) values.set(names[index] ?? name, source);
  }
  return (node) => {
    const { row, column } = rowReference(node);
    return row === text(alias['aliasname']) ? values.get(column) : undefined;
  };
}

function singleRow(select: Fields): readonly { name: string; node: unknown }[] | undefined {
  if ((select['op'] ?? 'SETOP_NONE') !== 'SETOP_NONE') return undefined;
  const rows = list(select['valuesLists']);
  if (rows.length > 1) return undefined;
  if (rows.length === 1) {
    return list(as(rows[0], 'List')?.['items']).map((node, index) => ({ name: `column${index + 1}`, node }));
  }
  return list(select['targetList']).map((item) => {
    const target = as(item, 'ResTarget');
    return { name: text(target?.['name']), node: target?.['val'] };
  });
}
