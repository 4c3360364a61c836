import { OpenSegment } from '../../delivery/segment.js';
import { messageOf } from '../../errors.js';
import { SCHEMA_VERSION } from '../../record/columns.js';
import type { ImportedChain, Place } from '../chain.js';
import type { SourceRow } from '../driver.js';
import type { Kept } from '../retention.js';
import type { EventSource } from './event-source.js';
import type { ToRecord } from './to-record.js';
import { eventTime, monthOf } from './times.js';

/** A segment ends at the first of these, and with the month. */
const SEGMENT_ROWS = 10_000;
const SEGMENT_BYTES = 4 * 1024 * 1024;

export interface TableImportOptions {
  readonly source: EventSource;
  readonly chain: ImportedChain;
  readonly toRecord: ToRecord;
  readonly kept: Kept;
  /** Told of each segment: rows brought over by this import, and the id that was reached. */
  readonly onProgress: (rows: number, id: string) => void;
  /** Asked between segments. */
  readonly isInterrupted: () => boolean;
}

export interface TableResult {
  readonly imported: number;
  /** Ids of rows that no record could be made of, and why. */
  readonly refused: readonly string[];
}

/** Brings the rows behind the last one of the chain over, up to an id. */
export async function importTable(
  options: TableImportOptions,
  start: Place,
  upTo: string,
): Promise<TableResult> {
  const { source, chain, onProgress, isInterrupted } = options;
  const refused = new Map<string, string>();
  let last = start;
  let rows = source.rows(last.id, upTo);
  let held: SourceRow | undefined;
  let imported = 0;
  while (!isInterrupted()) {
    const filled = await fillSegment(options, last.sequence + 1, held, rows, refused);
    if (filled === undefined) break;
    const stored = await chain.store(filled.segment.seal(), filled.month, isInterrupted);
    imported += stored.sequence - last.sequence;
    last = stored;
    held = filled.next;
    if (stored.id !== filled.lastId) {
      // Another importer was first, with fewer rows or more: go on behind them.
      await rows.return(undefined);
      rows = source.rows(last.id, upTo);
      held = undefined;
    }
    onProgress(imported, last.id);
  }
  return { imported, refused: [...refused].map(([id, reason]) => `${id} (${reason})`) };
}

interface FilledSegment {
  readonly segment: OpenSegment;
  readonly month: number;
  readonly lastId: string;
  /** Read already, for the next segment. */
  readonly next: SourceRow | undefined;
}

/** Rows of one month, so that the segment is in one partition. */
async function fillSegment(
  { chain, toRecord, kept }: TableImportOptions,
  firstSequence: number,
  held: SourceRow | undefined,
  rows: AsyncGenerator<SourceRow>,
  refused: Map<string, string>,
): Promise<FilledSegment | undefined> {
  const segment = new OpenSegment(chain.id, firstSequence, chain.segmentId(firstSequence));
  let month = 0;
  let lastId = '';
  let next = held ?? (await take(rows));
  for (; next !== undefined; next = await take(rows)) {
    const { micros } = eventTime(next['micros'], next['datetime']);
    if (micros < kept.from || micros >= kept.until) continue;
    const isFull = segment.rowCount >= SEGMENT_ROWS || segment.byteLength >= SEGMENT_BYTES;
    if (segment.rowCount > 0 && (isFull || monthOf(micros) !== month)) break;
    try {
      segment.append({
        ...toRecord(next),
        chain_id: chain.id,
        sequence: firstSequence + segment.rowCount,
        segment_id: segment.id,
        schema_version: SCHEMA_VERSION,
      });
    } catch (error) {
      refused.set(next['id'] as string, messageOf(error));
      continue;
    }
    month = monthOf(micros);
    lastId = next['id'] as string;
  }
  return segment.rowCount === 0 ? undefined : { segment, month, lastId, next };
}

async function take(rows: AsyncGenerator<SourceRow>): Promise<SourceRow | undefined> {
  const { value, done } = await rows.next();
  return done === true ? undefined : value;
}
