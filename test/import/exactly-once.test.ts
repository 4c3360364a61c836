import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { settledId } from '../../src/import/settled.ts';
import { Source } from '../../src/import/source.ts';
import { until } from '../process/condition.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { addRequests, connectAgain, createDjangoDatabase } from './django-tables.ts';
import type { DjangoDatabase } from './django-tables.ts';
import { startImport } from './import-process.ts';
import type { Ending, ImportProcess } from './import-process.ts';
import { startInsertGate } from './insert-gate.ts';
import type { InsertGate } from './insert-gate.ts';

const store = useClickHouse();
let postgres: Postgres;
const opened: (DjangoDatabase | InsertGate)[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await Promise.all(opened.map((each) => each.close()));
  await postgres.stop();
});

async function createDatabase(): Promise<DjangoDatabase> {
  const database = await createDjangoDatabase(postgres.url);
  opened.push(database);
  return database;
}

async function createGate(): Promise<InsertGate> {
  const gate = await startInsertGate(store().url);
  opened.push(gate);
  return gate;
}

/** An import whose records have the database's name as their service. */
function start(database: DjangoDatabase, clickhouseUrl = store().url): ImportProcess {
  return startImport({ postgresUrl: database.url, clickhouseUrl, args: ['--service', database.name] });
}

async function run(database: DjangoDatabase): Promise<Ending> {
  return start(database).ended;
}

async function storedRows(service: string): Promise<number> {
  const [row] = await store().query<{ rows: string }>(
    'SELECT count() AS rows FROM audit.records WHERE service_name = {service: String}',
    { service },
  );
  return Number(row?.rows);
}

