import type { AnalysedStatement } from './analyse.js';
import { describe } from './statement.js';
import type { SqlAction } from './statement.js';
import type { Assignment, Condition, ValueSource } from './values.js';

const ACTIONS: Readonly<Record<string, SqlAction>> = {
  insert: 'create',
  update: 'update',
  delete: 'delete',
  remove: 'delete',
  find: 'read',
  getMore: 'read',
  count: 'read',
  distinct: 'read',
  listCollections: 'read',
  listIndexes: 'read',
  listDatabases: 'read',
  explain: 'read',
  killCursors: 'read',
  ping: 'read',
  create: 'schema',
  drop: 'schema',
  dropDatabase: 'schema',
  createIndexes: 'schema',
  dropIndexes: 'schema',
  renameCollection: 'schema',
  collMod: 'schema',
  createUser: 'grant',
  updateUser: 'grant',
  dropUser: 'grant',
  grantRolesToUser: 'grant',
  revokeRolesFromUser: 'grant',
  createRole: 'grant',
  updateRole: 'grant',
  dropRole: 'grant',
};
/** Stands for a value that the instrumentation has left out. */
const LEFT_OUT = '?';
/** Where instrumentations say that commands go which are not about documents. */
const COMMANDS = '$cmd';
const KEY = ['_id'];
const FIELDS = 100;

type Json = Readonly<Record<string, unknown>>;

/**
 * What a command of MongoDB does: by its operation, and by its JSON as far as instrumentations tell it; of an insert they
 * show the first document in place of the command.
 */
export function readMongodb(operation: string, given: string, text: string): AnalysedStatement {
  const name = /^[A-Za-z]{1,40}$/.exec(operation)?.[0] ?? '';
  const command = parse(text);
  const collection = given === COMMANDS ? collectionIn(command?.[name]) : given;
  const meaning = meaningOf(name, collection, command);
  const tables = meaning.tables ?? (isName(collection) ? [collection] : []);
  return {
    ...describe(meaning.action, tables),
    ...meaning,
    tables,
    normalized: [name, tables[0]].filter(Boolean).join(' '),
    problem: meaning.problem ?? '',
    truncated: [],
    keyColumns: KEY,
  };
}

function collectionIn(value: unknown): string {
  return typeof value === 'string' && value !== LEFT_OUT ? value : '';
}

type Meaning = Partial<AnalysedStatement> & { readonly action: SqlAction };

function meaningOf(name: string, collection: string, command: Json | undefined): Meaning {
  switch (name) {
    case 'insert':
      return { action: 'create', ...inserted(command) };
    case 'update':
      return changed(listOf(command?.['updates']), 'q', 'u');
    case 'delete':
      return { action: 'delete', conditions: conditionsOf(listOf(command?.['deletes']), 'q') };
    case 'findAndModify':
    case 'findandmodify':
      return command?.['remove'] !== undefined && command['remove'] !== false
        ? { action: 'delete', conditions: conditionsOf([command], 'query') }
        : changed(command === undefined ? [] : [command], 'query', 'update');
    case 'aggregate':
      return aggregated(command, collection);
    case 'find':
      return { action: 'read', conditions: command === undefined ? [] : conditionsOf([command], 'filter') };
    default: {
      const action = ACTIONS[name] ?? 'other';
      return action === 'other' ? { action, problem: 'a command of mongodb that is not known' } : { action };
    }
  }
}

/** NOTE: instrumentations show the first document only, so of that alone nobody knows how many there are. */
function inserted(command: Json | undefined): Partial<AnalysedStatement> {
  if (command === undefined) return {};
  const isWhole = Array.isArray(command['documents']);
  const documents = isWhole ? listOf(command['documents']) : [command];
  const rows = documents.map(assignmentsOf);
  const fields = [...new Set(rows.flat().map(({ column }) => column))].slice(0, FIELDS);
  if (!isWhole) return { fields };
  const count = Number(command['documentCount'] ?? rows.length);
  return {
    fields,
    assignments: count === 1 ? known(rows[0] ?? []) : [],
    insertedRows: rows.map(known),
    insertedRowCount: count,
  };
}

