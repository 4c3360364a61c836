import type { SqlStatement } from '../sql/statement.js';

/**
 * The column that names a row: `id`, `uuid`, or `order_id` for a table `orders` or `order`, where the statement uses it.
 * The application's database is never asked for its keys.
 */
export function keyColumn(statement: SqlStatement): string | undefined {
  const table = statement.tables[0]?.split('.').at(-1);
  if (table === undefined) return undefined;
  const used = new Set([
    ...statement.conditions.map(({ column }) => column),
    ...(statement.insertedRows[0] ?? []).map(({ column }) => column),
  ]);
  const names = ['id', `${table}_id`, `${singular(table)}_id`, 'uuid'];
  // NOTE: an inserted row may get its key from the database and show it only in RETURNING.
  return names.find((name) => used.has(name)) ?? (statement.action === 'read' ? undefined : 'id');
}

function singular(table: string): string {
  return table.replace(/ies$/, 'y').replace(/s$/, '');
}
