import { findServerError } from '../../store/errors.js';
import { quoteName } from '../../store/migrations.js';
import { queryRows } from '../../store/query-rows.js';
import { failure, good, warning } from './check.js';
import type { Verdict } from './check.js';
import type { StoreAccess } from './store-checks.js';

/** Action of the test record; its category is `app`. */
export const TEST_ACTION = 'doctor';

const ACCESS_DENIED = '497';

interface Readers {
  readonly writer: StoreAccess;
  readonly reader: StoreAccess | undefined;
}

/** Who may read says more; who may only write can at least ask whether the row has arrived. */
export async function prove({ writer, reader }: Readers, segment: string, says: string): Promise<Verdict> {
  for (const access of reader === undefined ? [writer] : [reader, writer]) {
    const beganAt = performance.now();
    const found = await unlessDenied(() => readBack(access, segment));
    if (found === undefined) continue;
    const took = `${Math.ceil(performance.now() - beganAt)} ms by "${access.store.username}"`;
    return found.isThere
      ? good(`${says}, read back in ${took}: record ${found.recordId}`)
      : notThere(access, `${says}, but user "${access.store.username}" does not find it`);
  }
  const isThere = await unlessDenied(() => hasRow(writer, segment));
  if (isThere === true)
    return good(`${says} and found in the table; reading it needs a reader (--reader-user)`);
  if (isThere === false) return notThere(writer, `${says}, but the table does not have it`);
  return warning(
    `${says}; that it is there is ClickHouse's word alone: user "${writer.store.username}" may read nothing`,
    'give --reader-user, to read it back',
  );
}

function notThere({ store }: StoreAccess, says: string): Verdict {
  return failure(
    says,
    `see that ${store.url} and database "${store.database}" are the ones that are written to, and that replicas keep up`,
  );
}

async function readBack(
  { client, store }: StoreAccess,
  segment: string,
): Promise<{ isThere: boolean; recordId: string }> {
  const rows = await queryRows<{ record_id: string }>(
    client,
    `SELECT record_id FROM ${quoteName(store.database)}.unique_records
     WHERE segment_id = {segment:UUID} AND action = {action:String} AND occurred_at > now64(9) - INTERVAL 1 DAY`,
    { segment, action: TEST_ACTION },
  );
  return { isThere: rows.length === 1, recordId: rows[0]?.record_id ?? '' };
}

async function hasRow({ client, store }: StoreAccess, segment: string): Promise<boolean> {
  const rows = await queryRows(
    client,
    `SELECT sequence FROM ${quoteName(store.database)}.records
     WHERE segment_id = {segment:UUID} AND occurred_at > now64(9) - INTERVAL 1 DAY`,
    { segment },
  );
  return rows.length > 0;
}

async function unlessDenied<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (findServerError(error)?.code === ACCESS_DENIED) return undefined;
    throw error;
  }
}
