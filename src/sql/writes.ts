import { describe } from './statement.js';
import type { SqlAction, SqlStatement } from './statement.js';
import { as, list, tableName, text, walk } from './syntax-tree.js';
import type { Fields } from './syntax-tree.js';
import { readConditions, readInsertedRows, readSetClause } from './values.js';

const ACTIONS: Readonly<Record<string, SqlAction>> = {
  InsertStmt: 'create',
  UpdateStmt: 'update',
  DeleteStmt: 'delete',
  MergeStmt: 'merge',
};

interface Write {
  readonly tag: string;
  readonly table: string;
  readonly fields: Fields;
}

export function isWrite(tag: string): boolean {
  return tag in ACTIONS;
}

/** What a statement writes, inside CTEs too: the outermost write, with the tables of all. Undefined if it writes nothing. */
export function readWrites(node: unknown): SqlStatement | undefined {
  const writes: Write[] = [];
  walk(node, (tag, fields) => {
    const table = isWrite(tag) ? tableName(fields['relation']) : undefined;
    if (table !== undefined) writes.push({ tag, table, fields });
  });
  const [outermost] = writes;
  if (outermost === undefined) return undefined;
  return { ...readWrite(outermost), tables: unique(writes.map(({ table }) => table)) };
}

function readWrite({ tag, fields }: Write): SqlStatement {
  const statement = describe(ACTIONS[tag] ?? 'other', []);
  if (tag === 'InsertStmt') {
    const insertedRows = readInsertedRows(fields);
    return {
      ...statement,
      fields: columnsOf(list(fields['cols'])),
      insertedRows,
      assignments: insertedRows.length === 1 ? (insertedRows[0] ?? []) : [],
    };
  }
  if (tag === 'MergeStmt') return { ...statement, fields: columnsOf(mergeTargets(fields)) };
  const conditions = readConditions(fields['whereClause'], fields['relation']);
  if (tag !== 'UpdateStmt') return { ...statement, conditions };
  return {
    ...statement,
    conditions,
    fields: columnsOf(list(fields['targetList'])),
    assignments: readSetClause(fields),
  };
}

function mergeTargets(fields: Fields): readonly unknown[] {
  return list(fields['mergeWhenClauses']).flatMap((clause) =>
    list(as(clause, 'MergeWhenClause')?.['targetList']),
  );
}

/** Names of the columns in a list of targets. */
function columnsOf(targets: readonly unknown[]): readonly string[] {
  return unique(targets.map((target) => text(as(target, 'ResTarget')?.['name'])));
}

function unique(items: readonly string[]): readonly string[] {
  return [...new Set(items)];
}
