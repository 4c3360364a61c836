import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { startWatched } from '../../examples/demo/watched-process.ts';
import { cleanEnvironment } from '../stage/environment.ts';

const ROOT = join(import.meta.dirname, '../..');
const BINARY = join(ROOT, 'collector/build/audit-register-collector');
const START_MILLIS = 60_000;
const PORTS = ['HTTP_ENDPOINT', 'GRPC_ENDPOINT', 'HEALTH_ENDPOINT'] as const;

export interface Collector {
  readonly url: string;
  stop(): Promise<void>;
}

/** It is built with Go, which not every machine has. */
export function hasCollector(): boolean {
  return existsSync(BINARY);
}

/** Our distribution, with the configuration that is meant for production. */
export async function startCollector(clickHouseUrl: string, storage: string): Promise<Collector> {
  const [metrics = 0, ...ports] = await freePorts(PORTS.length + 1);
  const endpoints = PORTS.map((name, index) => [`AUDIT_COLLECTOR_${name}`, `127.0.0.1:${ports[index]}`]);
  const collector = startWatched({
    name: 'The collector',
    command: BINARY,
    args: ['--config', join(ROOT, 'collector/config.yaml')],
    env: cleanEnvironment({
      ...Object.fromEntries(endpoints),
      AUDIT_COLLECTOR_METRICS_PORT: String(metrics),
      AUDIT_COLLECTOR_STORAGE_DIR: storage,
      AUDIT_COLLECTOR_CLICKHOUSE_ENDPOINT: clickHouseUrl,
      AUDIT_COLLECTOR_CLICKHOUSE_USER: 'default',
    }),
  });
  await collector.line(/Everything is ready/, START_MILLIS);
  return { url: `http://127.0.0.1:${ports[0]}`, stop: () => collector.stop() };
}

/** NOTE: held until all are found, or two of them would be the same. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
