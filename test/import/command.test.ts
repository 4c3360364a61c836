import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate } from '../../src/store/migrate.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { addRequests, createDjangoDatabase } from './django-tables.ts';
import type { DjangoDatabase } from './django-tables.ts';
import { startImport } from './import-process.ts';
import type { Ending } from './import-process.ts';

const store = useClickHouse();
let postgres: Postgres;
const opened: DjangoDatabase[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await Promise.all(opened.map((each) => each.close()));
  await postgres.stop();
});

async function createDatabase(tables?: string): Promise<DjangoDatabase> {
  const database = await createDjangoDatabase(postgres.url, tables);
  opened.push(database);
  return database;
}

interface Given {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly url?: string;
  readonly nodeArgs?: readonly string[];
}

async function run(database: DjangoDatabase, { args = [], env, url, nodeArgs }: Given = {}): Promise<Ending> {
  return startImport({
    postgresUrl: url ?? database.url,
    clickhouseUrl: store().url,
    args: ['--service', database.name, ...args],
    ...(env !== undefined && { env }),
    ...(nodeArgs !== undefined && { nodeArgs }),
  }).ended;
}

/** Records of a database's import, in the order of their ids. */
async function recordsOf(service: string, columns: string): Promise<Record<string, unknown>[]> {
  return store().query(
    `SELECT ${columns} FROM audit.records WHERE service_name = {service: String}
     ORDER BY category, toInt64(attributes['audit.import.id'])`,
    { service },
  );
}

const SNAPSHOT = '[{"model": "shop.order", "pk": 1, "fields": {"status": "open", "password": "tr0ub4dor"}}]';

describe('rows that are not as they should be', () => {
  const NASTY: readonly [json: string | null, changed: string | null, rows?: number][] = [
    [SNAPSHOT, '{"status": ["a", "b"]}'],
    ['[{"fields": {"a": "\\u0000", "b": "\\ud800", "c": "\u{1f600}"}}]', null],
    ['{', 'null'],
    ['', ''],
    [null, "{'tags': [1, 2]}"],
    ['[[[[]]]]', '[]'],
    [`[{"fields": {"long": "${'ä'.repeat(200_000)}"}}]`, null, 2],
    [
      `[{"fields": {${Array.from({ length: 2_000 }, (_item, index) => `"f${index}": ${index}`).join(',')}}}]`,
      null,
      2,
    ],
    ['b"[]"', '{"__proto__": ["x", "y"], "": ["", ""]}'],
  ];

  test('are all brought over, with what is known of them', async () => {
    const database = await createDatabase();
    await database.query(`GRANT USAGE ON SCHEMA public TO public`);
    for (const [json, changed, rows = 20] of NASTY) {
      await database.query(
        `INSERT INTO easyaudit_crudevent (event_type, object_id, object_repr, object_json_repr, changed_fields, datetime, content_type_id, user_id)
         SELECT type, 'ключ ' || type, 'repr', $1, $2, now() - make_interval(secs => n), content, n
         FROM generate_series(0, 12) type, generate_series(1, $3::int) n, (VALUES (1), (404)) types (content)`,
        [json, changed, rows],
      );
    }
    await database.query(
      `INSERT INTO easyaudit_loginevent (login_type, username, datetime, remote_ip)
       SELECT n % 5, 'user ' || n, now() - make_interval(secs => n), CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN 'a, b' ELSE '1.2.3.4, 5.6.7.8:90' END
       FROM generate_series(1, 500) n`,
    );
    const ended = await run(database);
    expect(ended.stdout).toContain(
      '3744 in the register, 3744 of them new, 0 beyond retention, 0 refused, 0 missing',
    );
    expect(ended.stdout).toContain('500 in the register, 500 of them new');
    expect(ended.code).toBe(0);
    const [sum] = await store().query(
      `SELECT toUInt32(uniqExact(record_id)) AS records, toUInt32(countIf(mapContains(attributes, 'audit.import.problem') AND category = 'db')) AS problems,
         toUInt32(countIf(has(truncated, 'new_values') OR has(truncated, 'old_values'))) AS truncated,
         toUInt32(countIf(position(toString(tuple(*)), 'tr0ub4dor') > 0)) AS leaks
       FROM audit.records WHERE service_name = {service: String}`,
      { service: database.name },
    );
    expect(sum).toMatchObject({ records: 4_244, leaks: 0 });
    expect(sum?.['problems']).toBeGreaterThan(1_000);
    expect(sum?.['truncated']).toBe(20);
    expect(
      await store().query('SELECT * FROM audit.gaps WHERE service_name = {s: String}', { s: database.name }),
    ).toEqual([]);
  });

  test('with impossible times are stored at the nearest time there is', async () => {
    await inKeptForEver('impossible_times', async (settings) => {
      const database = await createDatabase();
      const times = [
        '0001-01-01',
        '1969-12-31',
        '-infinity',
        '44 BC-03-15',
        '2026-01-01 00:00:00.000001+01',
        '2300-01-01',
        'infinity',
      ];
      for (const time of times) {
        await database.query(
          `INSERT INTO easyaudit_requestevent (url, method, datetime) VALUES ('/', 'GET', $1)`,
          [time.startsWith('44') ? '0044-03-15 BC' : time],
        );
      }
      const ended = await run(database, { env: settings });
      expect(ended.stdout).toContain(
        '7 in the register, 7 of them new, 0 beyond retention, 0 refused, 0 missing',
      );
      expect(ended.code).toBe(0);
      const stored = await store().query<{ at: string; said: string }>(
        `SELECT toString(occurred_at) AS at, attributes['easyaudit.datetime'] AS said FROM impossible_times.records WHERE category = 'http' ORDER BY sequence`,
      );
      const first = '1970-01-01 00:00:00.000000000';
      const last = '2099-12-31 23:59:59.999999000';
      expect(stored).toEqual([
        { at: first, said: '0001-01-01 00:00:00+00' },
        { at: first, said: '1969-12-31 00:00:00+00' },
        { at: first, said: '-infinity' },
        { at: first, said: '0044-03-15 00:00:00+00 BC' },
        { at: '2025-12-31 23:00:00.000001000', said: '' },
        { at: last, said: '2300-01-01 00:00:00+00' },
        { at: last, said: 'infinity' },
      ]);
    });
  });
});

