import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { createOtlpSink } from '../../src/delivery/sinks/otlp.ts';
import type { Sink } from '../../src/delivery/sinks/sink.ts';
import { createLog } from '../../src/log.ts';
import { migrate } from '../../src/store/migrate.ts';
import { SECRETS, startComposeClickHouse } from '../compose/compose-clickhouse.ts';
import type { ComposeClickHouse } from '../compose/compose-clickhouse.ts';
import { until } from '../process/condition.ts';
import { freePorts, startCollector } from './collector-process.ts';
import type { Collector, Ports } from './collector-process.ts';

export interface CollectingOptions {
  /** Variables of the collector's configuration. */
  readonly env?: Readonly<Record<string, string>>;
  readonly configs?: readonly string[];
  /** Where the queue lies. @default a place of its own */
  readonly storage?: string;
}

/**
 * The production shape: the engine with the users of the compose file, and the collector before it as `audit_collector`, each in a
 * process that can be killed and started again at the same place.
 */
export class Collecting {
  readonly #directory: string;
  readonly #ports: Ports;
  readonly #options: CollectingOptions;
  #store: ComposeClickHouse;
  #collector: Collector;

  private constructor(
    directory: string,
    ports: Ports,
    options: CollectingOptions,
    parts: [ComposeClickHouse, Collector],
  ) {
    this.#directory = directory;
    this.#ports = ports;
    this.#options = options;
    [this.#store, this.#collector] = parts;
  }

  static async start(options: CollectingOptions = {}): Promise<Collecting> {
    const directory = await mkdtemp(join(tmpdir(), 'audit-register-collecting-'));
    const ports = await freePorts();
    const store = await startComposeClickHouse({ directory: join(directory, 'store') });
    await migrate(store.as('audit_migrator'), { database: 'audit' });
    const collector = await startCollector(collectorOptions(directory, ports, store.url, options));
    return new Collecting(directory, ports, options, [store, collector]);
  }

  get collector(): Collector {
    return this.#collector;
  }

  get store(): ComposeClickHouse {
    return this.#store;
  }

  /** A sink of the preload before the collector. */
  sink(headers: Readonly<Record<string, string>> = {}): Sink {
    const url = `${this.#collector.url}/v1/logs`;
    return createOtlpSink({ url, headers, timeoutMillis: 30_000, compression: 'gzip' }, createLog('silent'));
  }

  async restartCollector(end: 'kill' | 'stop'): Promise<void> {
    await this.#collector[end]();
    const options = collectorOptions(this.#directory, this.#ports, this.#store.url, this.#options);
    this.#collector = await startCollector(options);
  }

  killStore(): Promise<void> {
    return this.#store.kill();
  }

  async startStoreAgain(): Promise<void> {
    const { port } = this.#store;
    this.#store = await startComposeClickHouse({ directory: join(this.#directory, 'store'), port });
  }

  async query<Row = Record<string, unknown>>(
    sql: string,
    params: Record<string, unknown> = {},
  ): Promise<Row[]> {
    const client = this.#store.as('audit_reader');
    const result = await client.query({ query: sql, query_params: params, format: 'JSONEachRow' });
    return await result.json<Row>();
  }

  /** A client of whoever sits at the server. */
  administrator(): ClickHouseClient {
    return this.#store.as('default');
  }

  /** Waits for rows of `audit.records`, at least so many. */
  async untilStored(rows: number, where = '1'): Promise<void> {
    await until(
      `${rows} records where ${where}`,
      async () => {
        const [row] = await this.query<{ rows: number }>(
          `SELECT toUInt32(count()) AS rows FROM audit.records WHERE ${where}`,
        );
        return (row?.rows ?? 0) >= rows;
      },
      60_000,
    );
  }

  /** Waits until nothing lies in the collector's queue. */
  async untilDrained(): Promise<void> {
    const size = (): Promise<number> => this.#collector.metric('otelcol_exporter_queue_size');
    await until('an empty queue', async () => (await size()) === 0, 120_000);
  }

  async stop(): Promise<void> {
    await this.#collector.kill();
    await this.#store.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function collectorOptions(
  directory: string,
  ports: Ports,
  url: string,
  { env, configs, storage = join(directory, 'queue') }: CollectingOptions,
) {
  return {
    storage,
    ports,
    ...(configs !== undefined && { configs }),
    env: {
      AUDIT_COLLECTOR_CLICKHOUSE_ENDPOINT: url,
      AUDIT_COLLECTOR_CLICKHOUSE_PASSWORD: SECRETS.AUDIT_COLLECTOR_PASSWORD,
      ...env,
    },
  };
}
