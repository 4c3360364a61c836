import { digestOf, sealText } from '../../src/integrity/seal.ts';
import type { SealText } from '../../src/integrity/seal.ts';
import { OpenSegment } from '../../src/delivery/segment.ts';
import type { Segment } from '../../src/delivery/segment.ts';
import type { Shippable } from '../../src/delivery/shipper.ts';
import { createBlankRecord } from '../../src/pipeline/blank-record.ts';
import type { AuditRecord } from '../../src/record/record.ts';
import { SCHEMA_VERSION } from '../../src/record/columns.ts';
import { uuidV4, uuidV7 } from '../../src/record/uuid.ts';

const blank = createBlankRecord({ name: 'test', version: '', instance: '', environment: '' });

const NOW = BigInt(Date.now()) * 1_000_000n;

export interface SegmentFields {
  readonly chainId?: string;
  readonly first?: number;
  readonly record?: (sequence: number) => Partial<AuditRecord>;
}

/** A sealed segment of so many records. */
export function segmentOf(
  rows: number,
  { chainId = uuidV4(), first = 1, record }: SegmentFields = {},
): Segment {
  const open = new OpenSegment(chainId, first);
  for (let sequence = first; sequence < first + rows; sequence++) {
    open.append({
      ...blank(),
      record_id: uuidV7(),
      // NOTE: what is older than the retention goes at once.
      occurred_at: NOW + BigInt(sequence),
      correlation_id: String(sequence),
      ...record?.(sequence),
      chain_id: chainId,
      sequence,
      segment_id: open.id,
      schema_version: SCHEMA_VERSION,
    });
  }
  const { from, to } = open.occurred;
  const segment = open.seal();
  SEALS.set(segment, sealOf(segment, String(from), String(to)));
  return segment;
}

const SEALS = new WeakMap<Segment, SealText>();

function sealOf(segment: Segment, occurredFrom: string, occurredTo: string): SealText {
  return sealText({
    format: 1,
    chain: segment.chainId,
    number: 1,
    segment: segment.id,
    kind: segment.rowCount === 0 ? 'heartbeat' : 'records',
    first: segment.firstSequence,
    last: segment.lastSequence,
    rows: segment.rowCount,
    digest: digestOf(segment.rows),
    previous: '',
    predecessors: [],
    occurredFrom,
    occurredTo,
    openedAt: '1790000000000000',
    sealedAt: '1790000001000000',
    schema: SCHEMA_VERSION,
    process: { service: 'test', version: '', instance: '', environment: '', host: 'here', pid: 1 },
    counts: { appended: segment.lastSequence, delivered: 0, dropped: 0, dead: 0 },
  });
}

/** A segment on its way, and what became of it. */
export interface TestItem extends Shippable {
  readonly segment: Segment;
  readonly isDone: () => boolean;
  readonly buried: { readonly rows: Segment; readonly reason: string }[];
}

export function itemOf(segment: Segment, overrides: Partial<Shippable> = {}): TestItem {
  let isDone = false;
  const buried: TestItem['buried'] = [];
  const seal = SEALS.get(segment);
  if (seal === undefined) throw new Error('only segments made by segmentOf have a seal');
  return {
    segment,
    seal,
    since: performance.now(),
    load: async () => ({ segment, missing: [] }),
    done: async () => void (isDone = true),
    bury: async (rows, reason) => void buried.push({ rows, reason }),
    isDone: () => isDone,
    buried,
    ...overrides,
  };
}

/** The same, as another process finds it that takes over from a dead one. */
export function adopted(segment: Segment, overrides: Partial<Shippable> = {}): TestItem {
  return itemOf(segment, { since: -Infinity, ...overrides });
}
