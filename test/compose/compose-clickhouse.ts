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
import { ROOT, mountsOf, readCompose } from './compose-file.ts';

const MOUNT = '/etc/clickhouse-server/users.d/audit-register.xml';

/** By the variables that docker-compose.yml asks for. */
export const SECRETS = {
  AUDIT_WRITER_PASSWORD: 'writer-password',
  AUDIT_COLLECTOR_PASSWORD: 'collector-password',
  AUDIT_READER_PASSWORD: 'reader-password',
  AUDIT_MIGRATOR_PASSWORD: 'migrator-password',
  GRAFANA_ADMIN_PASSWORD: 'grafana-password',
  SHOP_DATABASE_PASSWORD: 'shop-password',
  ISSUER_SECRET: 'issuer-secret',
} as const;

const PASSWORDS = {
  audit_writer: SECRETS.AUDIT_WRITER_PASSWORD,
  audit_collector: SECRETS.AUDIT_COLLECTOR_PASSWORD,
  audit_reader: SECRETS.AUDIT_READER_PASSWORD,
  audit_migrator: SECRETS.AUDIT_MIGRATOR_PASSWORD,
  /** From the machine itself alone. */
  default: '',
};

export type ComposeUser = keyof typeof PASSWORDS;

export interface ComposeClickHouse {
  readonly url: string;
  readonly port: number;
  readonly as: (user: ComposeUser, password?: string) => ClickHouseClient;
  /** As a crash would; the data stay. */
  readonly kill: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface ComposeClickHouseOptions {
  /** Of a start before this one. @default a new one */
  readonly directory?: string;
  /** @default any that is free */
  readonly port?: number;
}

/** The users file that docker-compose.yml mounts. */
export function readUsersFile(): string {
  const mount = mountsOf(readCompose()).find(({ target }) => target === MOUNT);
  return readFileSync(join(ROOT, mount?.source ?? ''), 'utf8');
}

/** The real engine with the very users file that is mounted, and passwords from the environment as in the container. */
export async function startComposeClickHouse(
  options: ComposeClickHouseOptions = {},
): Promise<ComposeClickHouse> {
  const directory = options.directory ?? (await temporaryDirectory());
  const server = await startServer(directory, options.port ?? 0);
  const url = `http://127.0.0.1:${server.ports.http}`;
  const clients: ClickHouseClient[] = [];
  const kill = async (): Promise<void> => {
    for (const client of clients) await client.close();
    await server.kill();
  };
  return {
    url,
    port: server.ports.http,
    as: (username, password = PASSWORDS[username]) => {
      const client = createStoreClient({ url, username, password, timeoutMillis: 30_000 });
      clients.push(client);
      return client;
    },
    kill,
    stop: async () => {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function startServer(directory: string, httpPort: number): Promise<Server> {
  const run = createRunDirectory(directory);
  mkdirSync(join(directory, run.name, 'users.d'));
  run.write('config.xml', serverConfig());
  run.write('users.xml', SERVER_USERS);
  run.write('users.d/audit-register.xml', readUsersFile());
  for (const [name, value] of Object.entries(SECRETS)) vi.stubEnv(name, value);
  try {
    return await spawnServer({ dataDirectory: directory, run, httpPort, tcpPort: 0, signal: undefined });
  } finally {
    vi.unstubAllEnvs();
  }
}
