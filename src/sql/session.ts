import type { SearchPathSetting, SessionChange, SqlStatement } from './statement.js';
import { as, dotted, list, text, walk } from './syntax-tree.js';
import type { Fields } from './syntax-tree.js';
import { readSource } from './values.js';

const SEARCH_PATH = 'search_path';

/**
 * What a statement changes in the session of its connection.
 *
 * @param readInner Reads the statement that a PREPARE keeps for later.
 */
export function readSessionChange(
  tag: string,
  fields: Fields,
  readInner: (node: unknown) => SqlStatement,
): SessionChange {
  switch (tag) {
    case 'PrepareStmt':
      return { prepares: { name: text(fields['name']), statement: readInner(fields['query']) } };
    case 'ExecuteStmt':
      return readExecute(fields);
    case 'ExplainStmt':
      return isAnalyze(fields) ? readInnerExecute(fields['query']) : {};
    case 'CreateTableAsStmt':
      return readInnerExecute(fields['query']);
    case 'DeallocateStmt':
      return { deallocates: text(fields['name']) };
    case 'DiscardStmt':
      return fields['target'] === 'DISCARD_ALL' ? { resets: 'all' } : {};
    case 'VariableSetStmt':
      return settingOf(readVariable(fields));
    case 'SelectStmt':
      return settingOf(readSetConfig(fields));
    default:
      return {};
  }
}

/** Whether an EXPLAIN carries out what it explains. */
export function isAnalyze(explain: Fields): boolean {
  const option = list(explain['options']).findLast((item) => as(item, 'DefElem')?.['defname'] === 'analyze');
  const value = as(option, 'DefElem')?.['arg'];
  return option !== undefined && !/^(off|false|0)$/i.test(valueOfOption(value));
}

/** NOTE: the parser leaves out a zero, so `{ Integer: {} }` is 0. */
function valueOfOption(value: unknown): string {
  const integer = as(value, 'Integer');
  if (integer !== undefined) return String(integer['ival'] ?? 0);
  const boolean = as(value, 'Boolean');
  if (boolean !== undefined) return String(boolean['boolval'] ?? false);
  return text(as(value, 'String')?.['sval']);
}

function readInnerExecute(query: unknown): SessionChange {
  const execute = as(query, 'ExecuteStmt');
  return execute === undefined ? {} : readExecute(execute);
}

function readExecute(fields: Fields): SessionChange {
  return {
    executes: {
      name: text(fields['name']),
      arguments: list(fields['params']).map((argument) => readSource(argument)),
    },
  };
}

function settingOf(sets: SearchPathSetting | undefined): SessionChange {
  return sets === undefined ? {} : { sets };
}

/** NOTE: `SET SCHEMA 'x'` is the same setting under another name, and RESET ALL resets it with all others. */
function readVariable(fields: Fields): SearchPathSetting | undefined {
  const kind = fields['kind'];
  const isLocal = fields['is_local'] === true;
  if (kind === 'VAR_RESET_ALL') return { searchPath: 'default', isLocal };
  if (text(fields['name']).toLowerCase() !== SEARCH_PATH || kind === 'VAR_SET_CURRENT') return undefined;
  if (kind !== 'VAR_SET_VALUE') return { searchPath: 'default', isLocal };
  const constant = list(fields['args']).map(constantText).join(', ');
  return { searchPath: { constant }, isLocal };
}

/** `SELECT set_config('search_path', …, is_local)`, as pg_dump and many tools write it. */
function readSetConfig(fields: Fields): SearchPathSetting | undefined {
  const [target, ...others] = list(fields['targetList']);
  const call = as(as(target, 'ResTarget')?.['val'], 'FuncCall');
  // NOTE: beside other clauses it may be called for no row, or for several.
  const isAlone =
    others.length === 0 && ['fromClause', 'whereClause'].every((name) => fields[name] === undefined);
  if (call === undefined || !isAlone || !mayBePath(call)) return undefined;
  const [name, value, isLocal] = list(call['args']);
  const isLocalText = constantText(isLocal);
  if (constantText(name) === undefined || isLocalText === undefined) return undefined;
  return { searchPath: readSource(value) ?? 'unknown', isLocal: /^(t|true|y|yes|on|1)$/i.test(isLocalText) };
}

const SET_CONFIG = /^(pg_catalog\.)?set_config$/;

/** Functions of PostgreSQL itself that leave settings alone. */
const LEAVES_PATH = /^(pg_catalog\.)?(pg_\w+|nextval|setval|lo_\w+|set_config|setseed|txid_\w+)$/;

/** Statements that run code which nobody has read. */
const RUNS_CODE = new Set(['CallStmt', 'DoStmt', 'CreateTableAsStmt', 'CreateExtensionStmt']);

/** Whether a statement runs code that may set another search path. NOTE: names of settings have no case. */
export function mayMovePath(tag: string, fields: Fields, calls: readonly string[]): boolean {
  if (tag === 'PrepareStmt') return false;
  if (RUNS_CODE.has(tag) || fields['intoClause'] !== undefined) return true;
  if (calls.some((call) => !LEAVES_PATH.test(call))) return true;
  if (!calls.some((call) => SET_CONFIG.test(call))) return false;
  let isPath = false;
  walk(fields, (inner, call) => {
    isPath ||= inner === 'FuncCall' && mayBePath(call);
  });
  return isPath;
}

/** Whether a call may be `set_config('search_path', …)`. */
function mayBePath(call: Fields): boolean {
  if (!SET_CONFIG.test(dotted(call['funcname']))) return false;
  const name = constantText(list(call['args'])[0]);
  return name === undefined || name.toLowerCase() === SEARCH_PATH;
}

function constantText(node: unknown): string | undefined {
  const source = readSource(node);
  return source !== undefined && 'constant' in source ? (source.constant ?? undefined) : undefined;
}
