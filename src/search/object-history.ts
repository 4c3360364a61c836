import { quoteName } from '../store/migrations.js';
import type { Ask } from './ask.js';
import { behindCursor } from './behind.js';
import { conditionOf, objectCondition } from './condition.js';
import type { Condition } from './condition.js';
import { fieldChanges } from './field-changes.js';
import type { FieldChange, Write } from './field-changes.js';
import type { RecordLoader } from './record-loader.js';
import type { Cursor, FoundRecord, Search } from './search.js';
import { IS_WRITE, SettledExpressions } from './settled.js';

/** A record that wrote to an object, and what it changed there. */
export type ChangedRecord = FoundRecord & { readonly changes: readonly FieldChange[] };

/** Older changes of an object are not looked at for what was there before. */
const MOST_WRITES = 10_000;
/** What one answer may hold. */
const MOST_RECORDS = 1_000;

export interface ObjectQuestion {
  readonly table: string;
  readonly key: string;
  readonly search: Search;
  readonly limit: number;
  /** The last record of the answer before. */
  readonly after?: Cursor | undefined;
}

/** What happened to one row, the newest first: all attempts, with what each set. */
export async function readObjectHistory(
  ask: Ask,
  database: string,
  loader: RecordLoader,
  { table, key, search, limit, after }: ObjectQuestion,
  signal?: AbortSignal,
): Promise<readonly ChangedRecord[]> {
  const object = objectCondition(table, key);
  const found = conditionOf(search, database);
  const behind = behindCursor(after);
  const [places, writes] = await Promise.all([
    loader.places(
      {
        sql: `${IS_WRITE} AND ${object.sql} AND ${found.sql} AND ${behind.sql}`,
        parameters: {
          ...object.parameters,
          ...found.parameters,
          ...behind.parameters,
          limit: Math.max(1, Math.min(limit, MOST_RECORDS)),
        },
      },
      'ORDER BY occurred_at DESC, record_id DESC LIMIT {limit:UInt32}',
      signal,
    ),
    readWrites(ask, database, object, search.to, signal),
  ]);
  const changes = fieldChanges(writes);
  const records = await loader.load(places, signal);
  return records.map((record) => {
    const changed = { ...record, changes: changes.get(record.record_id) ?? [] };
    return changed as unknown as ChangedRecord;
  });
}

/** Everything that was ever written to the object, in order: what a search leaves out has changed it all the same. */
async function readWrites(
  ask: Ask,
  database: string,
  object: Condition,
  to: string,
  signal?: AbortSignal,
): Promise<Write[]> {
  const period = conditionOf({ text: '', from: '', to }, database);
  const writes = await ask<Write>(
    `SELECT
       record_id AS recordId,
       [toString(environment), toString(db_system), toString(db_namespace), toString(target_type)] AS object,
       action,
       ${new SettledExpressions(database, period.period).named('final_outcome')} AS ending,
       changed_fields AS changed,
       new_values AS newValues,
       old_values AS oldValues
     FROM ${quoteName(database)}.unique_records
     WHERE ${IS_WRITE} AND ${object.sql} AND ${period.sql}
     ORDER BY occurred_at DESC, record_id DESC
     LIMIT ${MOST_WRITES}`,
    { ...object.parameters, ...period.parameters },
    signal,
  );
  return writes.reverse();
}
