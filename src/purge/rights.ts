import type { ClickHouseConfig } from '../config/config.js';
import { isGranted } from '../store/check-grant.js';
import { StoreError } from '../store/errors.js';
import { quoteName } from '../store/migrations.js';
import { rowsPlaceOf } from './register.js';
import type { Register } from './register.js';

/** @throws StoreError before anything is written, where the user may not do all that a purge does */
export async function requireRights(
  register: Register,
  { url, username }: Pick<ClickHouseConfig, 'url' | 'username'>,
): Promise<void> {
  const { records, segments, purges } = register;
  const { table, onCluster } = await rowsPlaceOf(register);
  const local = `${quoteName(register.database)}.${table}`;
  // NOTE: ALTER DELETE is also what ClickHouse asks for before it drops a partition.
  const needed = [
    `ALTER DELETE ON ${local}`,
    ...(onCluster === '' ? [] : ['CLUSTER ON *.*', 'REMOTE ON *.*']),
    'SELECT ON system.mutations',
    ...[records, segments, purges].flatMap((table) => [`SELECT ON ${table}`, `INSERT ON ${table}`]),
  ];
  const missing: string[] = [];
  for (const right of needed) if (!(await isGranted(register.client, right))) missing.push(right);
  if (missing.length === 0) return;
  throw new StoreError(
    'ERR_AUDIT_STORE_DENIED',
    `User "${username}" may not purge on ClickHouse at ${url}: GRANT ${missing.join('; GRANT ')} TO … is missing. Set AUDIT_REGISTER_CLICKHOUSE_USER to a user who may; the one of the applications must not.`,
  );
}
