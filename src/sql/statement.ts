import { readConditions, readInsertedRows, readSetClause } from './values.js';
import type { Assignment, Condition } from './values.js';
import { as, list, open, tableName, text, walk } from './syntax-tree.js';
import type { Fields } from './syntax-tree.js';

export type SqlAction =
  | 'create'
  | 'read'
  | 'update'
  | 'delete'
  | 'merge'
  | 'truncate'
  | 'copy_in'
  | 'copy_out'
  | 'schema'
  | 'grant'
  | 'call'
  | 'lock'
  | 'other';

/** What a statement does to the transaction of its connection. */
export interface TransactionStep {
  readonly kind: 'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'rollback_to';
  readonly savepoint: string;
}

/** What one SQL statement means, as far as its text says. */
export interface SqlStatement {
  readonly action: SqlAction;
  /** Tables it writes; for a statement that writes none, tables it reads. */
  readonly tables: readonly string[];
  /** Columns it sets. */
  readonly fields: readonly string[];
  /** Values it sets, where one row is set by constants and parameters. */
  readonly assignments: readonly Assignment[];
  /** Values of each inserted row, by column; empty for what is no plain INSERT … VALUES. */
  readonly insertedRows: readonly (readonly Assignment[])[];
  /** Equalities that must hold for the rows it touches. */
  readonly conditions: readonly Condition[];
  readonly transaction?: TransactionStep;
}

const WRITES: Readonly<Record<string, SqlAction>> = {
  InsertStmt: 'create',
  UpdateStmt: 'update',
  DeleteStmt: 'delete',
  MergeStmt: 'merge',
};

const ACTIONS: Readonly<Record<string, SqlAction>> = {
  ...WRITES,
  SelectStmt: 'read',
  TruncateStmt: 'truncate',
  CallStmt: 'call',
  DoStmt: 'call',
  LockStmt: 'lock',
  GrantStmt: 'grant',
  GrantRoleStmt: 'grant',
  AlterDefaultPrivilegesStmt: 'grant',
  CreateRoleStmt: 'grant',
  AlterRoleStmt: 'grant',
  AlterRoleSetStmt: 'grant',
  DropRoleStmt: 'grant',
  ReassignOwnedStmt: 'grant',
  DropOwnedStmt: 'grant',
  AlterOwnerStmt: 'grant',
};

/** Everything else whose tag begins so defines or alters objects of the schema. */
const SCHEMA_TAG =
  /^(Create|Alter|Drop|Define|Rename|Comment|Index|Reindex|View|Rule|SecLabel|Composite|Import|Refresh)/;

const TRANSACTION_STEPS: Readonly<Record<string, TransactionStep['kind']>> = {
  TRANS_STMT_BEGIN: 'begin',
  TRANS_STMT_START: 'begin',
  TRANS_STMT_COMMIT: 'commit',
  TRANS_STMT_ROLLBACK: 'rollback',
  TRANS_STMT_SAVEPOINT: 'savepoint',
  TRANS_STMT_RELEASE: 'release',
  TRANS_STMT_ROLLBACK_TO: 'rollback_to',
};

/** What the parser's tree of one statement means. */
export function readStatement(node: unknown): SqlStatement {
  const opened = open(node);
  if (opened === undefined) return describe('other', []);
  const { tag, fields } = opened;
  if (tag === 'TransactionStmt') return readTransaction(fields);
  if (tag === 'CopyStmt') return readCopy(fields);
  const written = carriesOut(tag, fields) ? writtenTables(node) : [];
  const [first] = written;
  if (first !== undefined)
    return { ...readWrite(first.fields, first.tag), tables: unique(written.map((write) => write.table)) };
  return describe(actionOf(tag), readTables(node));
}

function describe(action: SqlAction, tables: readonly string[]): SqlStatement {
  return { action, tables, fields: [], assignments: [], insertedRows: [], conditions: [] };
}

function actionOf(tag: string): SqlAction {
  return ACTIONS[tag] ?? (SCHEMA_TAG.test(tag) ? 'schema' : 'other');
}

function readTransaction(fields: Fields): SqlStatement {
  const kind = TRANSACTION_STEPS[text(fields['kind'])];
  const statement = describe('other', []);
  return kind === undefined
    ? statement
    : { ...statement, transaction: { kind, savepoint: text(fields['savepoint_name']) } };
}

function readCopy(fields: Fields): SqlStatement {
  const table = tableName(fields['relation']);
  const columns = list(fields['attlist']).map((item) => text(as(item, 'String')?.['sval']));
  const isInward = fields['is_from'] === true;
  const tables = table === undefined ? readTables(fields['query']) : [table];
  return { ...describe(isInward ? 'copy_in' : 'copy_out', tables), fields: isInward ? columns : [] };
}

/** Whether writes inside the statement happen: those of a rule, a prepared statement or a plan do not. */
function carriesOut(tag: string, fields: Fields): boolean {
  if (tag !== 'ExplainStmt') return tag in WRITES || tag === 'SelectStmt' || tag === 'CreateTableAsStmt';
  return list(fields['options']).some((option) => as(option, 'DefElem')?.['defname'] === 'analyze');
}

interface Write {
  readonly tag: string;
  readonly table: string;
  readonly fields: Fields;
}

/** Every write of the statement, the outermost first, writes inside CTEs included. */
function writtenTables(node: unknown): Write[] {
  const writes: Write[] = [];
  walk(node, (tag, fields) => {
    const table = tag in WRITES ? tableName(fields['relation']) : undefined;
    if (table !== undefined) writes.push({ tag, table, fields });
  });
  return writes;
}

function readWrite(fields: Fields, tag: string): SqlStatement {
  const statement = describe(WRITES[tag] ?? 'other', []);
  if (tag === 'InsertStmt') {
    const insertedRows = readInsertedRows(fields);
    const columns = list(fields['cols']).map((column) => text(as(column, 'ResTarget')?.['name']));
    return {
      ...statement,
      fields: columns,
      insertedRows,
      assignments: insertedRows.length === 1 ? (insertedRows[0] ?? []) : [],
    };
  }
  const conditions = readConditions(fields['whereClause']);
  if (tag !== 'UpdateStmt') return { ...statement, conditions };
  const columns = list(fields['targetList']).map((column) => text(as(column, 'ResTarget')?.['name']));
  return { ...statement, conditions, fields: unique(columns), assignments: readSetClause(fields) };
}

/** All tables a tree names, without the names of its own CTEs. */
function readTables(node: unknown): string[] {
  const tables: string[] = [];
  const own = new Set<string>();
  walk(node, (tag, fields) => {
    if (tag === 'CommonTableExpr') own.add(text(fields['ctename']));
    const table = tag === 'RangeVar' ? tableName(fields) : tableName(fields['relation']);
    if (table !== undefined) tables.push(table);
  });
  return unique(tables).filter((table) => !own.has(table));
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}
