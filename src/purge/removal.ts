import { setTimeout as wait } from 'node:timers/promises';
import { PurgeError } from './errors.js';
import { quoteName } from '../store/migrations.js';
import { rowsOf, rowsPlaceOf } from './register.js';
import type { Register } from './register.js';
import { conditionOf, parametersOf } from './selection.js';
import type { Selection } from './selection.js';

const POLL_MILLIS = 200;

export type Removal = 'partition dropped' | 'rows deleted';

/** Removes from disk what a selection takes of one month, and returns when it is gone. */
export async function removeMonth(
  register: Register,
  selection: Selection,
  month: number,
  onProgress: (done: number, of: number) => void,
): Promise<Removal> {
  const rows = await rowsPlaceOf(register);
  const alter = `ALTER TABLE ${quoteName(register.database)}.${rows.table}${rows.onCluster}`;
  if (await isNothingElse(register, selection, month)) {
    await register.client.command({ query: `${alter} DROP PARTITION ${month}` });
    return 'partition dropped';
  }
  // NOTE: not a lightweight delete, which only hides rows until some merge: what is purged is to be gone.
  await register.client.command({
    query: `${alter} DELETE IN PARTITION ${month} WHERE ${conditionOf(selection)}`,
    query_params: parametersOf(selection),
    clickhouse_settings: { mutations_sync: '0' },
  });
  await untilMutated(register, onProgress);
  return 'rows deleted';
}

/** Asked as late as can be: a spool that was found late may bring records of a month long past. */
async function isNothingElse(register: Register, selection: Selection, month: number): Promise<boolean> {
  const [row] = await rowsOf<{ stay: string }>(
    register,
    `SELECT toString(count()) AS stay FROM ${register.records}
     WHERE toYYYYMM(occurred_at) = {month:UInt32} AND NOT (${conditionOf(selection)})`,
    { ...parametersOf(selection), month },
  );
  return row?.stay === '0';
}

interface Mutation {
  readonly parts: string;
  readonly reason: string;
}

/** Waits for all mutations of the table, also for one that an interrupted purge has left behind. */
export async function untilMutated(
  register: Register,
  onProgress: (done: number, of: number) => void,
): Promise<void> {
  const { table, mutations } = await rowsPlaceOf(register);
  for (let most = 0; ;) {
    const [open] = await rowsOf<Mutation>(
      register,
      `SELECT toString(sum(parts_to_do)) AS parts, anyIf(latest_fail_reason, latest_fail_reason != '') AS reason
       FROM ${mutations}
       WHERE database = {database:String} AND table = {table:String} AND NOT is_done AND NOT is_killed
       HAVING count() > 0`,
      { database: register.database, table },
    );
    if (open === undefined) return onProgress(1, 1);
    if (open.reason !== '') throw mutationError(table, open.reason);
    const parts = Number(open.parts);
    most = Math.max(most, parts);
    onProgress(most - parts, most);
    await wait(POLL_MILLIS);
  }
}

function mutationError(table: string, reason: string): PurgeError {
  return new PurgeError(
    'ERR_AUDIT_PURGE_STORE',
    `ClickHouse cannot delete the rows yet: ${reason}. It tries again by itself (system.mutations); mend it, or stop it with KILL MUTATION WHERE table = '${table}', and run the purge again.`,
  );
}
