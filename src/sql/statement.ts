import type { Assignment, Condition } from './values.js';

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
  readonly kind:
    | 'begin'
    | 'commit'
    | 'rollback'
    | 'prepare'
    | 'commit_prepared'
    | 'rollback_prepared'
    | 'savepoint'
    | 'release'
    | 'rollback_to';
  readonly savepoint: string;
  /** Whether the next transaction begins at once. */
  readonly chain: boolean;
  /** Name of a prepared transaction. */
  readonly gid?: string;
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

/** A statement of which no more is known. */
export function describe(action: SqlAction, tables: readonly string[]): SqlStatement {
  return { action, tables, fields: [], assignments: [], insertedRows: [], conditions: [] };
}