/** A register of its own whose table keeps everything. */
async function inKeptForEver(
  name: string,
  work: (settings: Record<string, string>) => Promise<void>,
): Promise<void> {
  await migrate(store().client, { database: name });
  await store().client.command({ query: `ALTER TABLE ${name}.records REMOVE TTL` });
  await work({ AUDIT_REGISTER_CLICKHOUSE_DATABASE: name });
}

describe('history older than the register keeps', () => {
  async function oldAndNew(): Promise<DjangoDatabase> {
    const database = await createDatabase();
    await addRequests(database, 10, 2_000);
    return database;
  }

  test('stops the import before anything is written, naming what mends it', async () => {
    const database = await oldAndNew();
    const { code, stderr, stdout } = await run(database);
    expect(code).toBe(78);
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /audit\.records would delete 8 rows of easyaudit_requestevent \(from \d{4}-.* on\).*ALTER TABLE audit\.records MODIFY TTL toDateTime\(occurred_at\) \+ INTERVAL 2[12]\d\d DAY DELETE.*--beyond-retention/,
    );
    expect(await recordsOf(database.name, 'record_id')).toEqual([]);
  });

  test('is left out and counted where that is asked for', async () => {
    const database = await oldAndNew();
    const { code, stdout } = await run(database, { args: ['--beyond-retention'] });
    expect(stdout).toContain(
      '10 rows in the source up to id 10, 2 in the register, 2 of them new, 8 beyond retention, 0 refused, 0 missing',
    );
    expect(code).toBe(0);
    expect(await recordsOf(database.name, 'sequence')).toHaveLength(2);
  });

  test('comes over once the table keeps it, and is still there after a merge', async () => {
    const database = await oldAndNew();
    await migrate(store().client, { database: 'kept_long' });
    const settings = { AUDIT_REGISTER_CLICKHOUSE_DATABASE: 'kept_long' };
    const { stderr } = await run(database, { env: settings });
    const statement = /ALTER TABLE kept_long\.records MODIFY TTL .*? DELETE/.exec(stderr)?.[0] ?? '';
    await store().client.command({ query: statement });
    expect((await run(database, { env: settings })).code).toBe(0);
    await store().client.command({ query: 'OPTIMIZE TABLE kept_long.records FINAL' });
    expect(
      await store().query("SELECT sequence FROM kept_long.records WHERE category = 'http'"),
    ).toHaveLength(10);
  });

  test('that was left out is told as missing when the table keeps it later', async () => {
    const database = await oldAndNew();
    await inKeptForEver('kept_later', async (settings) => {
      await store().client.command({
        query: 'ALTER TABLE kept_later.records MODIFY TTL toDateTime(occurred_at) + INTERVAL 400 DAY',
      });
      expect((await run(database, { env: settings, args: ['--beyond-retention'] })).code).toBe(0);
      await store().client.command({ query: 'ALTER TABLE kept_later.records REMOVE TTL' });
      const { code, stdout } = await run(database, { env: settings });
      expect(stdout).toContain('8 missing');
      expect(code).toBe(1);
    });
  });

  test('is seen by rules for one category, too', async () => {
    const database = await oldAndNew();
    await inKeptForEver('kept_apart', async (settings) => {
      await store().client.command({
        query: `ALTER TABLE kept_apart.records MODIFY TTL toDateTime(occurred_at) + INTERVAL 10 YEAR DELETE WHERE category != 'http',
          toDateTime(occurred_at) + INTERVAL 30 DAY DELETE WHERE category = 'http'`,
      });
      expect((await run(database, { env: settings })).stderr).toContain(
        'would delete 9 rows of easyaudit_requestevent',
      );
    });
  });
});

