import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { ClickHouseClient } from '@clickhouse/client';
import type { EmbeddedClickHouse } from '../../src/embedded/clickhouse.ts';
import { startFaultProxy } from './fault-proxy.ts';
import type { FaultProxy } from './fault-proxy.ts';

/** What was built, as users have it; types come from its source. */
const { startClickHouse } = createRequire(import.meta.url)(
  '../../dist/embedded/clickhouse.js',
) as typeof import('../../src/embedded/clickhouse.ts');

const QUERY_MILLIS = 300_000;

/** The genuine ClickHouse engine, and the way to it that can fail. */
export interface Register {
  readonly proxy: FaultProxy;
  /** Not by way of the proxy. */
  readonly url: string;
  rows<Row>(sql: string, params?: Record<string, unknown>): Promise<Row[]>;
  /** The result of a query in RowBinary, whole. */
  bytes(sql: string): Promise<Buffer>;
  command(sql: string): Promise<void>;
  /** SIGKILL, as a crash of its machine would look to it. */
  kill(): Promise<void>;
  /** Starts it again on the data that it left. */
  restart(): Promise<void>;
  /** Runs again, and everything passes. */
  mend(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRegister(directory: string): Promise<Register> {
  const dataDirectory = join(directory, 'clickhouse');
  let engine: EmbeddedClickHouse = await startClickHouse({ dataDirectory, httpPort: 0 });
  let client = connectTo(engine);
  let isRunning = true;
  const proxy = await startFaultProxy(engine.httpUrl);
  const restart = async (): Promise<void> => {
    await client.close();
    engine = await startClickHouse({ dataDirectory, httpPort: 0 });
    client = connectTo(engine);
    proxy.pointTo(engine.httpUrl);
    isRunning = true;
  };
  return {
    proxy,
    get url() {
      return engine.httpUrl;
    },
    rows: async <Row>(query: string, params: Record<string, unknown> = {}) => {
      const result = await client.query({ query, query_params: params, format: 'JSONEachRow' });
      return result.json<Row>();
    },
    bytes: async (query) => {
      const { stream } = await client.exec({ query: `${query} FORMAT RowBinary` });
      return Buffer.concat((await stream.toArray()) as Buffer[]);
    },
    command: async (query) => {
      await client.command({ query, clickhouse_settings: { mutations_sync: '2' } });
    },
    async kill() {
      isRunning = false;
      await engine.kill();
    },
    restart,
    async mend() {
      if (!isRunning) await restart();
      proxy.become('passes');
    },
    async stop() {
      await client.close();
      await proxy.close();
      // By force: its data is removed anyway.
      await engine.kill();
    },
  };
}

function connectTo(engine: EmbeddedClickHouse): ClickHouseClient {
  return createClient({
    url: engine.httpUrl,
    request_timeout: QUERY_MILLIS,
    log: { level: ClickHouseLogLevel.OFF },
  });
}
