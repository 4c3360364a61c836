import { readMerge } from './merge.js';
import { readReturning } from './returning.js';
import { describe } from './statement.js';
import type { SqlAction, SqlStatement, SqlWrite } from './statement.js';
import { tableName, walk } from './syntax-tree.js';
import type { Fields } from './syntax-tree.js';
import { readInsert } from './insert.js';
import { columnsOf, readConditions, readSetClause } from './values.js';

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

/** What a write says of itself; whatever it leaves open is as in `describe`. */
export type WriteMeaning = Partial<Omit<SqlWrite, 'table'>>;

/** Every write in a tree, in CTEs too, outermost first. Of none but the outermost the server tells how many rows. */
export function readWrites(node: unknown): readonly SqlWrite[] {
  return writesIn(node).map((write) => {
    const { action, fields, assignments, insertedRows, insertedRowCount, conflictColumns, conditions } =
      readWrite(write);
    const inserted = { insertedRows, insertedRowCount, conflictColumns };
    return { table: write.table, action, fields, assignments, ...inserted, conditions, isCounted: false };
  });
}

/** What a statement that itself is a write does, with the writes in its CTEs. */
export function readWriteStatement(tag: string, fields: Fields): SqlStatement {
  const [own, ...also] = readWrites({ [tag]: fields });
  if (own === undefined) return describe(ACTIONS[tag] ?? 'other', []);
  const { table, ...meaning } = own;
  return {
    ...describe(own.action, unique([table, ...also.map((write) => write.table)])),
    ...meaning,
    isCounted: true,
    also,
    returning: readReturning(tag, fields),
  };
}

/** What a statement does that only carries out the writes of its CTEs; undefined if there are none. */
export function readInnerWrites(node: unknown): SqlStatement | undefined {
  const [first, ...also] = readWrites(node);
  if (first === undefined) return undefined;
  const { table, ...meaning } = first;
  return {
    ...describe(first.action, unique([table, ...also.map((write) => write.table)])),
    ...meaning,
    also,
  };
}

function writesIn(node: unknown): readonly Write[] {
  const writes: Write[] = [];
  walk(node, (tag, fields) => {
    const table = isWrite(tag) ? tableName(fields['relation']) : undefined;
    if (table !== undefined) writes.push({ tag, table, fields });
  });
  return writes;
}

function readWrite({ tag, fields }: Write): SqlStatement {
  return { ...describe(ACTIONS[tag] ?? 'other', []), ...meaningOf(tag, fields) };
}

function meaningOf(tag: string, fields: Fields): WriteMeaning {
  switch (tag) {
    case 'InsertStmt':
      return readInsert(fields);
    case 'MergeStmt':
      return readMerge(fields);
    case 'DeleteStmt':
      return { conditions: readConditions(fields['whereClause'], fields['relation'], fields['usingClause']) };
    default:
      return {
        fields: columnsOf(fields['targetList']),
        assignments: readSetClause(fields['targetList']),
        conditions: readConditions(fields['whereClause'], fields['relation'], fields['fromClause']),
      };
  }
}

function unique(items: readonly string[]): readonly string[] {
  return [...new Set(items)];
}
