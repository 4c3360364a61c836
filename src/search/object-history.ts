import type { Ask } from './ask.js';
import { conditionOf, objectCondition } from './condition.js';
import { fieldChanges } from './field-changes.js';
import type { FieldChange, Write } from './field-changes.js';
import { selectRecords, toFoundRecord } from './found-record.js';
import type { FoundRow } from './found-record.js';
import type { FoundRecord, Search } from './search.js';
import { IS_WRITE, settledRecords } from './settled.js';

/** A record that wrote to an object, and what it changed there. */
export type ChangedRecord = FoundRecord & { readonly changes: readonly FieldChange[] };

/** Older changes of an object are not looked at for what was there before. */
const MOST_WRITES = 10_000;
/** What one answer may hold. */
const MOST_RECORDS = 1_000;

/** What happened to one row, the newest first: all attempts, with what each set. */
export async function readObjectHistory(
  ask: Ask,
  database: string,
  { table, key, search, limit }: { table: string; key: string; search: Search; limit: number },
  signal?: AbortSignal,
): Promise<readonly ChangedRecord[]> {
  const object = objectCondition(table, key);
  const found = conditionOf(search, database);
  const isShown = `${IS_WRITE} AND ${object.sql} AND ${found.sql}`;
  const rows = await ask<FoundRow>(
    `${selectRecords(database, isShown)}
     ORDER BY settled.occurred_at DESC, settled.record_id DESC
     LIMIT {limit:UInt32}`,
    { ...object.parameters, ...found.parameters, limit: Math.max(1, Math.min(limit, MOST_RECORDS)) },
    signal,
  );
  const changes = fieldChanges(await readWrites(ask, database, object, search.to, signal));
  return rows.map((row) => {
    const record = toFoundRecord(row);
    return { ...record, changes: changes.get(record.record_id) ?? [] } as unknown as ChangedRecord;
  });
}

/** Everything that was ever written to the object, in order: what a search leaves out has changed it all the same. */
async function readWrites(
  ask: Ask,
  database: string,
  object: ReturnType<typeof objectCondition>,
  to: string,
  signal?: AbortSignal,
): Promise<Write[]> {
  const period = conditionOf({ text: '', from: '', to }, database);
  const writes = await ask<Write>(
    `SELECT record_id AS recordId, action, final_outcome AS ending, changed_fields AS changed, new_values AS newValues, old_values AS oldValues
     FROM (${settledRecords(database, `${IS_WRITE} AND ${object.sql} AND ${period.sql}`)})
     ORDER BY occurred_at DESC, record_id DESC
     LIMIT ${MOST_WRITES}`,
    { ...object.parameters, ...period.parameters },
    signal,
  );
  return writes.reverse();
}
