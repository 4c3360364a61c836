import { Buffer } from 'node:buffer';
import { mkdtempSync, readdirSync, rmSync, statSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { NAMED_TYPES } from '../../../src/delivery/segment.ts';
import type { RowRun } from '../../../src/delivery/row-run.ts';
import { openSpool } from '../../../src/delivery/spool/open-spool.ts';
import type { SegmentFile, SegmentHead, Spool } from '../../../src/delivery/spool/spool.ts';
import { digestOf, sealText } from '../../../src/integrity/seal.ts';
import type { Seal, SealText } from '../../../src/integrity/seal.ts';
import { encodeRecord } from '../../../src/record/encode.ts';
import { RowBinaryWriter } from '../../../src/record/row-binary-writer.ts';
import { SCHEMA_VERSION } from '../../../src/record/columns.ts';
import { uuidV4 } from '../../../src/record/uuid.ts';
import { storedRecord } from '../../record/records.ts';

export const DESTINATION = '0123456789abcdef';
const PROCESS = { service: 'shop', version: '1', instance: 'shop-1', environment: 'test', host: 'h', pid: 1 };

export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'spool-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export interface TestSpool extends Spool {
  readonly warnings: string[];
}

/** A spool that is closed when the test ends. */
export function spoolIn(directory: string, maxBytes = 2 ** 30): TestSpool {
  const warnings: string[] = [];
  const spool = openSpool({
    directory,
    destination: DESTINATION,
    maxBytes,
    warn: (message) => warnings.push(message),
  });
  onTestFinished(() => spool.close());
  return Object.assign(spool, { warnings });
}

/** Rows of records that tell their sequence in `correlation_id`. */
export function rowsFrom(head: SegmentHead, first: number, count: number): RowRun {
  const writer = new RowBinaryWriter();
  for (let sequence = first; sequence < first + count; sequence += 1) {
    const record = storedRecord({
      chain_id: head.chain,
      segment_id: head.segment,
      sequence,
      correlation_id: `record ${sequence}`,
      occurred_at: BigInt(sequence) * 1_000n,
      recorded_at: BigInt(sequence) * 10n,
    });
    encodeRecord(writer, record, record);
  }
  return { rows: writer.take(), first, count };
}

export function headOf(values: Partial<SegmentHead> = {}): SegmentHead {
  return {
    format: 1,
    segment: uuidV4(),
    chain: uuidV4(),
    number: 1,
    firstSequence: 1,
    previous: '',
    predecessors: [],
    schema: SCHEMA_VERSION,
    columns: NAMED_TYPES,
    process: PROCESS,
    openedAt: '1000',
    ...values,
  };
}

export function sealOf(head: SegmentHead, rows: readonly RowRun[], values: Partial<Seal> = {}): SealText {
  const count = rows.reduce((sum, run) => sum + run.count, 0);
  const last = head.firstSequence + count - 1;
  return sealText({
    format: 1,
    chain: head.chain,
    number: head.number,
    segment: head.segment,
    kind: 'records',
    first: head.firstSequence,
    last,
    rows: count,
    digest: digestOf(concat(rows)),
    previous: head.previous,
    predecessors: head.predecessors,
    occurredFrom: '0',
    occurredTo: '0',
    openedAt: head.openedAt,
    sealedAt: '2000',
    schema: head.schema,
    process: head.process,
    counts: { appended: last, delivered: 0, dropped: 0, dead: 0 },
    ...values,
  });
}

export function concat(runs: readonly RowRun[]): Buffer {
  return Buffer.concat(runs.map(({ rows }) => rows));
}

/** A sealed segment of `count` rows in a file of the spool. */
export async function writeSegment(
  spool: Spool,
  values: Partial<SegmentHead> = {},
  count = 3,
  kind: Seal['kind'] = 'records',
): Promise<{ head: SegmentHead; file: SegmentFile; seal: SealText; run: RowRun }> {
  const head = headOf(values);
  const file = spool.begin(head);
  const run = rowsFrom(head, head.firstSequence, count);
  if (count > 0) await file.append(run, false);
  const seal = sealOf(head, count > 0 ? [run] : [], { kind });
  await file.seal(seal);
  return { head, file, seal, run };
}

/** Every path below a directory, without the directories. */
export function filesBelow(directory: string): string[] {
  return namesBelow(directory)
    .filter((name) => !statSync(join(directory, name), { throwIfNoEntry: false })?.isDirectory())
    .sort();
}

function namesBelow(directory: string): string[] {
  while (true) {
    try {
      return readdirSync(directory, { recursive: true, encoding: 'utf8' });
    } catch (error) {
      // NOTE: a directory below it was moved away meanwhile: look again.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || !existsSync(directory)) throw error;
    }
  }
}
