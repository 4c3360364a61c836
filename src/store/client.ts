import type { Agent } from 'node:http';
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import type { ClickHouseConfig } from '../config/config.js';
import { clientLibrary } from './client-library.js';
import { keepClientAwake } from './client-timers.js';

export type { ClickHouseClient };

/** As the server's query log shows us. */
const APPLICATION = 'audit-register';
/** Below the 3 s after which a ClickHouse server closes an idle connection by default in older versions. */
const IDLE_SOCKET_MILLIS = 2_500;

/**
 * A client of the store. It names no database: the one in the configuration may not exist yet, so statements
 * name it themselves. It sends no settings of its own either: a read-only user could not; whoever inserts sends its own.
 *
 * @param agent Makes the connections, instead of the client itself.
 * @param settings Sent with every statement.
 */
export function createStoreClient(
  config: Pick<ClickHouseConfig, 'url' | 'username' | 'password' | 'timeoutMillis'>,
  agent?: Agent,
  settings: ClickHouseSettings = {},
): ClickHouseClient {
  const { ClickHouseLogLevel, createClient } = clientLibrary();
  keepClientAwake();
  return createClient({
    url: config.url,
    username: config.username,
    password: config.password,
    application: APPLICATION,
    request_timeout: config.timeoutMillis,
    keep_alive: { enabled: true, idle_socket_ttl: IDLE_SOCKET_MILLIS },
    compression: { request: false, response: false },
    clickhouse_settings: settings,
    ...(agent === undefined ? {} : { http_agent: agent }),
    // NOTE: at its default level the client writes warnings to the application's console.
    log: { level: ClickHouseLogLevel.OFF },
  });
}
