import { messageOf } from '../../errors.js';
import type { Source } from '../source.js';
import { ImportError } from '../errors.js';

export interface UserTable {
  /** `table` or `schema.table`. */
  readonly table: string;
  readonly key: string;
  readonly name: string;
  /** Whether somebody asked for it: then it must be there. */
  readonly isRequired: boolean;
}

/** The join that gives users their names. */
export interface UserJoin {
  readonly column: string;
  readonly join: string;
}

/** Whether names can be read; without them the records hold the keys alone. */
export async function userJoin(
  source: Source,
  users: UserTable,
  eventTable: string,
): Promise<UserJoin | undefined> {
  const join = {
    column: `u.${quoteIdentifier(users.name)}::text`,
    join: `LEFT JOIN ${users.table.split('.').map(quoteIdentifier).join('.')} u ON u.${quoteIdentifier(users.key)} = e.user_id`,
  };
  try {
    await source.query(`SELECT ${join.column} FROM ${eventTable} e ${join.join} LIMIT 0`);
    return join;
  } catch (error) {
    if (!users.isRequired) return undefined;
    throw new ImportError(
      'ERR_AUDIT_IMPORT_SOURCE',
      `Names cannot be read from ${users.table}. ${messageOf(error)}. Check --user-table, --user-key and --user-name.`,
      { cause: error },
    );
  }
}

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
