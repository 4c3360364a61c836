import type { TableKeyConfig } from '../../config/config.js';
import type { TransactionOutcome } from '../../sql/held-statements.js';
import type { SqlStatement } from '../../sql/statement.js';
import type { ErrorFacts, StatementResult } from '../facts.js';

/** Tables of which a key is remembered; the oldest is forgotten first. */
const TABLES = 2_000;
const KEY_COLUMNS = 32;
/** Names of tables that are remembered with a connection. */
const MOST_PLACES = 100;

/** How much a lesson is worth. What is configured beats them all. */
const RANKS = { conflict: 1, presumption: 2, constraint: 3, definition: 4 } as const;
type Rank = (typeof RANKS)[keyof typeof RANKS];

interface Lesson {
  /** Empty where lessons of the same worth contradict each other. */
  readonly columns: readonly string[];
  readonly rank: Rank;
  readonly texts: readonly string[];
  /** One object for as long as nothing else is learnt; undefined where there are no columns. */
  readonly key: TableKey | undefined;
}

/** Where the names of tables are looked up. */
export interface KeyScope {
  readonly server: string;
  readonly namespace: string;
  /** The search path as it was set; empty where it was not, undefined where nobody knows what it is by now. */
  readonly path: string | undefined;
}

/** The key of a table as far as it was learnt. */
export interface TableKey {
  readonly columns: readonly string[];
  /** A hint may be of another unique key: it only counts where nothing better is to be seen. */
  readonly isSure: boolean;
  /** Those of the columns that are texts, as far as their definition was seen. */
  readonly texts?: readonly string[];
}

const EXISTING_KEY = /^Key \(([^()]+)\)=\(/;

/**
 * Primary keys, learnt from what passes by: the application's database is never asked. Lessons of the same worth that
 * contradict each other cancel each other, since a wrong key is worse than none.
 */
export class TableKeys {
  readonly #configured: ReadonlyMap<string, TableKey>;
  readonly #lessons = new Map<string, Lesson>();

  constructor(configured: readonly TableKeyConfig[]) {
    this.#configured = new Map(configured.map(({ table, columns }) => [table, { columns, isSure: true }]));
  }

  keyOf(scope: KeyScope, table: string): TableKey | undefined {
    const configured = this.#configured.get(table) ?? this.#configured.get(bareName(table));
    if (configured !== undefined) return configured;
    if (this.#lessons.size === 0) return undefined;
    const place = placeOf(scope, table);
    return place === undefined ? undefined : this.#lessons.get(place)?.key;
  }

  /** Learns from a definition that was carried out; one that was rolled back teaches nothing. */
  learnDefinitions(scope: KeyScope, { keys }: SqlStatement, outcome: TransactionOutcome): void {
    if (outcome === 'rolled_back') return;
    for (const { table, columns, from, texts } of keys) {
      if (from === 'conflict') continue;
      // NOTE: where nobody knows whether it is kept, what was known may hold no longer either.
      if (columns.length === 0 || outcome === 'unknown') this.#forget(scope, table);
      else this.#keep(scope, table, columns, RANKS[from], texts);
    }
  }

  /** Learns from what a statement that was carried out hints at. */
  learnHints(scope: KeyScope, statement: SqlStatement, result: StatementResult | undefined): void {
    if (result === undefined) return;
    for (const { table, columns, from } of statement.keys) {
      if (from === 'conflict') this.#keep(scope, table, columns, RANKS.conflict);
    }
    const [table] = statement.tables;
    const [returned, ...others] = statement.returning;
    if (table === undefined || returned === undefined || others.length > 0 || !statement.isCounted) return;
    if (statement.insertedRowCount > 0 && returned.column !== '*' && returned.column !== '') {
      this.#keep(scope, table, [returned.column], RANKS.conflict);
    }
  }

  /** Learns from `Key (order_no)=(7) already exists`, where the constraint has the name that primary keys get. */
  learnFromError(scope: KeyScope, error: ErrorFacts): void {
    const { constraint = '', detail = '', table = '', schema = '' } = error;
    const columns = EXISTING_KEY.exec(detail)?.[1]?.split(', ');
    if (columns === undefined || table === '' || !constraint.endsWith('_pkey')) return;
    const name = schema === '' ? table : `${schema}.${table}`;
    this.#keep(scope, name, columns.map(unquoted), RANKS.constraint);
  }

  #forget(scope: KeyScope, table: string): void {
    const place = placeOf(scope, table);
    if (place !== undefined) this.#lessons.delete(place);
  }

  #keep(
    scope: KeyScope,
    table: string,
    columns: readonly string[],
    rank: Rank,
    texts: readonly string[] = [],
  ): void {
    const place = placeOf(scope, table);
    if (columns.length > KEY_COLUMNS || place === undefined) return;
    const known = this.#lessons.get(place);
    if (known !== undefined && known.rank > rank) return;
    const isDenied = known?.rank === rank && known.columns.join() !== columns.join();
    const lesson = lessonOf(isDenied ? [] : columns, rank, texts);
    if (known !== undefined && isSameLesson(known, lesson)) return;
    this.#lessons.set(place, lesson);
    for (const oldest of this.#lessons.keys()) {
      if (this.#lessons.size <= TABLES) break;
      this.#lessons.delete(oldest);
    }
  }
}

function lessonOf(columns: readonly string[], rank: Rank, texts: readonly string[]): Lesson {
  const key = { columns, isSure: rank > RANKS.conflict, ...(texts.length > 0 ? { texts } : {}) };
  return { columns, rank, texts, key: columns.length === 0 ? undefined : key };
}

function isSameLesson(one: Lesson, other: Lesson): boolean {
  return (
    one.rank === other.rank &&
    one.columns.join() === other.columns.join() &&
    one.texts.join() === other.texts.join()
  );
}

/** The same object for as long as it is the same place, because what is found out is remembered with it. */
export function keyScopeAt(
  known: KeyScope | undefined,
  server: string,
  namespace: string,
  path: string | undefined,
): KeyScope {
  const isSame = known?.path === path && known?.namespace === namespace && known.server === server;
  return isSame ? known : { server, namespace, path };
}

/** What names of tables mean in a scope, as far as that was asked. */
const PLACES = new WeakMap<KeyScope, Map<string, string | undefined>>();

/** Undefined where nobody knows which table a name without a schema means. */
function placeOf(scope: KeyScope, table: string): string | undefined {
  const places = placesIn(scope);
  if (!places.has(table)) {
    if (places.size >= MOST_PLACES) places.clear();
    places.set(table, findPlace(scope, table));
  }
  return places.get(table);
}

function placesIn(scope: KeyScope): Map<string, string | undefined> {
  let places = PLACES.get(scope);
  if (places === undefined) PLACES.set(scope, (places = new Map()));
  return places;
}

/** NOTE: without a path that was set it most often is the one in `public`. */
function findPlace({ server, namespace, path }: KeyScope, table: string): string | undefined {
  const isQualified = table.includes('.');
  if (!isQualified && path === undefined) return undefined;
  const isOneSchema = path !== '' && /^[^,"$]+$/.test(path ?? '');
  const name = isQualified || !isOneSchema ? table : `${path}.${table}`;
  const bare = name.startsWith('public.') ? name.slice('public.'.length) : name;
  return [server, namespace, isQualified || isOneSchema ? '' : path, bare].join('\0');
}

function bareName(table: string): string {
  return table.slice(table.lastIndexOf('.') + 1);
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
