import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll } from 'vitest';
import type { ClickHouseConfig } from '../../src/config/config.ts';
import { startClickHouse } from '../../src/embedded/clickhouse.ts';
import type { EmbeddedClickHouse } from '../../src/embedded/clickhouse.ts';
import { createStoreClient } from '../../src/store/client.ts';
import type { StoreUser } from '../../src/store/grants.ts';
import { migrate } from '../../src/store/migrate.ts';
import { placeCopy } from './made-once.ts';

export interface TestClickHouse {
  /** Without credentials. */
  readonly url: string;
  readonly tcpPort: number;
  readonly engine: EmbeddedClickHouse;
  /** A client of user `default`. */
  readonly client: ClickHouseClient;
  /** Configuration for one of the users, as the application would be given it. */
  readonly config: (user?: 'default' | StoreUser) => ClickHouseConfig;
  /** Rows of a query by user `default`. */
  readonly query: <Row = Record<string, unknown>>(
    sql: string,
    params?: Record<string, unknown>,
  ) => Promise<Row[]>;
  /** Ends the engine and removes its data. */
  readonly stop: () => Promise<void>;
}

/** Starts the genuine engine on free ports in a directory of its own, with database `audit` migrated. */
export async function startTestClickHouse(): Promise<TestClickHouse> {
  const directory = await temporaryDirectory();
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const dataDirectory = join(directory, 'data');
    await placeCopy('clickhouse', dataDirectory, makeMigrated);
    const store = describe(await startClickHouse({ dataDirectory, httpPort: 0 }), remove);
    // Nothing to do, unless a migration was edited while vitest watches.
    await migrate(store.client, { database: 'audit' });
    return store;
  } catch (error) {
    await remove();
    throw error;
  }
}

async function makeMigrated(dataDirectory: string): Promise<void> {
  const engine = await startClickHouse({ dataDirectory, httpPort: 0 });
  const { client } = describe(engine, async () => {});
  try {
    await migrate(client, { database: 'audit' });
  } finally {
    await client.close();
    await engine.stop();
  }
  // Each copy gets passwords of its own.
  await rm(join(dataDirectory, 'credentials.json'));
}

/** One engine for all tests of a file: call it at the top, and what it returns inside the tests. */
export function useClickHouse(): () => TestClickHouse {
  let store: TestClickHouse | undefined;
  beforeAll(async () => {
    store = await startTestClickHouse();
  });
  afterAll(async () => {
    await store?.stop();
  });
  return () => {
    if (store === undefined) throw new Error('ClickHouse is only there inside of tests');
    return store;
  };
}

export function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'audit-register-clickhouse-'));
}

function describe(engine: EmbeddedClickHouse, remove: () => Promise<void>): TestClickHouse {
  const config: TestClickHouse['config'] = (user = 'default') => ({
    url: engine.httpUrl,
    username: user,
    password: user === 'default' ? '' : engine.passwords[user],
    database: 'audit',
    cluster: '',
    migrate: 'off',
    timeoutMillis: 30_000,
  });
  const client = createStoreClient(config());
  return {
    url: engine.httpUrl,
    tcpPort: engine.tcpPort,
    engine,
    client,
    config,
    query: async <Row>(sql: string, params: Record<string, unknown> = {}) => {
      const result = await client.query({ query: sql, query_params: params, format: 'JSONEachRow' });
      return await result.json<Row>();
    },
    stop: async () => {
      await client.close();
      // By force: its data is removed anyway, and an orderly stop takes a second.
      await engine.kill();
      await remove();
    },
  };
}