describe('another project', () => {
  test('of an old version of easy-audit is read with the columns it has', async () => {
    const database = await createDatabase(`
      CREATE TABLE django_content_type (id serial PRIMARY KEY, app_label varchar(100), model varchar(100));
      INSERT INTO django_content_type (app_label, model) VALUES ('shop', 'order');
      CREATE TABLE easyaudit_crudevent (id serial PRIMARY KEY, event_type smallint NOT NULL, object_id integer NOT NULL,
        object_repr varchar(255), object_json_repr text, datetime timestamptz NOT NULL, content_type_id integer NOT NULL, user_id integer);
      CREATE TABLE easyaudit_loginevent (id serial PRIMARY KEY, login_type smallint NOT NULL, username varchar(255),
        datetime timestamptz NOT NULL, user_id integer);
      INSERT INTO easyaudit_crudevent (event_type, object_id, object_json_repr, datetime, content_type_id, user_id)
        VALUES (2, 5, '${SNAPSHOT}', now(), 1, 3);
      INSERT INTO easyaudit_loginevent (login_type, username, datetime) VALUES (2, 'eve', now());`);
    const { code, stderr } = await run(database);
    expect(code).toBe(0);
    expect(stderr).toContain('There is no table easyaudit_requestevent');
    expect(stderr).toContain('no names can be read from auth_user');
    expect(
      await recordsOf(database.name, 'category, action, target_type, target_id, actor_id, new_values'),
    ).toEqual([
      {
        category: 'auth',
        action: 'login_failed',
        target_type: 'account',
        target_id: 'eve',
        actor_id: '',
        new_values: {},
      },
      {
        category: 'db',
        action: 'update',
        target_type: 'shop_order',
        target_id: '5',
        actor_id: '3',
        new_values: { status: 'open', password: '[redacted]' },
      },
    ]);
  });

  test('with JSON columns, large keys and a user model of its own is read as well', async () => {
    const database = await createDatabase(`
      CREATE SCHEMA accounts;
      CREATE TABLE accounts."Person" (key uuid PRIMARY KEY, "e-mail" text);
      INSERT INTO accounts."Person" VALUES ('018f2f6e-0000-7000-8000-000000000001', 'ada@example.com');
      CREATE TABLE easyaudit_crudevent (id bigserial PRIMARY KEY, event_type smallint NOT NULL, object_id varchar(255) NOT NULL,
        object_repr text, object_json_repr text, datetime timestamptz NOT NULL, content_type_id integer NOT NULL, user_id uuid,
        user_pk_as_string varchar(255), changed_fields jsonb, metadata jsonb);
      INSERT INTO easyaudit_crudevent (id, event_type, object_id, datetime, content_type_id, user_id, user_pk_as_string, changed_fields, metadata)
        VALUES (9000000000000000001, 2, 'x', now(), 1, '018f2f6e-0000-7000-8000-000000000001', '018f2f6e-0000-7000-8000-000000000001', '{"a": ["1", "2"]}', '{"reason": "asked"}');`);
    const args = [
      '--user-table',
      'accounts.Person',
      '--user-key',
      'key',
      '--user-name',
      'e-mail',
      '--environment',
      'prod',
    ];
    expect((await run(database, { args })).code).toBe(0);
    const columns =
      "actor_name, environment, new_values, attributes['easyaudit.metadata'] AS metadata, attributes['audit.import.id'] AS id";
    expect(await recordsOf(database.name, columns)).toEqual([
      {
        actor_name: 'ada@example.com',
        environment: 'prod',
        new_values: { a: '2' },
        metadata: '{"reason": "asked"}',
        id: '9000000000000000001',
      },
    ]);
    expect((await run(database, { args })).stdout).toContain('1 in the register, 0 of them new');
  });

  test('whose times have no zone is asked for it', async () => {
    const database = await createDatabase(`
      CREATE TABLE easyaudit_loginevent (id serial PRIMARY KEY, login_type smallint, username varchar(255), datetime timestamp NOT NULL);
      INSERT INTO easyaudit_loginevent (login_type, username, datetime) VALUES (0, 'ada', '2026-07-01 12:00:00.000007');`);
    const refused = await run(database);
    expect(refused.code).toBe(78);
    expect(refused.stderr).toContain('--time-zone');
    expect((await run(database, { args: ['--time-zone', 'Europe/Berlin'] })).code).toBe(0);
    expect(await recordsOf(database.name, 'toString(occurred_at) AS at')).toEqual([
      { at: '2026-07-01 10:00:00.000007000' },
    ]);
  });

  test('under the name of one that was imported is refused', async () => {
    const [first, second] = [await createDatabase(), await createDatabase()];
    await addRequests(first, 10);
    await addRequests(second, 20);
    const args = ['--service', 'same', '--source', 'same'];
    expect((await run(first, { args })).code).toBe(0);
    const refused = await run(second, { args });
    expect(refused.code).toBe(78);
    expect(refused.stderr).toContain(
      'from another source than this; give this one a name of its own with --source',
    );
    expect((await run(second, { args: ['--service', 'same', '--source', 'other'] })).code).toBe(0);
  });
});

