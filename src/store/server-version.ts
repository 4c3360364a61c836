import type { ClickHouseClient } from '@clickhouse/client';
import { messageOf } from '../errors.js';
import { MigrationError } from './errors.js';

/** The first version whose text indexes need no experimental setting. */
const OLDEST = { major: 26, minor: 2 };

/**
 * The version of the server.
 *
 * @throws MigrationError when it is older than the tables can be made on.
 */
export async function requireServerVersion(client: ClickHouseClient): Promise<string> {
  const version = await readVersion(client);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return version;
  throw new MigrationError(
    `ClickHouse ${OLDEST.major}.${OLDEST.minor} or newer is needed, the server is ${version}: upgrade it, or set AUDIT_REGISTER_CLICKHOUSE_URL to a newer one.`,
  );
}

async function readVersion(client: ClickHouseClient): Promise<string> {
  try {
    const result = await client.query({ query: 'SELECT version() AS version', format: 'JSONEachRow' });
    const [row] = await result.json<{ version: string }>();
    if (!/^\d+\.\d+/.test(row?.version ?? '')) throw new TypeError('its answer is not that of a ClickHouse');
    return row?.version ?? '';
  } catch (error) {
    throw new MigrationError(`the version of the server cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