/** Every row of the source once, in its order, without a hole. */
async function expectExactlyOnce(database: DjangoDatabase): Promise<void> {
  const stored = await store().query<{ id: string; sequence: string }>(
    `SELECT attributes['audit.import.id'] AS id, toString(sequence) AS sequence FROM audit.records
     WHERE service_name = {service: String} AND category = 'http' ORDER BY records.sequence`,
    { service: database.name },
  );
  const rows = await database.query<{ id: string }>(
    'SELECT id::text AS id FROM easyaudit_requestevent ORDER BY easyaudit_requestevent.id',
  );
  expect(stored.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
  expect(stored.map(({ sequence }) => sequence)).toEqual(rows.map((_row, index) => String(index + 1)));
  const [twice] = await store().query<{ twice: string }>(
    'SELECT toString(count() - uniqExact(record_id)) AS twice FROM audit.records WHERE service_name = {service: String}',
    { service: database.name },
  );
  expect(twice).toEqual({ twice: '0' });
  expect(
    await store().query('SELECT * FROM audit.gaps WHERE service_name = {service: String}', {
      service: database.name,
    }),
  ).toEqual([]);
}

describe('an import', () => {
  test('brings every row once, and the second time none', async () => {
    const database = await createDatabase();
    await addRequests(database, 25_000);
    const first = await run(database);
    expect(first.stdout).toContain(
      '25000 rows in the source up to id 25000, 25000 in the register, 25000 of them new',
    );
    expect(first.code).toBe(0);
    const second = await run(database);
    expect(second.stdout).toContain('25000 in the register, 0 of them new');
    await expectExactlyOnce(database);
  });

  test('that is killed again and again goes on where it was', async () => {
    const database = await createDatabase();
    // A segment a month.
    await addRequests(database, 24_000, 390);
    let kills = 0;
    for (let before = 0; kills < 5; kills++) {
      const { child, ended } = start(database);
      const isFurther = async (): Promise<boolean> => (await storedRows(database.name)) > before;
      await until('another segment', async () => child.exitCode !== null || (await isFurther()));
      child.kill('SIGKILL');
      if ((await ended).signal !== 'SIGKILL') break;
      before = await storedRows(database.name);
      await addRequests(database, 500, 0.001);
    }
    expect(kills).toBeGreaterThan(1);
    expect((await run(database)).code).toBe(0);
    await expectExactlyOnce(database);
  });

  test('that is interrupted ends in order, and says how to go on', async () => {
    const database = await createDatabase();
    await addRequests(database, 30_000, 390);
    const { child, ended } = start(database);
    await until('a segment', async () => (await storedRows(database.name)) > 0);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toContain('run the import again to go on');
    expect((await run(database)).code).toBe(0);
    await expectExactlyOnce(database);
  });

  test('may run several times at once while the source grows', async () => {
    const database = await createDatabase();
    await addRequests(database, 9_000);
    const imports = [start(database), start(database), start(database)];
    const ended = new AbortController();
    const growing = (async () => {
      while (!ended.signal.aborted) await addRequests(database, 20, 0.001);
    })();
    const endings = await Promise.all(imports.map(({ ended }) => ended));
    ended.abort();
    await growing;
    expect(endings.map(({ code, stderr }) => [code, stderr.includes('Error')])).toEqual(
      endings.map(() => [0, false]),
    );
    expect((await run(database)).code).toBe(0);
    await expectExactlyOnce(database);
  }, 180_000);

  test('whose insert arrives after its death and after the next import adds nothing', async () => {
    const database = await createDatabase();
    await addRequests(database, 1_000, 1);
    const gate = await createGate();
    const first = start(database, gate.url);
    await until('the insert of the first', () => gate.held() > 0);
    first.child.kill('SIGKILL');
    await first.ended;
    await addRequests(database, 500, 0.001);
    expect((await run(database)).code).toBe(0);
    while (gate.held() > 0) await gate.release();
    await expectExactlyOnce(database);
  });

  test('whose insert arrives after its death and before that of the next import leaves no hole', async () => {
    const database = await createDatabase();
    await addRequests(database, 1_000, 0.01);
    const gate = await createGate();
    const first = start(database, gate.url);
    await until('the insert of the first', () => gate.held() > 0);
    first.child.kill('SIGKILL');
    await first.ended;
    await addRequests(database, 500, 0.001);
    const second = start(database, gate.url);
    const late = gate.held();
    await until('the insert of the second', () => gate.held() > late);
    await gate.release();
    gate.open();
    while (gate.held() > 0) await gate.release();
    const { code, stdout } = await second.ended;
    expect(stdout).toContain('1500 in the register');
    expect(code).toBe(0);
    await expectExactlyOnce(database);
  });

  test('names the transaction that keeps it waiting for too long', async () => {
    const database = await createDatabase();
    const writer = await connectAgain(database);
    opened.push(writer);
    await writer.query('BEGIN');
    await addRequests(writer, 1);
    const [own] = await writer.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const source = await Source.open(database.url, import.meta.dirname);
    const settled = settledId(source, 'easyaudit_requestevent', 0);
    await expect(settled).rejects.toThrow(`PostgreSQL process ${own?.pid}); end it`);
    await writer.query('ROLLBACK');
    expect(await settledId(source, 'easyaudit_requestevent', 0)).toBe('0');
    await source.close();
  });

  test('waits for rows that are not committed yet but have smaller ids', async () => {
    const database = await createDatabase();
    await addRequests(database, 10, 1);
    const writer = await connectAgain(database);
    opened.push(writer);
    await writer.query('BEGIN');
    await addRequests(writer, 5, 0.5);
    await addRequests(database, 5, 0.1);
    const { ended } = start(database);
    await until('the import to wait', async () => {
      const [row] = await database.query<{ queries: string }>(
        `SELECT count(*) AS queries FROM pg_stat_activity
         WHERE application_name = 'audit-register import' AND query LIKE '%pg_locks%' AND datname = current_database()`,
      );
      return Number(row?.queries) > 0;
    });
    expect(await storedRows(database.name)).toBe(0);
    await writer.query('COMMIT');
    expect((await ended).code).toBe(0);
    await expectExactlyOnce(database);
  });
});