describe('the command', () => {
  test('needs no more than to read, and writes nothing to the source', async () => {
    const database = await createDatabase();
    await addRequests(database, 10);
    const role = `reader_of_${database.name}`;
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'reads'`);
    await database.query(
      `GRANT SELECT ON easyaudit_crudevent, easyaudit_loginevent, easyaudit_requestevent TO ${role}`,
    );
    await database.query(`ALTER ROLE ${role} SET default_transaction_read_only = on`);
    const url = new URL(database.url);
    url.username = role;
    url.password = 'reads';
    const { code, stdout, stderr } = await run(database, { url: url.href });
    expect(code).toBe(0);
    expect(stdout).toContain('10 in the register');
    expect(stderr).toContain('django_content_type cannot be read');
  });

  test('takes no more memory for more or larger rows', async () => {
    const database = await createDatabase();
    await database.query(
      `INSERT INTO easyaudit_crudevent (event_type, object_id, object_json_repr, datetime, content_type_id)
       SELECT 1, n, '[{"fields": {"text": "' || repeat('large ', 15000) || '"}}]', now(), 1 FROM generate_series(1, 2000) n`,
    );
    // The texts are 180 MB.
    const { code, stdout } = await run(database, { nodeArgs: ['--max-old-space-size=128'] });
    expect(code).toBe(0);
    expect(stdout).toContain('2000 in the register');
  });

  test('shows what it would do, and does not', async () => {
    const database = await createDatabase();
    await addRequests(database, 10);
    const { code, stdout } = await run(database, { args: ['--dry-run'] });
    expect(code).toBe(0);
    expect(stdout).toContain(
      'easyaudit_requestevent: 10 rows to import up to id 10, 0 imported before, 0 beyond retention',
    );
    const samples = stdout.split('\n').filter((line) => line.startsWith('{'));
    expect(samples.map((line) => (JSON.parse(line) as { url_path: string }).url_path)).toEqual([
      '/orders/1',
      '/orders/2',
      '/orders/3',
    ]);
    expect(await recordsOf(database.name, 'sequence')).toEqual([]);
  });

  test('is told where the source is by the variables of PostgreSQL', () => {
    const url = new URL(postgres.url);
    const cli = join(import.meta.dirname, '../../dist/commands/cli.js');
    const { status, stderr } = spawnSync(process.execPath, [cli, 'import', 'easy-audit', '--dry-run'], {
      cwd: tmpdir(),
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        AUDIT_REGISTER_CLICKHOUSE_URL: store().url,
        PGHOST: url.hostname,
        PGPORT: url.port,
        PGUSER: url.username,
        PGPASSWORD: url.password,
        PGDATABASE: 'postgres',
      },
    });
    expect(stderr).toContain('There is no table easyaudit_crudevent');
    expect(status).toBe(78);
  });

  test.each<[string, Given, RegExp]>([
    [
      'a database that is not there',
      { url: 'postgres://u:tr0ub4dor@127.0.0.1:1/x' },
      /cannot be reached; check --postgres.*ECONNREFUSED/,
    ],
    [
      'a user table that is not there',
      { args: ['--user-table', 'people'] },
      /Names cannot be read from people.*--user-name/,
    ],
    ['no register', { env: { AUDIT_REGISTER_CLICKHOUSE_DATABASE: 'nowhere' } }, /audit-register migrate/],
    [
      'no ClickHouse',
      { env: { AUDIT_REGISTER_CLICKHOUSE_URL: 'http://127.0.0.1:1' } },
      /No ClickHouse answers/,
    ],
    [
      'no pg',
      { nodeArgs: ['--require', join(import.meta.dirname, 'fixtures/without-pg.cjs')] },
      /through the package pg, which is not installed here; run `npm install pg`/,
    ],
  ])('with %s says in one line what mends it', async (_what, given, message) => {
    const { code, stdout, stderr } = await run(await createDatabase(), given);
    expect(stderr.trim().split('\n').at(-1)).toMatch(message);
    expect(stderr).not.toMatch(/tr0ub4dor| at .*\.js:/);
    expect(stdout).toBe('');
    expect(code).toBe(78);
  });

  test('by a user of ClickHouse who may only insert says so', async () => {
    const database = await createDatabase();
    await addRequests(database, 10);
    const { audit_writer: password } = store().engine.passwords;
    const env = {
      AUDIT_REGISTER_CLICKHOUSE_USER: 'audit_writer',
      AUDIT_REGISTER_CLICKHOUSE_PASSWORD: password,
    };
    const { code, stderr } = await run(database, { env });
    expect(stderr).toMatch(/User "audit_writer" may not do this.*SELECT.*AUDIT_REGISTER_CLICKHOUSE_USER/);
    expect(code).toBe(78);
  });

  test('notices that ClickHouse remembers rows that were removed', async () => {
    const database = await createDatabase();
    await addRequests(database, 10);
    expect((await run(database)).code).toBe(0);
    await store().client.command({
      query: `DELETE FROM audit.records WHERE service_name = '${database.name}' SETTINGS lightweight_deletes_sync = 2`,
    });
    const { code, stderr } = await run(database);
    expect(stderr).toContain('rows were removed since. Give this import another name with --source');
    expect(code).toBe(78);
    expect((await run(database, { args: ['--source', 'again'] })).code).toBe(0);
  });
});
