import { timeSpan } from './quantities.js';
import type { BoundCondition } from './record-loader.js';
import type { Cursor } from './search.js';

/** In the order of pages, the newest first: what comes after a record; everything where there is none. */
export function behindCursor(after: Cursor | undefined): BoundCondition {
  if (after === undefined) return { sql: '1', parameters: {} };
  const instant = "fromUnixTimestamp64Nano({after_nanos:Int64}, 'UTC')";
  return {
    // NOTE: the first half alone says where to begin, for the index.
    sql: `occurred_at <= ${instant} AND (occurred_at < ${instant} OR record_id < {after_id:UUID})`,
    parameters: { after_nanos: String(timeSpan(after.occurredAt, 0).from), after_id: after.recordId },
  };
}
