import { ConfigurationError } from '../errors.js';
import type { TableKeyConfig } from './config.js';

/** `orders=order_no`, `shop.lines=order_id+line`. */
const ENTRY = /^([^=+\s]+)\s*=\s*([^=+\s]+(?:\s*\+\s*[^=+\s]+)*)$/;

/** @throws ConfigurationError for an entry that is no key of a table */
export function readTableKeys(entries: readonly string[]): readonly TableKeyConfig[] {
  return entries.map((entry) => {
    const [, table, columns] = ENTRY.exec(entry) ?? [];
    if (table === undefined || columns === undefined) {
      throw new ConfigurationError(
        `"sql.tableKeys" (AUDIT_REGISTER_TABLE_KEYS) takes entries such as "orders=order_no" or "lines=order_id+line", not "${entry}".`,
      );
    }
    return { table, columns: columns.split('+').map((column) => column.trim()) };
  });
}
