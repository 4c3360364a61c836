import type { ClickHouseConfig } from '../config/config.js';
import { createStoreClient } from '../store/client.js';
import type { ClickHouseClient } from '../store/client.js';
import { describeStoreError } from '../store/errors.js';
import { quoteName } from '../store/migrations.js';
import { queryRows } from '../store/query-rows.js';

/** As the profile of `audit_reader` has it (src/store/grants.sql). */
const QUERY_SECONDS = 60;
/** Later than the server gives up by itself, since it then says why. */
const TIMEOUT_MILLIS = (QUERY_SECONDS + 5) * 1_000;

export type StoreAddress = Pick<ClickHouseConfig, 'url' | 'username' | 'password' | 'database'>;

/** The store as the explorer reads it. */
export interface StoreAccess {
  readonly client: ClickHouseClient;
  /** What the given user may do that a reader should not, and what it cannot do that a reader should. */
  readonly warnings: readonly string[];
}

interface Rights {
  readonly readonly: number;
  readonly cancels: number;
  readonly bound: number;
}

/**
 * Opens the store and looks at the user's rights. A user who may write is held to reading: every query is sent as read-only.
 *
 * @throws StoreError when the store cannot be asked at all.
 */
export async function openStore(store: StoreAddress): Promise<StoreAccess> {
  const config = { ...store, timeoutMillis: TIMEOUT_MILLIS };
  const first = createStoreClient(config);
  let isKept = false;
  try {
    const rights = await readRights(first);
    const warnings = [...(await warnOfWriting(first, store, rights)), ...warnOfLimits(store, rights)];
    if (rights.readonly === 1) {
      isKept = true;
      return { client: first, warnings };
    }
    return { client: createStoreClient(config, undefined, readingSettings(rights)), warnings };
  } catch (error) {
    throw describeStoreError(error, store);
  } finally {
    if (!isKept) await first.close();
  }
}

async function readRights(client: ClickHouseClient): Promise<Rights> {
  const [rights] = await queryRows<Rights>(
    client,
    `SELECT
      toUInt32(getSetting('readonly')) AS readonly,
      toUInt32(getSetting('cancel_http_readonly_queries_on_client_close')) AS cancels,
      toFloat64(getSetting('max_execution_time')) AS bound`,
  );
  return rights ?? { readonly: 0, cancels: 0, bound: 0 };
}

/** A user with `readonly = 2` may change settings, but that one not. */
function readingSettings({ readonly, bound }: Rights): Record<string, string> {
  return {
    cancel_http_readonly_queries_on_client_close: '1',
    ...(bound === 0 ? { max_execution_time: String(QUERY_SECONDS) } : {}),
    ...(readonly === 0 ? { readonly: '1' } : {}),
  };
}

async function warnOfWriting(
  client: ClickHouseClient,
  { username, database }: StoreAddress,
  { readonly }: Rights,
): Promise<string[]> {
  if (readonly !== 0) return [];
  const table = `${quoteName(database)}.records`;
  const granted = await Promise.all(
    ['INSERT', 'ALTER DELETE'].map((right) => isGranted(client, right, table)),
  );
  if (!granted.includes(true)) return [];
  return [
    `User "${username}" may write to the register. The explorer only reads: give it a user who may only read, such as audit_reader (--user, --password-file).`,
  ];
}

/** NOTE: `CHECK GRANT` takes no FORMAT, so it is no query of rows. */
async function isGranted(client: ClickHouseClient, right: string, table: string): Promise<boolean> {
  const { stream } = await client.exec({ query: `CHECK GRANT ${right} ON ${table}` });
  let answer = '';
  for await (const chunk of stream) answer += String(chunk);
  return answer.trim() === '1';
}

function warnOfLimits({ username }: StoreAddress, { readonly, cancels, bound }: Rights): string[] {
  if (readonly !== 1) return [];
  const missing = [
    ...(cancels === 0 ? ['cancel_http_readonly_queries_on_client_close = 1'] : []),
    ...(bound === 0 ? [`max_execution_time = ${QUERY_SECONDS}`] : []),
  ];
  if (missing.length === 0) return [];
  return [
    `The profile of user "${username}" lacks ${missing.join(' and ')}: a query that nobody waits for any more goes on in ClickHouse. See src/store/grants.sql for a reader's profile.`,
  ];
}
