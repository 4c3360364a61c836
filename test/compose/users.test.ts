import type { ClickHouseClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EMBEDDED_DATABASE } from '../../src/embedded/server-config.ts';
import { grantsOf } from '../../src/store/grants.ts';
import { migrate } from '../../src/store/migrate.ts';
import { readUsersFile, startComposeClickHouse } from './compose-clickhouse.ts';
import type { ComposeClickHouse, ComposeUser } from './compose-clickhouse.ts';
import { readCompose } from './compose-file.ts';

const INSERT =
  "INSERT INTO audit.records (record_id, occurred_at) VALUES (generateUUIDv4(), '2026-11-20 12:00:00')";

describe('the users of docker-compose.yml', () => {
  let server: ComposeClickHouse;
  let clients: Record<Exclude<ComposeUser, 'default'>, ClickHouseClient>;

  beforeAll(async () => {
    server = await startComposeClickHouse();
    clients = {
      audit_writer: server.as('audit_writer'),
      audit_collector: server.as('audit_collector'),
      audit_reader: server.as('audit_reader'),
      audit_migrator: server.as('audit_migrator'),
    };
    await migrate(clients.audit_migrator, { database: EMBEDDED_DATABASE });
  });
  afterAll(() => server?.stop());

  test('the migrator makes database, tables and views, and may do it again', async () => {
    const again = await migrate(clients.audit_migrator, { database: EMBEDDED_DATABASE });
    expect(again.applied).toEqual([]);
    expect(again.already.length).toBeGreaterThan(0);
  });

  test('the writer adds a record and the reader reads it, also through a view', async () => {
    await clients.audit_writer.command({ query: INSERT });
    const result = await clients.audit_reader.query({
      query: 'SELECT count() AS records, (SELECT count() FROM audit.changes) AS changes FROM audit.records',
      format: 'JSONEachRow',
    });
    expect(await result.json()).toEqual([{ records: 1, changes: 0 }]);
  });

  test.each<[keyof typeof clients, string]>([
    ['audit_writer', 'SELECT actor_id FROM audit.records'],
    ['audit_writer', 'ALTER TABLE audit.records DELETE WHERE 1'],
    ['audit_writer', 'TRUNCATE TABLE audit.records'],
    ['audit_writer', 'CREATE TABLE audit.more (a UInt8) ENGINE = Memory'],
    ['audit_writer', 'INSERT INTO audit.migrations (version) VALUES (9)'],
    ['audit_collector', INSERT],
    ['audit_collector', 'SELECT count() FROM audit.records'],
    ['audit_collector', 'SELECT count() FROM audit.otel_logs'],
    ['audit_collector', "INSERT INTO audit.segments (seal) VALUES ('{}')"],
    ['audit_reader', INSERT],
    ['audit_reader', 'ALTER TABLE audit.records DELETE WHERE 1'],
    ['audit_reader', 'DROP TABLE audit.records'],
    ['audit_reader', 'SET readonly = 0'],
    ['audit_reader', 'SELECT 1 SETTINGS max_threads = 1'],
    ['audit_migrator', 'ALTER TABLE audit.records DELETE WHERE 1'],
    ['audit_migrator', "ALTER TABLE audit.records UPDATE actor_id = 'x' WHERE 1"],
    ['audit_migrator', 'DELETE FROM audit.records WHERE 1'],
    ['audit_migrator', 'TRUNCATE TABLE audit.records'],
    ['audit_migrator', 'DROP TABLE audit.records'],
    ['audit_migrator', 'DROP VIEW audit.changes'],
    ['audit_migrator', 'DROP DATABASE audit'],
  ])('%s is refused: %s', async (user, query) => {
    // 164 READONLY · 497 ACCESS_DENIED
    await expect(clients[user].command({ query })).rejects.toMatchObject({
      code: expect.stringMatching(/^(164|497)$/),
    });
  });

  // They read with the rights of whoever migrated, around a row policy.
  test('the reader reads no view that writes', async () => {
    const result = await server.as('default').query({
      query: "SELECT name FROM system.tables WHERE database = 'audit' AND engine = 'MaterializedView'",
      format: 'JSONEachRow',
    });
    const views = await result.json<{ name: string }>();
    expect(views.length).toBeGreaterThan(2);
    for (const { name } of views)
      await expect(
        clients.audit_reader.query({ query: `SELECT count() FROM audit.${name}` }),
        name,
      ).rejects.toMatchObject({ code: '497' });
  });

  test('the collector adds records through its table alone, with the rights of who made the views', async () => {
    await clients.audit_collector.command({
      query: `INSERT INTO audit.otel_logs (Timestamp, LogAttributes)
        VALUES ('2026-11-20 12:00:00', map('audit.record.id', 'of the collector')), ('2026-11-20 12:00:00', map('audit.seal', '{}'))`,
    });
    const result = await clients.audit_reader.query({
      query: `SELECT (SELECT count() FROM audit.records WHERE attributes['otlp.audit.record.id'] = 'of the collector') AS records,
        (SELECT count() FROM audit.segments WHERE seal = '{}') AS segments`,
      format: 'JSONEachRow',
    });
    expect(await result.json()).toEqual([{ records: 1, segments: 1 }]);
  });

  test('the reader may set its time limit, as the data source of Grafana does', async () => {
    const query = {
      query: "SELECT getSetting('max_execution_time') AS seconds",
      format: 'JSONEachRow',
    } as const;
    const limited = await clients.audit_reader.query({
      ...query,
      clickhouse_settings: { max_execution_time: 7 },
    });
    expect(await limited.json()).toEqual([{ seconds: 7 }]);
    const usual = await clients.audit_reader.query(query);
    expect(await usual.json()).toEqual([{ seconds: 60 }]);
  });

  test.each<ComposeUser>(['audit_writer', 'audit_collector', 'audit_reader', 'audit_migrator'])(
    '%s needs its password',
    async (user) => {
      const asking = server.as(user, 'wrong').query({ query: 'SELECT 1' });
      await expect(asking).rejects.toMatchObject({ code: '516' });
    },
  );

  test('the user default is for the server itself, not for the network', async () => {
    const result = await fetch(server.url, {
      method: 'POST',
      headers: { connection: 'close' },
      body: "SELECT host_ip, host_names, host_names_like FROM system.users WHERE name = 'default' FORMAT JSONEachRow",
    });
    expect(await result.json()).toEqual({ host_ip: [], host_names: ['localhost'], host_names_like: [] });
  });
});

describe('the users file', () => {
  test.each(['audit_writer', 'audit_collector', 'audit_reader'] as const)(
    'grants %s what grants.sql grants',
    (user) => {
      expect(grantsIn(user)).toEqual(grantsOf(user, EMBEDDED_DATABASE));
    },
  );

  test('takes each password from a variable that the service is given', () => {
    const names = [...readUsersFile().matchAll(/from_env="(\w+)"/g)].map(([, name]) => name as string);
    expect(names).toHaveLength(4);
    const given = Object.keys(readCompose().services['clickhouse']?.environment ?? {});
    expect(given).toEqual(expect.arrayContaining(names));
  });
});

function grantsIn(user: ComposeUser): string[] {
  const text = readUsersFile();
  const users = text.slice(text.indexOf('<users>'));
  const own = new RegExp(`<${user}>(.*?)</${user}>`, 's').exec(users)?.[1] ?? '';
  return [...own.matchAll(/<query>(.+?)<\/query>/g)].map(([, grant]) => grant as string);
}
