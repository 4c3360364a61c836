import { lazily } from '../lazily.js';

/** ClickHouse's own client: loaded to connect, for it takes longer than all that an application waits for at its start. */
export const clientLibrary = lazily(
  () => require('@clickhouse/client') as typeof import('@clickhouse/client'),
);
