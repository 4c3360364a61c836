import {
  EXTENSION_FAMILIES,
  EXTENSION_READS,
  READ_FAMILIES,
  STABLE_FUNCTIONS,
  VOLATILE_READS,
} from './read-functions.js';
import { list, text, as, walk } from './syntax-tree.js';

/** Whether the user says of a function, by its name with and without schema, that it only reads. */
export type IsReadFunction = (names: readonly string[]) => boolean;

const BUILT_IN = new Set(`${STABLE_FUNCTIONS} ${VOLATILE_READS}`.trim().split(/\s+/));
const EXTENSIONS = new Set(EXTENSION_READS.trim().split(/\s+/));
const ADVISORY_LOCK = /^(?:pg_catalog\.)?pg_(?:try_)?advisory_/;

/** The functions that a tree calls and that are not known to only read, each once, in the order of the text. */
export function readCalls(node: unknown, isReadFunction: IsReadFunction): readonly string[] {
  const calls = new Set<string>();
  walk(node, (tag, fields) => {
    if (tag !== 'FuncCall') return;
    const parts = list(fields['funcname']).map((part) => text(as(part, 'String')?.['sval']));
    const bare = parts.at(-1) ?? '';
    const name = parts.join('.');
    if (!onlyReads(parts, bare) && !isReadFunction([name, bare])) calls.add(name);
  });
  return [...calls];
}

/** Whether all that these functions do is to take or release advisory locks. */
export function areAdvisoryLocks(calls: readonly string[]): boolean {
  return calls.length > 0 && calls.every((call) => ADVISORY_LOCK.test(call));
}

/** NOTE: a name without a schema is looked up in `pg_catalog` first. */
function onlyReads(parts: readonly string[], name: string): boolean {
  const isBuiltIn = parts.length === 1 || parts[0] === 'pg_catalog';
  if (isBuiltIn && (BUILT_IN.has(name) || READ_FAMILIES.test(name))) return true;
  return EXTENSIONS.has(name) || EXTENSION_FAMILIES.test(name);
}
