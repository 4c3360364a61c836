import type { TestClickHouse } from '../support/clickhouse.ts';

/** Settings of somebody who may only read. */
export function readerEnv(store: TestClickHouse): Record<string, string> {
  const { url, username, password } = store.config('audit_reader');
  return {
    AUDIT_REGISTER_CLICKHOUSE_URL: url,
    AUDIT_REGISTER_CLICKHOUSE_USER: username,
    AUDIT_REGISTER_CLICKHOUSE_PASSWORD: password,
  };
}
