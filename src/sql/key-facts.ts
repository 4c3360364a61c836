import { conflictColumns } from './insert.js';
import { as, dotted, isFields, list, tableName, text } from './syntax-tree.js';
import type { Fields } from './syntax-tree.js';

/** What a statement says about the key of a table. */
export interface KeyFact {
  readonly table: string;
  /** Columns of the key, in order; empty when whatever was known of it holds no longer. */
  readonly columns: readonly string[];
  /** Those of them that are texts by their definition. */
  readonly texts?: readonly string[];
  /**
   * `definition` of a primary key; `presumption` is one IF NOT EXISTS, so the table may have been another one before;
   * `conflict` names columns that are unique, and may be another key.
   */
  readonly from: 'definition' | 'presumption' | 'conflict';
}

/** Kinds whose new name may be that of a key's table or column. */
const CHANGES_OF_KEYS = new Set(['OBJECT_TABLE', 'OBJECT_COLUMN', 'OBJECT_FOREIGN_TABLE']);

/** Alterations that leave no doubt about the key as it was known. */
const HARMLESS = new Set([
  'AT_AddColumn',
  'AT_ColumnDefault',
  'AT_DropNotNull',
  'AT_SetNotNull',
  'AT_SetStatistics',
  'AT_SetStorage',
  'AT_AlterColumnType',
  'AT_ValidateConstraint',
  'AT_ChangeOwner',
  'AT_SetRelOptions',
  'AT_EnableRowSecurity',
  'AT_DisableRowSecurity',
  'AT_EnableTrig',
  'AT_DisableTrig',
  'AT_AttachPartition',
]);

export function readKeyFacts(tag: string, fields: Fields): readonly KeyFact[] {
  switch (tag) {
    case 'CreateStmt':
      return createdKey(fields);
    case 'AlterTableStmt':
      return alteredKey(fields);
    case 'RenameStmt':
      return CHANGES_OF_KEYS.has(text(fields['renameType'])) ? forgotten([fields['relation']]) : [];
    case 'DropStmt':
      return fields['removeType'] === 'OBJECT_TABLE' ? list(fields['objects']).flatMap(droppedKey) : [];
    case 'InsertStmt':
      return conflictKey(fields);
    default:
      return [];
  }
}

function fact(relation: unknown, columns: readonly string[], from: KeyFact['from']): readonly KeyFact[] {
  const table = tableName(relation);
  return table === undefined ? [] : [{ table, columns, from }];
}

function forgotten(relations: readonly unknown[]): readonly KeyFact[] {
  return relations.flatMap((relation) => fact(relation, [], 'definition'));
}

function createdKey(fields: Fields): readonly KeyFact[] {
  const columns = list(fields['tableElts']).flatMap(keyColumns);
  if (columns.length === 0 || isTemporary(fields['relation'])) return [];
  const from = fields['if_not_exists'] === true ? 'presumption' : 'definition';
  const texts = columns.filter((name) => list(fields['tableElts']).some((item) => isText(item, name)));
  return fact(fields['relation'], columns, from).map((known) => ({ ...known, texts }));
}

const TEXT_TYPE = /(?:^|\.)(?:text|varchar|bpchar|citext|name)$/;

function isText(element: unknown, name: string): boolean {
  const column = as(element, 'ColumnDef');
  const type = column?.['colname'] === name ? column['typeName'] : undefined;
  return isFields(type) && TEXT_TYPE.test(dotted(type['names']));
}

/** NOTE: it hides another table of its name, on one connection and for a time. */
function isTemporary(relation: unknown): boolean {
  return isFields(relation) && (relation['relpersistence'] === 't' || relation['schemaname'] === 'pg_temp');
}

function keyColumns(element: unknown): readonly string[] {
  const column = as(element, 'ColumnDef');
  if (column === undefined) return constraintColumns(as(element, 'Constraint'));
  const isKey = list(column['constraints']).some((item) => isPrimary(as(item, 'Constraint')));
  return isKey ? [text(column['colname'])] : [];
}

function isPrimary(constraint: Fields | undefined): boolean {
  return constraint?.['contype'] === 'CONSTR_PRIMARY';
}

function constraintColumns(constraint: Fields | undefined): readonly string[] {
  if (!isPrimary(constraint)) return [];
  return list(constraint?.['keys']).map((key) => text(as(key, 'String')?.['sval']));
}

function alteredKey(fields: Fields): readonly KeyFact[] {
  const commands = list(fields['cmds']).map((item) => as(item, 'AlterTableCmd') ?? {});
  const isPrimaryKey = ({ def }: Fields): boolean =>
    isPrimary(as(def, 'Constraint')) ||
    list(as(def, 'ColumnDef')?.['constraints']).some((item) => isPrimary(as(item, 'Constraint')));
  const added = commands.filter(isPrimaryKey);
  if (added.length > 0)
    return fact(
      fields['relation'],
      added.flatMap(({ def }) => keyColumns(def)),
      'definition',
    );
  const isHarmless = commands.every((command) => {
    return HARMLESS.has(text(command['subtype'])) || command['subtype'] === 'AT_AddConstraint';
  });
  return isHarmless ? [] : forgotten([fields['relation']]);
}

function droppedKey(object: unknown): readonly KeyFact[] {
  const table = list(as(object, 'List')?.['items'])
    .map((item) => text(as(item, 'String')?.['sval']))
    .join('.');
  return table === '' ? [] : [{ table, columns: [], from: 'definition' }];
}

function conflictKey(fields: Fields): readonly KeyFact[] {
  const columns = conflictColumns(fields['onConflictClause']);
  return columns.length === 0 ? [] : fact(fields['relation'], columns, 'conflict');
}