/** NOTE: one of several updates may be an upsert, or set something else: what is told is what they have in common. */
function changed(updates: readonly Json[], filter: string, change: string): Meaning {
  const mayInsert = updates.some(({ upsert }) => upsert !== undefined && upsert !== false);
  const assignments = updates.flatMap((update) => setBy(update[change]));
  const fields = [...new Set(assignments.map(({ column }) => column))].slice(0, FIELDS);
  return {
    action: mayInsert ? 'merge' : 'update',
    fields,
    assignments: updates.length === 1 ? known(assignments) : [],
    conditions: conditionsOf(updates, filter),
    ...(updates.length === 0 ? { problem: 'its update is not told' } : {}),
  };
}

/** `$out` and `$merge` write, and stand last. */
function aggregated(command: Json | undefined, collection: string): Meaning {
  const pipeline = command?.['pipeline'];
  if (!Array.isArray(pipeline)) return { action: 'other', problem: 'its pipeline is not told' };
  const last = objectOf(pipeline.at(-1));
  if (last === undefined || !('$out' in last || '$merge' in last)) return { action: 'read' };
  const into =
    objectOf(last['$merge'])?.['into'] ?? last['$merge'] ?? objectOf(last['$out'])?.['coll'] ?? last['$out'];
  const target = objectOf(into)?.['coll'] ?? into;
  const tables = typeof target === 'string' && target !== LEFT_OUT && isName(target) ? [target] : [];
  return {
    action: 'merge',
    tables,
    isCounted: false,
    ...(tables.length === 0 ? { problem: `what it writes is not told, it reads ${collection}` } : {}),
  };
}

/** What operators such as `$set` change, or a whole document that takes the place of another. */
function setBy(change: unknown): readonly (Assignment | Unknown)[] {
  if (Array.isArray(change)) return change.flatMap((stage) => setBy(stage));
  const document = objectOf(change);
  if (document === undefined) return [];
  const operators = Object.keys(document).filter((name) => name.startsWith('$'));
  if (operators.length === 0) return assignmentsOf(document);
  return operators.flatMap((operator) => {
    const fields = objectOf(document[operator]) ?? {};
    const set = assignmentsOf(fields);
    return operator === '$set' ? set : set.map(({ column }) => ({ column }));
  });
}

interface Unknown {
  readonly column: string;
  readonly source?: undefined;
}

function assignmentsOf(document: Json): readonly (Assignment | Unknown)[] {
  return Object.entries(document)
    .slice(0, FIELDS)
    .map(([column, value]) => {
      const source = sourceOf(value);
      return source === undefined ? { column } : { column, source };
    });
}

function known(assignments: readonly (Assignment | Unknown)[]): readonly Assignment[] {
  return assignments.filter((assignment): assignment is Assignment => assignment.source !== undefined);
}

function conditionsOf(parts: readonly Json[], filter: string): readonly Condition[] {
  const asked = parts.map((part) => idsOf(objectOf(part[filter])?.['_id']));
  // NOTE: one part without a key may touch any document.
  if (asked.length === 0 || asked.some((ids) => ids.length === 0)) return [];
  return [{ column: '_id', sources: asked.flat() }];
}

function idsOf(id: unknown): readonly ValueSource[] {
  const within = objectOf(id)?.['$in'];
  const sources = (Array.isArray(within) ? within : [id]).map(sourceOf);
  return sources.every((source) => source !== undefined) ? sources : [];
}

/** A value of one piece; `?` is one that was left out. */
function sourceOf(value: unknown): ValueSource | undefined {
  if (value === null) return { constant: null };
  if (value === LEFT_OUT || typeof value === 'object' || value === undefined) return undefined;
  return { constant: String(value) };
}

function parse(text: string): Json | undefined {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

function listOf(value: unknown): readonly Json[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  return items.map(objectOf).filter((item) => item !== undefined);
}

function isName(text: string): boolean {
  return /^[\w.$:-]{1,256}$/.test(text);
}
