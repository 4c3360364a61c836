import { mkdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { vi } from 'vitest';
import { createRunDirectory } from '../../src/embedded/run-directory.ts';
import { serverConfig } from '../../src/embedded/server-config.ts';
import { spawnServer } from '../../src/embedded/server.ts';
import type { Server } from '../../src/embedded/server.ts';
import { createStoreClient } from '../../src/store/client.ts';
import { temporaryDirectory } from '../support/clickhouse.ts';
import { SERVER_USERS } from '../support/server-users.ts';
import { startDdlQueue } from './ddl-queue.ts';
import type { DdlQueue, Turn } from './ddl-queue.ts';
import { freePort } from './free-port.ts';

const DEPLOY = join(import.meta.dirname, '../../deploy/cluster');
export const CLUSTER = 'audit';
export const PASSWORD = 'of-the-test';

/** One server: the genuine engine, with the files of deploy/cluster, of which only addresses and passwords are other ones. */
export interface Node {
  readonly name: string;
  readonly shard: number;
  readonly url: string;
  readonly kill: () => Promise<void>;
  /** Again, on the same ports and data. */
  readonly start: () => Promise<void>;
}

export interface Cluster {
  /** The first server, through the stand-in for what the engine cannot do: see ddl-queue.ts. */
  readonly url: string;
  readonly nodes: readonly Node[];
  /** User `default` of the first server, or of another. */
  readonly client: ClickHouseClient;
  readonly query: <Row = Record<string, unknown>>(sql: string, node?: number) => Promise<Row[]>;
  readonly stop: () => Promise<void>;
}

export interface ClusterOptions {
  /** Names of the servers of deploy/cluster that are started, such as `1a`. */
  readonly servers: readonly string[];
  readonly keeperPort: number;
  readonly turn: Turn;
}

interface Place {
  readonly name: string;
  readonly http: number;
  readonly tcp: number;
}

export async function startCluster({ servers, keeperPort, turn }: ClusterOptions): Promise<Cluster> {
  const directory = await temporaryDirectory();
  const places: Place[] = [];
  for (const name of servers) places.push({ name, http: await freePort(), tcp: await freePort() });
  const nodes = places.map((place) => nodeAt(place, places, join(directory, place.name), keeperPort));
  await Promise.all(nodes.map((node) => node.start()));
  const queue = await startDdlQueue(
    nodes.map(({ url }) => url),
    turn,
  );
  return describe(nodes, queue, directory);
}

function describe(nodes: readonly Node[], queue: DdlQueue, directory: string): Cluster {
  const clients = nodes.map(({ url }) => clientOf(url));
  const client = clients[0] as ClickHouseClient;
  return {
    url: queue.url,
    nodes,
    client,
    query: async <Row>(sql: string, node = 0) => {
      const result = await (clients[node] as ClickHouseClient).query({ query: sql, format: 'JSONEachRow' });
      return await result.json<Row>();
    },
    stop: async () => {
      await Promise.all(clients.map((own) => own.close()));
      await queue.stop();
      await Promise.all(nodes.map((node) => node.kill()));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function clientOf(url: string): ClickHouseClient {
  const access = { url, username: 'default', password: '', timeoutMillis: 30_000 };
  return createStoreClient(access, undefined, { distributed_foreground_insert: 1 });
}

function nodeAt(place: Place, all: readonly Place[], directory: string, keeperPort: number): Node {
  let server: Server | undefined;
  return {
    name: place.name,
    shard: Number(place.name[0]),
    url: `http://127.0.0.1:${place.http}`,
    start: async () => {
      const run = createRunDirectory(directory);
      for (const folder of ['config.d', 'users.d']) mkdirSync(join(directory, run.name, folder));
      run.write('config.xml', serverConfig());
      run.write('users.xml', SERVER_USERS);
      run.write('config.d/audit-cluster.xml', serverFile(all, keeperPort));
      run.write('config.d/audit-storage.xml', storageFile(join(directory, 'cold/')));
      run.write('users.d/audit-register.xml', usersFile());
      for (const [name, value] of Object.entries(environmentOf(place))) vi.stubEnv(name, value);
      const starting = spawnServer({
        dataDirectory: directory,
        run,
        httpPort: place.http,
        tcpPort: place.tcp,
        signal: undefined,
      });
      vi.unstubAllEnvs();
      server = await starting;
    },
    kill: async () => server?.kill(),
  };
}

/** The file of the servers, with addresses of this machine. */
function serverFile(all: readonly Place[], keeperPort: number): string {
  const replica = /<replica><host>clickhouse-(\w+)<\/host><port>9000<\/port><\/replica>/g;
  return readFileSync(join(DEPLOY, 'config.d/audit-cluster.xml'), 'utf8')
    .replace(replica, (_, name: string) => {
      const port = all.find((other) => other.name === name)?.tcp;
      return port === undefined ? '' : `<replica><host>127.0.0.1</host><port>${port}</port></replica>`;
    })
    .replace(/<node><host>keeper-[23]<\/host><port>9181<\/port><\/node>/g, '')
    .replace('<host>keeper-1</host><port>9181</port>', `<host>127.0.0.1</host><port>${keeperPort}</port>`);
}

function storageFile(cold: string): string {
  return readFileSync(join(DEPLOY, 'config.d/audit-storage.xml'), 'utf8').replace(
    '/var/lib/clickhouse-cold/',
    cold,
  );
}

/** The file of the users; a statement for a replicated table may be sent as one for a table that is not. */
function usersFile(): string {
  const replicated = '<query>GRANT TABLE ENGINE ON ReplicatedMergeTree</query>';
  return readFileSync(join(DEPLOY, 'users.d/audit-register.xml'), 'utf8').replace(
    replicated,
    `${replicated}<query>GRANT TABLE ENGINE ON MergeTree</query>`,
  );
}

/** What the environment of a server has: read while its process is made, and only then. */
function environmentOf({ name }: Place): Record<string, string> {
  return {
    AUDIT_SHARD: name[0] as string,
    AUDIT_REPLICA: name[1] as string,
    AUDIT_HOST: '127.0.0.1',
    AUDIT_CLUSTER_SECRET: PASSWORD,
    AUDIT_WRITER_PASSWORD: PASSWORD,
    AUDIT_COLLECTOR_PASSWORD: PASSWORD,
    AUDIT_READER_PASSWORD: PASSWORD,
    AUDIT_MIGRATOR_PASSWORD: PASSWORD,
  };
}
