import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Config } from '../config/config.js';
import { createSigner } from '../integrity/signature.js';
import type { ProcessName } from '../integrity/seal.js';
import type { Log } from '../log.js';
import type { AuditRecord } from '../record/record.js';
import { ChainedDelivery } from './chained-delivery.js';
import type { Gap } from './losses.js';
import type { Sink } from './sinks/sink.js';
import { openSpool } from './spool/open-spool.js';
import { spoolRoot } from './spool/spool-root.js';
import type { Spool } from './spool/spool.js';

/** Migration, what is there, the rows, and one to spare. */
const REQUESTS_OF_A_SEND = 4;

export interface DeliveryParts {
  readonly sink: Sink;
  readonly log: Log;
  readonly env: NodeJS.ProcessEnv;
  /** The record that tells of a gap. */
  readonly describeGap: (gap: Gap) => AuditRecord;
  /** Faults of ours so far, which the seals tell. */
  readonly faults?: () => number;
  readonly runDetached?: <T>(work: () => T) => T;
}

/** Delivery as it is configured. */
export function createDelivery(config: Config, parts: DeliveryParts): ChainedDelivery {
  const { env, ...others } = parts;
  return new ChainedDelivery({
    ...others,
    config: config.delivery,
    process: processName(config),
    spool: config.delivery.mode === 'memory' ? undefined : createSpool(config, env, parts.log),
    sinkTimeoutMillis: sinkTimeoutMillis(config),
    signer: config.signingKey === '' ? undefined : createSigner(config.signingKey),
  });
}

/** The spool of this process for the configured sink. */
export function createSpool(config: Config, env: NodeJS.ProcessEnv, log: Log): Spool {
  return openSpool({
    directory: () => spoolRoot(config.delivery.spoolDirectory, env),
    destination: destinationOf(config),
    maxBytes: config.delivery.spoolMaxBytes,
    warn: log.warn,
  });
}

/** The most that one call of the configured sink may take, which is more than its own patience for one answer. */
export function sinkTimeoutMillis({ sink, clickhouse, otlp }: Config): number {
  return REQUESTS_OF_A_SEND * (sink === 'otlp' ? otlp : clickhouse).timeoutMillis;
}

/** Where records go, as the name of a directory: what waits for one store must not be brought to another. */
export function destinationOf(config: Config): string {
  return createHash('sha256')
    .update(JSON.stringify([config.sink, ...addressOf(config)]))
    .digest('hex')
    .slice(0, 16);
}

function addressOf({ sink, clickhouse, otlp, filePath }: Config): readonly string[] {
  switch (sink) {
    case 'clickhouse':
      return [clickhouse.url, clickhouse.database];
    case 'otlp':
      return [otlp.url];
    case 'file':
      return [filePath];
    case 'console':
      return [];
  }
}

function processName({ service }: Config): ProcessName {
  const { name, version, instance, environment } = service;
  return { service: name, version, instance, environment, host: hostname(), pid: process.pid };
}
