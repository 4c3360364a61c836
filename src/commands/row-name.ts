import { UsageError } from './usage-error.js';

/** A row as the register calls it: the table as the statements do, of a key of several columns its values joined by commas. */
export interface RowName {
  readonly table: string;
  readonly id: string;
}

/** A table and its key, or both in one as searches have it: `orders/1042`. @throws UsageError where there is no key. */
export function readRowName(table: string, ids: readonly string[]): RowName {
  if (ids.length > 0) return { table, id: ids.join(',') };
  const slash = table.indexOf('/');
  if (slash > 0 && slash < table.length - 1)
    return { table: table.slice(0, slash), id: table.slice(slash + 1) };
  throw new UsageError('A row is a table and its key: history orders 1042, or orders/1042.');
}
