import { areAdvisoryLocks, readCalls } from './calls.js';
import type { IsReadFunction } from './calls.js';
import { readKeyFacts } from './key-facts.js';
import { objectNames } from './object-names.js';
import { readOutputs } from './output-columns.js';
import { isAnalyze, mayMovePath, readSessionChange } from './session.js';
import { describe } from './statement.js';
import type { SqlAction, SqlStatement, TransactionStep } from './statement.js';
import { as, list, open, tableName, tableNames, text } from './syntax-tree.js';
import type { Fields } from './syntax-tree.js';
import { readConditions } from './values.js';
import { isWrite, readInnerWrites, readWrites, readWriteStatement } from './writes.js';

/** What the reading of statements depends on beside their text. */
export interface SqlReading {
  readonly isReadFunction?: IsReadFunction;
}

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

/** Statements that are about objects by name, and never about the rows of a table. */
const NAMED = new Set(['DefineStmt', 'CreateFunctionStmt', 'CallStmt']);

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

/** Says what the parser's tree of one statement means. */
export function createReader({ isReadFunction = () => false }: SqlReading): (node: unknown) => SqlStatement {
  const read = (node: unknown): SqlStatement => {
    const opened = open(node);
    if (opened === undefined) return describe('other', []);
    const { tag, fields } = opened;
    const keys = readKeyFacts(tag, fields);
    const meaning = withCalls(readMeaning(tag, fields), tag, fields, isReadFunction);
    const outputs = readOutputs(fields);
    const change = readSessionChange(tag, fields, read);
    const isMoving = change.sets === undefined && mayMovePath(tag, fields, meaning.calls);
    return {
      ...meaning,
      ...(outputs.length > 0 ? { outputs } : {}),
      ...(keys.length > 0 ? { keys } : {}),
      ...change,
      ...(isMoving ? { mayMovePath: true } : {}),
    };
  };
  return read;
}

function readMeaning(tag: string, fields: Fields): SqlStatement {
  if (isWrite(tag)) return readWriteStatement(tag, fields);
  switch (tag) {
    case 'TransactionStmt':
      return readTransaction(fields);
    case 'CopyStmt':
      return readCopy(fields);
    case 'SelectStmt':
      return readSelect(fields);
    case 'ExplainStmt':
      return readExplain(fields);
    case 'CreateTableAsStmt':
      return besideInnerWrites(describe('schema', tableNames([fields['into'], fields['query']])), fields);
    default:
      return readOther(tag, fields);
  }
}

function readOther(tag: string, fields: Fields): SqlStatement {
  const action = ACTIONS[tag] ?? (SCHEMA_TAG.test(tag) ? 'schema' : 'other');
  // NOTE: a recursive view is a view on a CTE of its own name.
  const view = tableName(fields['view']);
  const named = NAMED.has(tag) ? [] : tableNames(fields);
  const tables = view === undefined ? named : [...new Set([view, ...named])];
  const isNamed = tables.length === 0 && (action === 'schema' || action === 'grant' || action === 'call');
  return describe(action, isNamed ? objectNames(tag, fields) : tables);
}

/** NOTE: SELECT INTO makes a table. */
function readSelect(fields: Fields): SqlStatement {
  const tables = tableNames(fields);
  if (fields['intoClause'] !== undefined) return besideInnerWrites(describe('schema', tables), fields);
  const write = readInnerWrites({ SelectStmt: fields });
  if (write !== undefined) return write;
  const [from, ...others] = list(fields['fromClause']);
  const table = as(from, 'RangeVar');
  const isOfOneTable = table !== undefined && others.length === 0 && fields['withClause'] === undefined;
  const conditions = isOfOneTable ? readConditions(fields['whereClause'], table) : [];
  return { ...describe('read', tables), conditions };
}

/** A statement that is something itself and carries out the writes of its CTEs beside that. */
function besideInnerWrites(statement: SqlStatement, fields: Fields): SqlStatement {
  const also = readWrites(fields['query'] ?? { SelectStmt: fields });
  if (also.length === 0) return statement;
  const tables = [...new Set([...statement.tables, ...also.map(({ table }) => table)])];
  return { ...statement, tables, also };
}

/** Its answer is the plan: of what it carries out it tells no rows. */
function readExplain(fields: Fields): SqlStatement {
  const opened = isAnalyze(fields) ? open(fields['query']) : undefined;
  if (opened === undefined) return describe('read', tableNames(fields));
  return { ...readMeaning(opened.tag, opened.fields), returning: [], isCounted: false };
}

/** `COPY (query)` reads, and writes where its query does. */
function readCopy(fields: Fields): SqlStatement {
  const isInward = fields['is_from'] === true;
  const table = tableName(fields['relation']);
  if (table === undefined) {
    const also = readWrites(fields['query']);
    const tables = also.length > 0 ? also.map((write) => write.table) : tableNames(fields['query']);
    return { ...describe('copy_out', [...new Set(tables)]), also };
  }
  const columns = list(fields['attlist']).map((item) => text(as(item, 'String')?.['sval']));
  return { ...describe(isInward ? 'copy_in' : 'copy_out', [table]), fields: isInward ? columns : [] };
}

/** A statement that calls functions which may write does not just read. Its first name is that of the function. */
function withCalls(
  statement: SqlStatement,
  tag: string,
  fields: Fields,
  isReadFunction: IsReadFunction,
): SqlStatement {
  const isCarriedOut = statement.action !== 'schema' && (tag !== 'ExplainStmt' || isAnalyze(fields));
  const calls = isCarriedOut && tag !== 'CallStmt' ? readCalls(fields, isReadFunction) : [];
  if (calls.length === 0) return statement;
  if (statement.action !== 'read') return { ...statement, calls };
  const action = areAdvisoryLocks(calls) ? 'lock' : 'call';
  // NOTE: its conditions are about rows of a table, not about what is called.
  return {
    ...statement,
    action,
    calls,
    conditions: [],
    tables: [...new Set([...calls, ...statement.tables])],
  };
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
