import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ROOT } from '../compose/compose-file.ts';
import { until } from '../process/condition.ts';

const BINARY = join(ROOT, 'collector/build/audit-register-collector');
const DIRECTORY = join(ROOT, 'collector');

export interface Collector {
  readonly url: string;
  readonly grpcEndpoint: string;
  readonly metricsUrl: string;
  /** POST /v1/logs in JSON. Its status. */
  readonly send: (body: string, headers?: Readonly<Record<string, string>>) => Promise<number>;
  /** One of its own metrics, summed over its labels; 0 where it has none yet. */
  readonly metric: (name: string) => Promise<number>;
  /** As a crash would. */
  readonly kill: () => Promise<void>;
  /** In order: SIGTERM. */
  readonly stop: () => Promise<void>;
  readonly output: () => string;
}

export interface CollectorOptions {
  /** Files of `collector`. @default config.yaml alone */
  readonly configs?: readonly string[];
  readonly storage: string;
  /** Variables of the configuration. */
  readonly env?: Readonly<Record<string, string>>;
  /** Taken again after a restart. @default free ones */
  readonly ports?: Ports;
}

export interface Ports {
  readonly http: number;
  readonly grpc: number;
  readonly health: number;
  readonly metrics: number;
}

/** Our distribution, as a process, with the configuration of the repository. Fulfilled when it is ready. */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing: npm run build:collector (needs Go)`);
  const { configs = ['config.yaml'], storage, env = {}, ports = await freePorts() } = options;
  const child = spawn(
    BINARY,
    configs.flatMap((name) => ['--config', join(DIRECTORY, name)]),
    {
      env: { ...variables(ports, storage), ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const exited = once(child, 'close');
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  const url = `http://127.0.0.1:${ports.http}`;
  const metricsUrl = `http://127.0.0.1:${ports.metrics}/metrics`;
  await until('the collector', async () => {
    if (child.exitCode !== null) throw new Error(`the collector ended\n${output}`);
    return isHealthy(ports.health);
  });
  return {
    url,
    grpcEndpoint: `127.0.0.1:${ports.grpc}`,
    metricsUrl,
    send: (body, headers) => post(`${url}/v1/logs`, body, headers),
    metric: async (name) => sumOf(name, await (await fetch(metricsUrl)).text()),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    output: () => output,
  };
}

function variables(ports: Ports, storage: string): Record<string, string> {
  return {
    AUDIT_COLLECTOR_HTTP_ENDPOINT: `127.0.0.1:${ports.http}`,
    AUDIT_COLLECTOR_GRPC_ENDPOINT: `127.0.0.1:${ports.grpc}`,
    AUDIT_COLLECTOR_HEALTH_ENDPOINT: `127.0.0.1:${ports.health}`,
    AUDIT_COLLECTOR_METRICS_PORT: String(ports.metrics),
    AUDIT_COLLECTOR_STORAGE_DIR: storage,
  };
}

export async function freePorts(): Promise<Ports> {
  const [http = 0, grpc = 0, health = 0, metrics = 0] = await Promise.all([0, 1, 2, 3].map(holdPort)).then(
    (held) => held.map(({ port, release }) => (release(), port)),
  );
  return { http, grpc, health, metrics };
}

/** NOTE: held until all are found, or two of them would be the same. */
async function holdPort(): Promise<{ port: number; release: () => void }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, release: () => server.close() };
}

async function isHealthy(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function post(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  await response.arrayBuffer();
  return response.status;
}

function sumOf(name: string, text: string): number {
  const values = [...text.matchAll(new RegExp(`^${name}(?:_total)?(?:\\{.*\\})? (\\S+)$`, 'gm'))];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}
