import type { Cursor, FoundRecord } from '../../search/search.js';
import { formatCursor, parseCursor } from './parameters.js';

/** Where a live reader stands: behind this record, and behind these of what follows it. */
export interface LivePlace {
  /** Undefined where there was no record at all. */
  readonly after: Cursor | undefined;
  readonly seen: ReadonlySet<string>;
}

interface Batch {
  readonly after: Cursor | undefined;
  readonly recordIds: readonly string[];
}

const MOST_BATCHES = 500;
const NOTHING: ReadonlySet<string> = new Set();
const WITHIN_BATCH = /^(.+,.+),(\d{1,12})$/;

/**
 * Names places for browsers to come back to. The reader of the register knows the end of each batch that it gave; a browser may be
 * cut off in the middle of one, whose records the store took in at one moment, so they are kept here.
 */
export class LivePlaces {
  readonly #batches = new Map<number, Batch>();
  #number = 0;

  /** @returns An id for the event of each record. */
  name(after: Cursor | undefined, records: readonly FoundRecord[]): readonly string[] {
    const number = this.#keep({ after, recordIds: records.map(({ record_id: id }) => id) });
    return records.map((record, index) => {
      const id = formatCursor(cursorOf(record));
      return index === records.length - 1 ? id : `${id},${number}`;
    });
  }

  /** @throws Refusal for an id that never was one. */
  find(eventId: string): LivePlace {
    const [, id = eventId, number = ''] = WITHIN_BATCH.exec(eventId) ?? [];
    const cursor = parseCursor(id, 'Last-Event-ID');
    const batch = this.#batches.get(Number(number || Number.NaN));
    const index = batch?.recordIds.indexOf(cursor.recordId) ?? -1;
    if (batch === undefined || index < 0) return { after: cursor, seen: NOTHING };
    return { after: batch.after, seen: new Set(batch.recordIds.slice(0, index + 1)) };
  }

  #keep(batch: Batch): number {
    const number = ++this.#number;
    this.#batches.set(number, batch);
    this.#batches.delete(number - MOST_BATCHES);
    return number;
  }
}

export function cursorOf(record: FoundRecord): Cursor {
  return { occurredAt: record.occurred_at, recordId: record.record_id };
}
