import { as, dotted, isFields, list, open, tableName, text } from './syntax-tree.js';
import type { Fields } from './syntax-tree.js';

/** What hangs on a table, so that its last name is its own and the table's name comes before. */
const PARTS_OF_TABLES = new Set([
  'OBJECT_TRIGGER',
  'OBJECT_POLICY',
  'OBJECT_RULE',
  'OBJECT_COLUMN',
  'OBJECT_TABCONSTRAINT',
]);

/** Their first name is that of an access method. */
const PARTS_OF_METHODS = new Set(['OBJECT_OPCLASS', 'OBJECT_OPFAMILY']);

/** Fields that hold what a statement is about, the first of them that is there. */
const NAME_FIELDS = [
  'object',
  'objects',
  'domainname',
  'trigname',
  'funcname',
  'funccall',
  'defnames',
  'typeName',
  'typevar',
  'collname',
  'conversion_name',
  'opfamilyname',
  'opclassname',
  'opername',
  'schemaname',
  'dbname',
  'extname',
  'servername',
  'fdwname',
  'pubname',
  'subname',
  'plname',
  'amname',
  'tablespacename',
  'orig_tablespacename',
  'evtname',
  'stxname',
  'dictname',
  'cfgname',
  'sourcetype',
  'type_name',
  'local_schema',
  'name',
  'func',
  'role',
  'roles',
  'user',
  'authrole',
  'newowner',
  'setstmt',
];

/** Names of what a statement defines, alters, drops, grants or calls, where that is not written as a table. */
export function objectNames(tag: string, fields: Fields): readonly string[] {
  if (tag === 'GrantRoleStmt')
    return namesOf([...list(fields['granted_roles']), ...list(fields['grantee_roles'])], '');
  const kind = text(
    fields['removeType'] ?? fields['objectType'] ?? fields['renameType'] ?? fields['objtype'],
  );
  for (const field of NAME_FIELDS) {
    const names = namesOf(fields[field], kind);
    if (names.length > 0) return names;
  }
  return [];
}

/** NOTE: a list is one name in parts where it holds texts, and several objects where it holds anything else. */
function namesOf(value: unknown, kind: string): readonly string[] {
  if (!Array.isArray(value)) return some(nameOf(value, kind));
  const isOneName = value.every((item) => as(item, 'String') !== undefined) && kind !== 'OBJECT_SCHEMA';
  if (isOneName && !SIMPLE_NAMES.has(kind)) return some(joined(value, kind));
  return [...new Set(value.flatMap((item) => some(nameOf(item, kind))))];
}

/** Kinds whose names have one part, so that a list of names is a list of objects. */
const SIMPLE_NAMES = new Set([
  'OBJECT_SCHEMA',
  'OBJECT_DATABASE',
  'OBJECT_EXTENSION',
  'OBJECT_FDW',
  'OBJECT_FOREIGN_SERVER',
  'OBJECT_LANGUAGE',
  'OBJECT_ROLE',
  'OBJECT_TABLESPACE',
  'OBJECT_EVENT_TRIGGER',
  'OBJECT_PUBLICATION',
  'OBJECT_SUBSCRIPTION',
  'OBJECT_ACCESS_METHOD',
  'OBJECT_PARAMETER_ACL',
]);

function some(name: string): readonly string[] {
  return name === '' ? [] : [name];
}

function nameOf(object: unknown, kind: string): string {
  if (!isFields(object)) return text(object);
  const { tag, fields } = open(object) ?? { tag: '', fields: object };
  switch (tag) {
    case 'String':
      return text(fields['sval']);
    case 'List':
      return joined(list(fields['items']), kind);
    case 'AccessPriv':
      return text(fields['priv_name']);
    case 'Integer':
    case 'Float':
      return text(fields['fval']) || String(fields['ival'] ?? '');
    default:
      return plainName(isTagged(object) ? fields : object, kind);
  }
}

function isTagged(object: Fields): boolean {
  return (Object.keys(object)[0] ?? 'a').charCodeAt(0) < 91;
}

/** A range variable, a type, a function with its arguments, a call, a role: with or without its tag. */
function plainName(fields: Fields, kind: string): string {
  const table = tableName(fields);
  if (table !== undefined) return table;
  const names = list(fields['objname'] ?? fields['names'] ?? fields['funcname']);
  return names.length > 0 ? joined(names, kind) : text(fields['rolename'] ?? fields['name']);
}

function joined(names: readonly unknown[], kind: string): string {
  if (PARTS_OF_TABLES.has(kind)) return dotted(names.slice(0, -1));
  if (PARTS_OF_METHODS.has(kind)) return dotted(names.slice(1));
  const types = names.map((name) => as(name, 'TypeName')).filter((type) => type !== undefined);
  return types.length > 0 ? dotted(types[0]?.['names']) : dotted(names);
}
