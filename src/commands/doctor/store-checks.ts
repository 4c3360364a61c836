import type { ClickHouseConfig } from '../../config/config.js';
import { nowMicros } from '../../record/clock.js';
import { COLUMNS } from '../../record/columns.js';
import { isGranted } from '../../store/check-grant.js';
import type { ClickHouseClient } from '../../store/client.js';
import { describeStoreError, findServerError } from '../../store/errors.js';
import { readMigrationState } from '../../store/migrate.js';
import type { MigrationState } from '../../store/migrate.js';
import { quoteName } from '../../store/migrations.js';
import { queryRows } from '../../store/query-rows.js';
import { requireServerVersion } from '../../store/server-version.js';
import { good, failure, skipped, warning } from './check.js';
import type { Check, Verdict } from './check.js';
import { measureClockOffset } from './clock-offset.js';
import type { ClockOffset } from './clock-offset.js';

/** A store, as one user reaches it. */
export interface StoreAccess {
  readonly store: Pick<ClickHouseConfig, 'url' | 'username' | 'database'>;
  readonly client: ClickHouseClient;
}

const ACCESS_DENIED = '497';
/** Records of several machines are read in the order of their clocks. */
const OFFSET_WORTH_A_WORD_MILLIS = 1_000;
const OFFSET_TOO_LARGE_MILLIS = 60_000;

/**
 * @param writer As the applications reach it.
 * @param reader Somebody who may read, where one was given.
 */
export function storeChecks(
  writer: StoreAccess,
  reader: StoreAccess | undefined,
  migrates: ClickHouseConfig['migrate'],
): readonly Check[] {
  let reachable: Promise<Verdict> | undefined;
  const isReachable = (): Promise<Verdict> => (reachable ??= explained(writer, checkReachable)());
  let accepted: Promise<Verdict> | undefined;
  const isAccepted = (): Promise<Verdict> =>
    (accepted ??= after(isReachable, 'ClickHouse does not answer', explained(writer, checkCredentials))());
  const asWriter = (check: StoreCheck): Check['run'] =>
    after(isAccepted, 'ClickHouse does not let this user in', explained(writer, check));
  const migrations: StoreCheck = (access) => checkSchema(access, migrates);
  return [
    { name: 'ClickHouse', run: isReachable },
    { name: 'credentials', run: isAccepted },
    ...(reader === undefined ? [] : [{ name: 'reader', run: explained(reader, checkCredentials) }]),
    { name: 'server version', run: asWriter(checkVersion) },
    { name: 'grants', run: asWriter(checkGrants) },
    { name: 'schema', run: reader === undefined ? asWriter(migrations) : explained(reader, migrations) },
    { name: 'clock', run: asWriter(checkClock) },
  ];
}

type StoreCheck = (access: StoreAccess) => Promise<Verdict>;

function explained(access: StoreAccess, check: StoreCheck): () => Promise<Verdict> {
  return async () => {
    try {
      return await check(access);
    } catch (error) {
      throw describeStoreError(error, access.store);
    }
  };
}

/** One cause is said once: what hangs on a check that failed is skipped. */
function after(first: () => Promise<Verdict>, reason: string, check: () => Promise<Verdict>) {
  return async (): Promise<Verdict> => {
    const isThere = await first().then(
      ({ status }) => status !== 'failure' && status !== 'skipped',
      () => false,
    );
    return isThere ? await check() : skipped(reason);
  };
}

async function checkReachable({ client, store }: StoreAccess): Promise<Verdict> {
  const beganAt = performance.now();
  const answer = await client.ping();
  if (!answer.success) throw describeStoreError(answer.error, store);
  return good(`answers at ${store.url} in ${Math.ceil(performance.now() - beganAt)} ms`);
}

async function checkCredentials({ client }: StoreAccess): Promise<Verdict> {
  const [row] = await queryRows<{ user: string }>(client, 'SELECT currentUser() AS user');
  return good(`accepted for user "${row?.user ?? ''}"`);
}

async function checkVersion({ client }: StoreAccess): Promise<Verdict> {
  return good(`ClickHouse ${await requireServerVersion(client)}`);
}

