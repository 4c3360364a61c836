import { setTimeout as wait } from 'node:timers/promises';
import { countOf } from '../log.js';
import { ImportError } from './errors.js';
import type { Source } from './source.js';

const POLL_MILLIS = 50;
const MOST_WAIT_MILLIS = 60_000;

/**
 * Transactions that may have taken an id of the table and are not yet visible. An INSERT holds this lock before it asks
 * the sequence for the id, and lets go of it after its rows can be seen.
 */
const WRITERS = `
  SELECT virtualtransaction AS transaction, coalesce(pid::text, 'prepared') AS pid
  FROM pg_locks
  WHERE locktype = 'relation' AND relation = $1::regclass AND mode = 'RowExclusiveLock'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/**
 * The largest id up to which every row is there that ever will be. Ids are given before they are committed, so the rows
 * below the largest id one sees may still be on their way; who reads on from there would never see them.
 *
 * @returns '0' for an empty table.
 */
export async function settledId(
  source: Source,
  table: string,
  mostWaitMillis = MOST_WAIT_MILLIS,
): Promise<string> {
  const { largest } = await source.one(`SELECT coalesce(max(id), 0)::text AS largest FROM ${table}`);
  const deadline = Date.now() + mostWaitMillis;
  let writers = await source.query(WRITERS, [table]);
  while (writers.length > 0) {
    if (Date.now() > deadline)
      throw stillWriting(
        table,
        writers.map(({ pid }) => pid as string),
      );
    await wait(POLL_MILLIS);
    const now = new Set((await source.query(WRITERS, [table])).map(({ transaction }) => transaction));
    writers = writers.filter(({ transaction }) => now.has(transaction as string));
  }
  return largest as string;
}

function stillWriting(table: string, pids: readonly string[]): ImportError {
  return new ImportError(
    'ERR_AUDIT_IMPORT_SOURCE',
    `${countOf(pids.length, 'transaction')} that may have written to ${table} will not end (PostgreSQL process ${pids.join(', ')}); ` +
      'end it, or run the import again later.',
  );
}
