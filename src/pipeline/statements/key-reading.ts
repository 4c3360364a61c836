import type { SqlStatement } from '../../sql/statement.js';
import type { Condition } from '../../sql/values.js';
import type { TableKey } from './table-keys.js';

/** Columns that may be the key, all of them together. */
type Candidate = readonly string[];
export type Candidates = readonly Candidate[];

/** What the text of a statement says of its key, which is the same for all of its queries. */
export interface KeyReading {
  /** NOTE: copies of a statement, such as one of its parts, have its properties and another meaning. */
  readonly of: SqlStatement;
  readonly known: TableKey | undefined;
  readonly candidates: Candidates;
  /** Those that its inserted rows give. */
  readonly inserted: Candidate | undefined;
  /** Those that its conditions ask for, in the order of the key. */
  readonly asked: Candidate | undefined;
  readonly askedBy: readonly (Condition | undefined)[];
}

/** NOTE: on the statement it is found out once for each distinct text, as long as nothing else is learnt of its table. */
const READING = Symbol('audit-register.key-reading');

type WithReading = SqlStatement & { [READING]?: KeyReading };

/** @param known The key as it was learnt; left out where it is worth nothing for this statement. */
export function readingOf(statement: WithReading, table: string, known: TableKey | undefined): KeyReading {
  const reading = statement[READING];
  if (reading?.of === statement && reading.known === known) return reading;
  return (statement[READING] = read(statement, table, known));
}

function read(statement: SqlStatement, table: string, known: TableKey | undefined): KeyReading {
  const { insertedRows, conditions } = statement;
  const candidates = candidatesOf(table, known);
  const isIn = (named: readonly { readonly column: string }[], name: string): boolean =>
    named.some(({ column }) => column === name);
  const asked = choose(candidates, (name) => isIn(conditions, name));
  return {
    of: statement,
    known,
    candidates,
    inserted: choose(candidates, (name) => isIn(insertedRows[0] ?? [], name)),
    asked,
    askedBy: (asked ?? []).map((name) => conditions.find(({ column }) => column === name)),
  };
}

/**
 * The key that is sure. Without one, columns that may name a row: `id`, `order_id` for a table `orders` or `order`, `uuid`,
 * the likeliest first; then what was only hinted at.
 */
function candidatesOf(table: string, known: TableKey | undefined): Candidates {
  if (known?.isSure === true) return [known.columns];
  const noun = table.slice(table.lastIndexOf('.') + 1);
  const singulars = [noun.replace(/ies$/, 'y'), noun.replace(/s$/, ''), noun.replace(/es$/, '')];
  const names = ['id', `${noun}_id`, ...singulars.map((singular) => `${singular}_id`), 'uuid'];
  const byName = names.map((name) => [name]);
  return known === undefined ? byName : [...byName, known.columns];
}

/** The first candidate of which every column is there. */
export function choose(
  candidates: Candidates,
  isThereColumn: (column: string) => boolean,
): Candidate | undefined {
  return candidates.find((columns) => columns.every(isThereColumn));
}