async function checkGrants({ client, store }: StoreAccess): Promise<Verdict> {
  const [records, segments] = ['records', 'segments'].map((table) => `${quoteName(store.database)}.${table}`);
  const needed = [`INSERT ON ${records}`, `INSERT(seal, shortfall, signature, key_id) ON ${segments}`];
  const useful = `SELECT(chain_id, segment_id, sequence, occurred_at) ON ${records}`;
  const dangerous = [records, segments].flatMap((table) =>
    ['ALTER DELETE', 'ALTER UPDATE', 'TRUNCATE', 'DROP TABLE'].map((right) => `${right} ON ${table}`),
  );
  const missing = await filterAsync(needed, async (right) => !(await isGranted(client, right)));
  if (missing.length > 0)
    return failure(
      `user "${store.username}" may not: ${missing.join('; ')}`,
      `GRANT ${missing.join('; GRANT ')} TO ${store.username} (docs/production.md)`,
    );
  const held = await filterAsync(dangerous, (right) => isGranted(client, right));
  if (held.length > 0)
    return warning(
      `user "${store.username}" may add records, and also take them away: ${held.join('; ')}`,
      'give the applications a user that may only insert, such as audit_writer (docs/production.md)',
    );
  if (!(await isGranted(client, useful)))
    return warning(
      `user "${store.username}" may add records, but not ask which have arrived: after a long outage some may be sent twice`,
      `GRANT ${useful} TO ${store.username}`,
    );
  return good(`user "${store.username}" may add records and certificates, and nothing else with them`);
}

async function checkSchema(access: StoreAccess, migrates: ClickHouseConfig['migrate']): Promise<Verdict> {
  const { client, store } = access;
  let state: MigrationState;
  try {
    state = await readMigrationState(client, store);
  } catch (error) {
    if (findServerError(error)?.code !== ACCESS_DENIED) throw error;
    return await checkColumns(access);
  }
  const { applied, pending } = state;
  if (pending.length === 0)
    return good(`database "${store.database}" is up to date (${applied.at(-1)?.name ?? 'no migrations'})`);
  const what = `database "${store.database}" waits for ${pending.map(({ name }) => name).join(', ')}`;
  const mend = 'run `audit-register migrate` as a user who may make tables';
  return migrates === 'auto' && (await mayCreate(access))
    ? warning(`${what}; the next process applies them (AUDIT_REGISTER_MIGRATE=auto)`, mend)
    : failure(what, mend);
}

/** What a user sees that may only insert: the columns that it may fill. */
async function checkColumns({ client, store }: StoreAccess): Promise<Verdict> {
  const rows = await queryRows<{ name: string }>(
    client,
    "SELECT name FROM system.columns WHERE database = {database:String} AND table = 'records'",
    { database: store.database },
  );
  const there = new Set(rows.map(({ name }) => name));
  const missing = COLUMNS.map(({ name }) => name).filter((name) => !there.has(name));
  const mend = 'run `audit-register migrate` as a user who may make tables';
  if (there.size === 0)
    return failure(`there is no table ${store.database}.records that user "${store.username}" can see`, mend);
  if (missing.length > 0)
    return failure(`${store.database}.records has no column ${missing.join(', ')}`, mend);
  return good(
    `${store.database}.records has all columns; the migrations cannot be read as "${store.username}" (--reader-user shows them)`,
  );
}

async function mayCreate({ client, store }: StoreAccess): Promise<boolean> {
  const database = quoteName(store.database);
  const rights = [`CREATE TABLE ON ${database}.*`, `CREATE VIEW ON ${database}.*`];
  return (await filterAsync(rights, (right) => isGranted(client, right))).length === rights.length;
}

async function checkClock({ client }: StoreAccess): Promise<Verdict> {
  const ask = async (): Promise<number> => {
    const query = 'SELECT toUnixTimestamp64Micro(now64(6)) AS micros';
    const [row] = await queryRows<{ micros: string }>(client, query);
    return Number(row?.micros) / 1_000;
  };
  return judgeOffset(await measureClockOffset(ask, () => nowMicros() / 1_000));
}

/** What is surely there counts, not what the network may have added. */
export function judgeOffset({ offsetMillis, errorMillis }: ClockOffset): Verdict {
  if (!Number.isFinite(offsetMillis)) return skipped('the server gave no time');
  const says = `the server's clock is ${Math.abs(offsetMillis).toFixed(0)} ms ${offsetMillis < 0 ? 'behind' : 'ahead'} (± ${errorMillis.toFixed(1)} ms)`;
  const sure = Math.abs(offsetMillis) - errorMillis;
  const mend = 'synchronise the clocks of both machines (NTP): records are ordered by them';
  if (sure > OFFSET_TOO_LARGE_MILLIS) return failure(says, mend);
  return sure > OFFSET_WORTH_A_WORD_MILLIS ? warning(says, mend) : good(says);
}

async function filterAsync<T>(items: readonly T[], keeps: (item: T) => Promise<boolean>): Promise<T[]> {
  const kept: T[] = [];
  for (const item of items) if (await keeps(item)) kept.push(item);
  return kept;
}
