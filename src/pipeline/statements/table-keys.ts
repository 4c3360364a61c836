import type { TableKeyConfig } from '../../config/config.js';
import type { SqlStatement } from '../../sql/statement.js';
import type { ErrorFacts, StatementResult } from '../facts.js';

/** Tables of which a key is remembered; the oldest is forgotten first. */
const TABLES = 2_000;
const KEY_COLUMNS = 32;

/** How much a lesson is worth. What is configured beats them all. */
const RANKS = { conflict: 1, presumption: 2, constraint: 3, definition: 4 } as const;
type Rank = (typeof RANKS)[keyof typeof RANKS];

interface Lesson {
  /** Empty where lessons of the same worth contradict each other. */
  readonly columns: readonly string[];
  readonly rank: Rank;
}

/** The key of a table as far as it was learnt. */
export interface TableKey {
  readonly columns: readonly string[];
  /** A hint may be of another unique key: it only counts where nothing better is to be seen. */
  readonly isSure: boolean;
}

const EXISTING_KEY = /^Key \(([^()]+)\)=\(/;

/**
 * Primary keys, learnt from what passes by: the application's database is never asked. Lessons of the same worth that
 * contradict each other cancel each other, since a wrong key is worse than none.
 */
export class TableKeys {
  readonly #configured: ReadonlyMap<string, readonly string[]>;
  readonly #lessons = new Map<string, Lesson>();

  constructor(configured: readonly TableKeyConfig[]) {
    this.#configured = new Map(configured.map(({ table, columns }) => [table, columns]));
  }

  keyOf(namespace: string, table: string): TableKey | undefined {
    const configured = this.#configured.get(table) ?? this.#configured.get(bareName(table));
    if (configured !== undefined) return { columns: configured, isSure: true };
    const lesson = this.#lessons.get(placeOf(namespace, table));
    if (lesson === undefined || lesson.columns.length === 0) return undefined;
    return { columns: lesson.columns, isSure: lesson.rank > RANKS.conflict };
  }

  /** Learns from a statement that was carried out. */
  learn(namespace: string, statement: SqlStatement, result: StatementResult | undefined): void {
    if (result === undefined) return;
    for (const { table, columns, from } of statement.keys) {
      if (columns.length === 0) this.#lessons.delete(placeOf(namespace, table));
      else this.#keep(namespace, table, columns, RANKS[from]);
    }
    const [table] = statement.tables;
    const [returned, ...others] = statement.returning;
    if (table === undefined || returned === undefined || others.length > 0 || !statement.isCounted) return;
    if (statement.insertedRowCount > 0 && returned.column !== '*' && returned.column !== '') {
      this.#keep(namespace, table, [returned.column], RANKS.conflict);
    }
  }

  /** Learns from `Key (order_no)=(7) already exists`, where the constraint has the name that primary keys get. */
  learnFromError(namespace: string, error: ErrorFacts): void {
    const { constraint = '', detail = '', table = '', schema = '' } = error;
    const columns = EXISTING_KEY.exec(detail)?.[1]?.split(', ');
    if (columns === undefined || table === '' || !constraint.endsWith('_pkey')) return;
    const name = schema === '' ? table : `${schema}.${table}`;
    this.#keep(namespace, name, columns.map(unquoted), RANKS.constraint);
  }

  #keep(namespace: string, table: string, columns: readonly string[], rank: Rank): void {
    if (columns.length > KEY_COLUMNS) return;
    const place = placeOf(namespace, table);
    const known = this.#lessons.get(place);
    if (known !== undefined && known.rank > rank) return;
    const isSame = known?.rank === rank && known.columns.join() !== columns.join();
    this.#lessons.set(place, { columns: isSame ? [] : columns, rank });
    for (const oldest of this.#lessons.keys()) {
      if (this.#lessons.size <= TABLES) break;
      this.#lessons.delete(oldest);
    }
  }
}

/** NOTE: a table without a schema most often is the one in `public`. */
function placeOf(namespace: string, table: string): string {
  return `${namespace}\0${table.startsWith('public.') ? table.slice('public.'.length) : table}`;
}

function bareName(table: string): string {
  return table.slice(table.lastIndexOf('.') + 1);
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
