import type { Assignment, Condition, ValueSource } from './values.js';

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

/** One thing that a statement does, with what is known of the rows it does it to. */
export interface SqlWrite {
  readonly action: SqlAction;
  /** The table it writes; empty when there is none, or several (see `SqlStatement.tables`). */
  readonly table: string;
  /** Columns it sets. */
  readonly fields: readonly string[];
  /** Values it sets, where one row is set by constants and parameters. */
  readonly assignments: readonly Assignment[];
  /** Values of each inserted row, by column; empty for what is no plain INSERT … VALUES. */
  readonly insertedRows: readonly (readonly Assignment[])[];
  /** Equalities that must hold for the rows it touches. */
  readonly conditions: readonly Condition[];
}

/** A SET of `search_path`, by which unqualified names are looked up. */
export interface SearchPathSetting {
  /** As written, or given as a parameter; `default` is the server's own, `unknown` is computed. */
  readonly searchPath: ValueSource | 'default' | 'unknown';
  /** Until the end of the transaction only. */
  readonly isLocal: boolean;
}

/** What a statement leaves behind in the session of its connection: plain facts of its text. */
export interface SessionChange {
  /** `PREPARE name AS statement`. */
  readonly prepares?: { readonly name: string; readonly statement: SqlStatement };
  /** `EXECUTE name (…)`; an argument that is computed is undefined. */
  readonly executes?: { readonly name: string; readonly arguments: readonly (ValueSource | undefined)[] };
  /** Name of the prepared statement; empty for all of them. */
  readonly deallocates?: string;
  readonly sets?: SearchPathSetting;
  /** DISCARD ALL: nothing of the session is left. */
  readonly resets?: 'all';
}

/** What one SQL statement means, as far as its text says. */
export interface SqlStatement extends Omit<SqlWrite, 'table'>, SessionChange {
  /** Tables it writes; for a statement that writes none, tables it reads. The first is what the statement itself is about. */
  readonly tables: readonly string[];
  /** What it writes beside that, in CTEs; how many rows of them the server does not tell. */
  readonly also: readonly SqlWrite[];
  readonly transaction?: TransactionStep;
}

/** A statement of which no more is known. */
export function describe(action: SqlAction, tables: readonly string[]): SqlStatement {
  return { action, tables, fields: [], assignments: [], insertedRows: [], conditions: [], also: [] };
}
