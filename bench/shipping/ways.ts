import { setImmediate } from 'node:timers/promises';
import { createClickHouseSink } from '../../dist/delivery/sinks/clickhouse.js';
import { createOtlpSink } from '../../dist/delivery/sinks/otlp.js';
import type { Sink } from '../../dist/delivery/sinks/sink.js';
import { Shipper } from '../../dist/delivery/shipper.js';
import type { Shippable } from '../../dist/delivery/shipper.js';
import { openSpool } from '../../dist/delivery/spool/open-spool.js';
import { makeBatches, newChain, sealedPages } from './batches.ts';
import { fromMemory, fromSpool } from './items.ts';
import { jsonEachRow } from './json-each-row.ts';
import type { ShippingTask, ShippingVariant } from './variants.ts';

const TIMEOUT_MILLIS = 60_000;
const SETTLED_MILLIS = 110_000;

/** A way that is ready to go. */
export interface Way {
  /** Chain of its rows. */
  readonly chain: string;
  /** Resolves when all of it was acknowledged. */
  run(): Promise<void>;
  close(): Promise<void>;
}

export type SetUp = (task: ShippingTask, complain: (problem: string) => void) => Promise<Way>;

export const WAYS: Readonly<Record<ShippingVariant, SetUp>> = {
  register: async (task, complain) => {
    const chain = newChain();
    const batches = makeBatches(task.batches, task.rowsOfBatch);
    const items = fromMemory(sealedPages(batches, chain));
    return shipping(chain.id, clickHouse(task, complain), complain, items);
  },
  sealed: async (task, complain) => sealed(task, clickHouse(task, complain), complain),
  spool: async (task, complain) => {
    const chain = newChain();
    const spool = openSpool({ directory: task.directory, destination: 'bench', maxBytes: Infinity });
    const items: Shippable[] = [];
    for (const page of sealedPages(makeBatches(task.batches, task.rowsOfBatch), chain))
      items.push(await fromSpool(spool, page));
    const way = shipping(chain.id, clickHouse(task, complain), complain, items);
    return { ...way, close: () => way.close().then(() => spool.close()) };
  },
  json: jsonEachRow,
  collector: async (task, complain) => {
    const config = { url: `${task.url}/v1/logs`, headers: {}, timeoutMillis: TIMEOUT_MILLIS };
    const sink = createOtlpSink({ ...config, compression: 'none' }, logTo(complain));
    return sealed(task, sink, complain);
  },
};

async function sealed(task: ShippingTask, sink: Sink, complain: (problem: string) => void): Promise<Way> {
  const chain = newChain();
  const pages = sealedPages(makeBatches(task.batches, task.rowsOfBatch), chain);
  return shipping(chain.id, sink, complain, [...fromMemory(pages)]);
}

function shipping(
  chain: string,
  sink: Sink,
  complain: (problem: string) => void,
  items: Iterable<Shippable>,
): Way {
  const shipper = new Shipper({ sink, log: logTo(complain) });
  return {
    chain,
    async run() {
      for (const item of items) {
        shipper.add(item);
        // What is encoded next must not hold up what is under way for longer than it does in an application.
        await setImmediate();
      }
      if (!(await shipper.settled(SETTLED_MILLIS))) complain('not everything was delivered');
    },
    async close() {
      await shipper.stop();
      await sink.close();
    },
  };
}

function clickHouse({ url }: ShippingTask, complain: (problem: string) => void): Sink {
  const place = { url, username: 'default', password: '', database: 'audit', cluster: '' };
  return createClickHouseSink({ ...place, migrate: 'off', timeoutMillis: TIMEOUT_MILLIS }, logTo(complain));
}

function logTo(complain: (problem: string) => void) {
  return { error: complain, warn: complain, info() {}, debug() {} };
}
