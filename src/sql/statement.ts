import type { KeyFact } from './key-facts.js';
import type { OutputColumn } from './output-columns.js';
import type { ReturnedColumn } from './returning.js';
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
  | 'commit'
  | 'rollback'
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

/** What is known of the rows that a statement, or a part of it, is about. */
interface Meaning {
  readonly action: SqlAction;
  /** Columns it sets. */
  readonly fields: readonly string[];
  /** Values it sets in every row, from constants and parameters. */
  readonly assignments: readonly Assignment[];
  /** Values of the first inserted rows, by column; empty for what inserts no rows of its own. */
  readonly insertedRows: readonly (readonly Assignment[])[];
  /** How many rows stand behind VALUES, kept or not. */
  readonly insertedRowCount: number;
  /** Of an upsert: the columns by which it finds the row that is there already; none where that cannot be told. */
  readonly conflictColumns: readonly string[] | undefined;
  /** Equalities that must hold for the rows it touches. */
  readonly conditions: readonly Condition[];
  /** Whether the server's row count is about these rows. */
  readonly isCounted: boolean;
}

/** One of several things that a statement does. */
export interface SqlWrite extends Meaning {
  readonly table: string;
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
  /** Whether it runs code that may set another search path. */
  readonly mayMovePath?: true;
  /** DISCARD ALL: nothing of the session is left. */
  readonly resets?: 'all';
}

/** What one SQL statement means, as far as its text says. */
export interface SqlStatement extends Meaning, SessionChange {
  /**
   * Tables it writes; for a statement that writes none, tables it reads; for one that calls or defines something else,
   * the names of that. The first is what the statement itself is about.
   */
  readonly tables: readonly string[];
  /** What it writes beside that. */
  readonly also: readonly SqlWrite[];
  /** Functions it calls that are not known to only read. */
  readonly calls: readonly string[];
  /** Columns that come back from the rows it writes; empty where nothing does. */
  readonly returning: readonly ReturnedColumn[];
  /** What the columns of its answer are made of. */
  readonly outputs?: readonly OutputColumn[];
  /** What it says about the keys of tables. */
  readonly keys: readonly KeyFact[];
  readonly transaction?: TransactionStep;
}

const NOTHING: readonly never[] = Object.freeze([]);

/** A statement of which no more is known. */
export function describe(action: SqlAction, tables: readonly string[]): SqlStatement {
  return {
    action,
    tables,
    fields: NOTHING,
    assignments: NOTHING,
    insertedRows: NOTHING,
    insertedRowCount: 0,
    conflictColumns: undefined,
    conditions: NOTHING,
    isCounted: true,
    also: NOTHING,
    calls: NOTHING,
    returning: NOTHING,
    keys: NOTHING,
  };
}
