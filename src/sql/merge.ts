import { as, isFields, list, text } from './syntax-tree.js';
import type { Fields } from './syntax-tree.js';
import { agreeing, columnsOf, readConditions, readSetClause, readSource, rowReference } from './values.js';
import type { Assignment, Resolve, ValueSource } from './values.js';
import type { WriteMeaning } from './writes.js';

/** MERGE. Values are sure where its source is one row of constants and parameters. */
export function readMerge(merge: Fields): WriteMeaning {
  const clauses = list(merge['mergeWhenClauses']).map((clause) => as(clause, 'MergeWhenClause') ?? {});
  const fields = [...new Set(clauses.flatMap((clause) => columnsOf(clause['targetList'])))];
  const source = readSourceRow(merge['sourceRelation']);
  if (source === undefined) return { fields };
  const assignments = agreeing(
    clauses.map((clause) => ({
      columns: columnsOf(clause['targetList']),
      assignments: readClause(clause, source),
    })),
  );
  const isAboutOthers = clauses.some((clause) => clause['matchKind'] === 'MERGE_WHEN_NOT_MATCHED_BY_SOURCE');
  const conditions = isAboutOthers
    ? []
    : readConditions(merge['joinCondition'], merge['relation'], [], source);
  return { fields, assignments, conditions };
}

function readClause(clause: Fields, source: Resolve): readonly Assignment[] {
  if (clause['commandType'] !== 'CMD_INSERT') return readSetClause(clause['targetList'], source);
  const values = list(clause['values']);
  return columnsOf(clause['targetList']).flatMap((column, index) => {
    const value = readSource(values[index], source);
    return value === undefined ? [] : [{ column, source: value }];
  });
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
