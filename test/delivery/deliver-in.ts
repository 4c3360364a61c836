import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { DeliveryConfig } from '../../src/config/config.ts';
import { ChainedDelivery } from '../../src/delivery/chained-delivery.ts';
import type { Sink } from '../../src/delivery/sinks/sink.ts';
import { openSpool } from '../../src/delivery/spool/open-spool.ts';
import { createBlankRecord } from '../../src/pipeline/blank-record.ts';
import { createGapRecord } from '../../src/pipeline/gap-record.ts';
import { createLines } from './fake-sink.ts';

export const NEVER = 600_000;
const SERVICE = { name: 'test', version: '', instance: '', environment: '' };

export const blank = createBlankRecord(SERVICE);

export interface DeliverInOptions {
  /** Of records that are nowhere else. */
  readonly queueMaxBytes: number;
  readonly sinkTimeoutMillis?: number;
}

/** Delivers in one of the modes until the test is over, and only when it is asked to. */
export function deliverIn(
  mode: DeliveryConfig['mode'],
  sink: Sink,
  { queueMaxBytes, sinkTimeoutMillis = NEVER }: DeliverInOptions,
): ChainedDelivery {
  const directory = mkdtempSync(join(tmpdir(), 'audit-register-delivery-'));
  const delivery = new ChainedDelivery({
    config: {
      mode,
      spoolDirectory: '',
      spoolMaxBytes: 2 ** 30,
      fsync: 'never',
      onFull: 'fail-open',
      flushIntervalMillis: NEVER,
      queueMaxBytes,
      heartbeatIntervalMillis: NEVER,
    },
    process: { ...SERVICE, service: 'test', host: 'here', pid: process.pid },
    sink,
    sinkTimeoutMillis,
    log: createLines().log,
    spool:
      mode === 'memory'
        ? undefined
        : openSpool({ directory, destination: 'test', maxBytes: 2 ** 30, warn: () => {} }),
    describeGap: createGapRecord(SERVICE),
  });
  onTestFinished(async () => {
    await delivery.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  return delivery;
}
