import { objectNames } from './object-names.js';
import { isAnalyze, readSessionChange } from './session.js';
import { describe } from './statement.js';
import type { SqlAction, SqlStatement, TransactionStep } from './statement.js';
import { as, list, open, tableName, tableNames, text, walk } from './syntax-tree.js';
import type { Fields } from './syntax-tree.js';
import { readConditions } from './values.js';
import { isWrite, readWrites } from './writes.js';

const ACTIONS: Readonly<Record<string, SqlAction>> = {
  SelectStmt: 'read',
  ExplainStmt: 'read',
  DeclareCursorStmt: 'read',
  FetchStmt: 'read',
  VariableShowStmt: 'read',
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
  TRANS_STMT_PREPARE: 'prepare',
  TRANS_STMT_COMMIT_PREPARED: 'commit_prepared',
  TRANS_STMT_ROLLBACK_PREPARED: 'rollback_prepared',
  TRANS_STMT_SAVEPOINT: 'savepoint',
  TRANS_STMT_RELEASE: 'release',
  TRANS_STMT_ROLLBACK_TO: 'rollback_to',
};

/** What the parser's tree of one statement means. */
export function readStatement(node: unknown): SqlStatement {
  const opened = open(node);
  if (opened === undefined) return describe('other', []);
  const { tag, fields } = opened;
  return { ...readMeaning(node, tag, fields), ...readSessionChange(tag, fields, readStatement) };
}

function readMeaning(node: unknown, tag: string, fields: Fields): SqlStatement {
  if (tag === 'TransactionStmt') return readTransaction(fields);
  if (tag === 'CopyStmt') return readCopy(fields);
  const write = carriesOut(tag, fields) ? readWrites(node) : undefined;
  if (write !== undefined) return write;
  if (tag === 'SelectStmt') return readSelect(fields);
  const tables = readTables(tag === 'CreateTableAsStmt' ? [fields['into'], fields['query']] : fields);
  return describe(actionOf(tag), tables.length > 0 ? tables : objectNames(tag, fields));
}

function actionOf(tag: string): SqlAction {
  return ACTIONS[tag] ?? (SCHEMA_TAG.test(tag) ? 'schema' : 'other');
}

/** NOTE: SELECT INTO makes a table. */
function readSelect(fields: Fields): SqlStatement {
  const [from, ...others] = list(fields['fromClause']);
  const table = as(from, 'RangeVar');
  const tables = readTables([fields['intoClause'], fields['fromClause'], fields]);
  const statement = describe(fields['intoClause'] === undefined ? 'read' : 'schema', tables);
  const isOfOneTable = table !== undefined && others.length === 0 && fields['withClause'] === undefined;
  return isOfOneTable
    ? { ...statement, conditions: readConditions(fields['whereClause'], table) }
    : statement;
}

function readTransaction(fields: Fields): SqlStatement {
  const kind = TRANSACTION_STEPS[text(fields['kind'])];
  const statement = describe('other', []);
  if (kind === undefined) return statement;
  const chain = fields['chain'] === true;
  const gid = text(fields['gid']);
  const step: TransactionStep = { kind, savepoint: text(fields['savepoint_name']), chain };
  return { ...statement, transaction: gid === '' ? step : { ...step, gid } };
}

function readCopy(fields: Fields): SqlStatement {
  const table = tableName(fields['relation']);
  const columns = list(fields['attlist']).map((item) => text(as(item, 'String')?.['sval']));
  const isInward = fields['is_from'] === true;
  const tables = table === undefined ? readTables(fields['query']) : [table];
  return { ...describe(isInward ? 'copy_in' : 'copy_out', tables), fields: isInward ? columns : [] };
}

/** All tables a tree names, without the names of its own CTEs. */
function readTables(node: unknown): string[] {
  const own = new Set<string>();
  walk(node, (tag, fields) => {
    if (tag === 'CommonTableExpr') own.add(text(fields['ctename']));
  });
  return [...new Set(tableNames(node))].filter((table) => !own.has(table));
}

/** Whether writes inside the statement happen: those of a rule, a prepared statement or a plan do not. */
function carriesOut(tag: string, fields: Fields): boolean {
  if (tag !== 'ExplainStmt') return isWrite(tag) || tag === 'SelectStmt' || tag === 'CreateTableAsStmt';
  return isAnalyze(fields);
}
