import { randomUUID } from 'node:crypto';
import { Chain } from '../../dist/delivery/chain.js';
import { Page } from '../../dist/delivery/page.js';
import type { StoredRecord } from '../../dist/record/record.js';
import { SHAPES, rowOf } from '../sizing/shapes.ts';
import type { Shape } from '../sizing/shapes.ts';

const MIXED = SHAPES.find(({ name }) => name === 'mixed') as Shape;
const PROCESS = { service: 'shop', version: '', instance: '', environment: '', host: '', pid: process.pid };
const COUNTS = { appended: 0, delivered: 0, dropped: 0, dead: 0 };
const NANOS_OF_MILLI = 1_000_000n;

/** Records that are sent together. */
export type Batch = readonly StoredRecord[];

/** One request and two writes of it, in turn, as the preload would have recorded them. */
export function makeBatches(count: number, rows: number, chain: string = randomUUID()): Batch[] {
  return Array.from({ length: count }, (_, index) => {
    const segment = randomUUID();
    return Array.from({ length: rows }, (_, row) => rowOf(MIXED, index * rows + row, chain, segment));
  });
}

/** Encodes, digests and seals each batch, as the preload does. */
export function* sealedPages(batches: readonly Batch[], chain: Chain): Generator<Page> {
  for (const batch of batches) {
    const page = new Page(chain);
    for (const record of batch) page.append(record);
    page.close('records', COUNTS);
    yield page;
  }
}

export function newChain(): Chain {
  return new Chain(PROCESS, []);
}

/** What JSON can hold of a record, with times as ClickHouse reads them. */
export function jsonRowOf(record: StoredRecord): object {
  const { occurred_at, recorded_at, ...others } = record;
  return {
    ...others,
    occurred_at: clockText(occurred_at / NANOS_OF_MILLI, occurred_at % NANOS_OF_MILLI, 6),
    recorded_at: clockText(recorded_at / 1_000n, recorded_at % 1_000n, 3),
  };
}

function clockText(millis: bigint, rest: bigint, digits: number): string {
  const text = new Date(Number(millis)).toISOString().replace('T', ' ').replace('Z', '');
  return `${text}${String(rest).padStart(digits, '0')}`;
}
