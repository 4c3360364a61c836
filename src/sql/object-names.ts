import { as, dotted, isFields, list, open, text } from './syntax-tree.js';
import type { Fields } from './syntax-tree.js';

/** What hangs on a table, so that its last name is its own and the table's name comes before. */
const PARTS_OF_TABLES = new Set(['OBJECT_TRIGGER', 'OBJECT_POLICY', 'OBJECT_RULE']);

/** Names of what a statement defines, drops or calls, for statements whose objects are not written as tables. */
export function objectNames(tag: string, fields: Fields): readonly string[] {
  return namesOf(tag, fields).filter((name) => name !== '');
}

function namesOf(tag: string, fields: Fields): readonly string[] {
  switch (tag) {
    case 'DropStmt':
      return list(fields['objects']).map((object) => droppedName(object, text(fields['removeType'])));
    case 'CreateFunctionStmt':
      return [dotted(fields['funcname'])];
    case 'CallStmt':
      return [dotted((fields['funccall'] as Fields | undefined)?.['funcname'])];
    case 'CreateRoleStmt':
    case 'AlterRoleStmt':
    case 'AlterRoleSetStmt':
    case 'DropRoleStmt':
      return [fields['role'], ...list(fields['roles'])].map(roleName);
    default:
      return [text(fields['schemaname']) || text(fields['dbname'])];
  }
}

function droppedName(object: unknown, kind: string): string {
  const { tag, fields } = open(object) ?? { tag: '', fields: {} };
  if (tag === 'String') return text(fields['sval']);
  const names = list(fields['items'] ?? fields['objname'] ?? fields['names']);
  return dotted(PARTS_OF_TABLES.has(kind) ? names.slice(0, -1) : names);
}

/** A name, or a RoleSpec with or without its tag. */
function roleName(role: unknown): string {
  if (!isFields(role)) return text(role);
  return text((as(role, 'RoleSpec') ?? role)['rolename']);
}
