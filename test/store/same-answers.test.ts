import { expect, test } from 'vitest';
import { loadMigrations, quoteName } from '../../src/store/migrations.ts';
import { migrate } from '../../src/store/migrate.ts';
import { until } from '../process/condition.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { seedHistory } from '../support/seeded-history.ts';

const store = useClickHouse();
const DATABASE = 'older';
/** What followed is about room and speed. */
const LAST_OF_MEANING = '0011_siem';

async function viewsOf(database: string): Promise<string[]> {
  const rows = await store().query<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = {database: String} AND engine = 'View' ORDER BY name",
    { database },
  );
  return rows.map(({ name }) => name);
}

async function answers(views: readonly string[]): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const view of views) {
    const rows = await store().query(`SELECT * FROM ${quoteName(DATABASE)}.${view}`);
    found[view] = rows.map((row) => JSON.stringify(row)).sort();
  }
  return found;
}

const insert = (text: string): Promise<unknown> =>
  store().client.command({ query: `INSERT INTO ${quoteName(DATABASE)}.${text}` });

const copied = (table: string, columns: string): Promise<unknown> =>
  insert(`${table} (${columns}) SELECT ${columns} FROM audit.${table}`);

/** Parts of the records, and those that list what settles. */
async function parts(): Promise<readonly [parts: number, listed: number]> {
  const counted = (table: string, condition: string): string =>
    `(SELECT count() FROM system.${table} WHERE database = {database: String} AND table = 'records' AND active AND ${condition})`;
  const [row] = await store().query<{ parts: string; listed: string }>(
    `SELECT ${counted('parts', '1')} AS parts, ${counted('projection_parts', "name = 'settling'")} AS listed`,
    { database: DATABASE },
  );
  return [Number(row?.parts), Number(row?.listed)];
}

test('every view of a register says the same after the migrations of room and speed, which reach all that was there', async () => {
  await seedHistory(store());
  const { client } = store();
  const migrations = loadMigrations().filter(({ name }) => name <= LAST_OF_MEANING);
  await migrate(client, { database: DATABASE, migrations });
  await copied('records', '*');
  await copied('segments', 'seal, shortfall, signature, key_id');
  const views = await viewsOf(DATABASE);
  const before = await answers(views);
  expect(before['late_actors']).not.toEqual([]);
  expect(before['transactions']).not.toEqual([]);

  await migrate(client, { database: DATABASE });
  await until('a list of each part', async () => {
    const [all, listed] = await parts();
    return listed === all;
  });
  expect(await answers(views)).toEqual(before);

  // Parts of before and after are merged with each other.
  await insert("records (category, action, occurred_at) VALUES ('http', 'read', '2026-11-20 12:00:00')");
  await client.command({
    query: `OPTIMIZE TABLE ${quoteName(DATABASE)}.records FINAL`,
    clickhouse_settings: { optimize_throw_if_noop: 1 },
  });
  expect(await parts()).toEqual([1, 1]);
});
