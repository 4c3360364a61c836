import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClickHouseClient } from '@clickhouse/client';
import { createStoreClient } from '../../src/store/client.ts';
import { runCommand, startCommand } from '../commands/command-process.ts';
import type { CommandEnd, RunningCommand } from '../commands/command-process.ts';
import { ACTIVITY_HOUR, TRACE_ID, addActivity } from '../dashboards/activity-history.ts';
import { EVERYTHING, QUERIES } from '../dashboards/asking.ts';
import { expandQuery } from '../dashboards/data-source.ts';
import type { Surroundings } from '../dashboards/data-source.ts';
import { FROM, TO, addHistory } from '../dashboards/history.ts';
import { addPipelineHistory, lastHour } from '../dashboards/pipeline-history.ts';
import type { DashboardQuery } from '../dashboards/read-dashboards.ts';
import { SECURITY_HOUR, addSecurityHistory } from '../dashboards/security-history.ts';
import { addRequests, createDjangoDatabase } from '../import/django-tables.ts';
import { startImport } from '../import/import-process.ts';
import { until } from '../process/condition.ts';
import { startTestClickHouse } from '../support/clickhouse.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';
import { startPostgres } from '../support/postgres.ts';
import { seedHistory } from '../support/seeded-history.ts';
import { carry } from './carry.ts';
import { CLUSTER, PASSWORD, startCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { notReplicated } from './not-replicated.ts';

/** What people ask, of one server and of a cluster with the same rows: as the user that may only read. */
let one: TestClickHouse;
let cluster: Cluster;
let readers: ClickHouseClient[];

beforeAll(async () => {
  one = await startTestClickHouse();
  for (const add of [addHistory, addActivity, addSecurityHistory, addPipelineHistory, seedHistory])
    await add(one);
  cluster = await startCluster({ servers: ['1a', '2a'], keeperPort: 1, turn: notReplicated });
  const migrated = await runCommand(['migrate', '--cluster', CLUSTER], access('audit_migrator', cluster.url));
  expect(migrated).toMatchObject({ code: 0, stderr: '' });
  await carry(one, cluster, 'records');
  await carry(one, cluster, 'segments');
  const accesses = cluster.nodes.map(({ url }) => ({
    url,
    username: 'audit_reader',
    password: PASSWORD,
    timeoutMillis: 60_000,
  }));
  readers = [one.config('audit_reader'), ...accesses].map((access) => createStoreClient(access));
});
afterAll(async () => {
  await Promise.all((readers ?? []).map((reader) => reader.close()));
  await cluster?.stop();
  await one?.stop();
});

function access(user: string, url: string, password = PASSWORD): Record<string, string> {
  return {
    AUDIT_REGISTER_CLICKHOUSE_URL: url,
    AUDIT_REGISTER_CLICKHOUSE_USER: user,
    AUDIT_REGISTER_CLICKHOUSE_PASSWORD: password,
  };
}

const urlOf = (node: number): string => cluster.nodes[node]?.url ?? '';

const ALL: Surroundings = { from: FROM, to: TO, intervalMillis: 60_000, variables: EVERYTHING };
const CHOSEN: Record<string, readonly string[]> = { rows: ['100'], id: ['7'], trace: [TRACE_ID] };

function surroundingsOf({ uid }: DashboardQuery): Surroundings {
  if (uid === 'audit-register-security') return { ...ALL, ...SECURITY_HOUR };
  if (uid === 'audit-register-pipeline') return { ...ALL, ...lastHour() };
  if (uid === 'audit-register-overview') return ALL;
  const variables = new Proxy(EVERYTHING, { get: (all, name) => CHOSEN[String(name)] ?? all[String(name)] });
  return { ...ALL, ...ACTIVITY_HOUR, variables };
}

async function ask(reader: ClickHouseClient | undefined, query: string): Promise<string[]> {
  const result = await reader?.query({ query, format: 'JSONEachRow' });
  // Rows that a question puts in no order come in any.
  return ((await result?.json<Record<string, unknown>>()) ?? []).map((row) => JSON.stringify(row)).toSorted();
}

describe('a dashboard', () => {
  // A number alone is asked of the same views as the tables beside it, and takes as long.
  const shown = QUERIES.filter(({ panelType }) => panelType !== 'stat' && panelType !== 'variable');
  test.each(shown.map((query, at) => ({ ...query, at })))(
    '$dashboard: $title tells of a cluster what it tells of one server',
    async (query) => {
      const sql = expandQuery(query.rawSql, surroundingsOf(query));
      const told = await ask(readers[0], sql);
      expect(told).not.toEqual([]);
      expect(await ask(readers[1 + (query.at % 2)], sql)).toEqual(told);
    },
  );
});

describe('the explorer', () => {
  const explorers: RunningCommand[] = [];
  let addresses: URL[];

  async function explore(env: Record<string, string>): Promise<URL> {
    const running = startCommand(['explore', '--port', '0'], env);
    explorers.push(running);
    const address = (): string => /http:\/\/\S+token=\S+/.exec(running.stdout())?.[0] ?? '';
    await until('an explorer', () => Promise.resolve(address() !== ''));
    return new URL(address());
  }

  beforeAll(async () => {
    addresses = [
      await explore(access('audit_reader', one.url, one.engine.passwords.audit_reader)),
      await explore(access('audit_reader', urlOf(1))),
    ];
  });
  afterAll(async () => {
    for (const { child } of explorers) child.kill();
    await Promise.all(explorers.map(({ ended }) => ended));
  });

  const period = 'from=2026-11-01T00:00:00Z&to=2026-11-30T00:00:00Z';
  test.each([
    `records?${period}&limit=200`,
    `histogram?${period}&buckets=20`,
    `suggest?${period}&field=actor`,
    `objects?${period}&table=shop.orders&id=1042`,
    `actors?${period}&id=alice`,
    `export?${period}&format=csv`,
  ])('answers %s on a cluster as on one server', async (question) => {
    const [told, ofCluster] = await Promise.all(
      addresses.map(async (address) => {
        const authorization = `Bearer ${address.searchParams.get('token')}`;
        const answer = await fetch(new URL(`/api/${question}`, address), { headers: { authorization } });
        return { status: answer.status, text: await answer.text() };
      }),
    );
    expect(told).toMatchObject({ status: 200 });
    expect(told?.text).not.toBe('');
    expect(ofCluster).toEqual(told);
  });
});

test('an import is divided over the shards, takes each row once whichever server is asked, and verifies', async () => {
  const postgres = await startPostgres();
  const database = await createDjangoDatabase(postgres.url);
  try {
    await addRequests(database, 50);
    for (const [node, fresh] of [50, 0].entries()) {
      const { code, stdout } = await startImport({
        postgresUrl: database.url,
        clickhouseUrl: urlOf(node),
        args: ['--service', 'moved'],
        env: { AUDIT_REGISTER_CLICKHOUSE_USER: 'default' },
      }).ended;
      expect(code).toBe(0);
      expect(stdout).toContain(`50 in the register, ${fresh} of them new`);
    }
  } finally {
    await database.close();
    await postgres.stop();
  }
  const question =
    "SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(_shard_num)) AS shards FROM audit.records WHERE service_name = 'moved' AND category != 'app'";
  expect(await cluster.query(question)).toEqual([{ rows: 50, shards: 2 }]);
  const verified = await runCommand(['verify', '--service', 'moved'], access('audit_reader', urlOf(1)));
  expect(verified.stdout).toContain('50 records, 50 of them compared');
  expect(verified.code).toBe(0);
});

describe('while a shard is down', () => {
  beforeAll(() => cluster.nodes[1]?.kill());

  const period = ['--from', '2026-11-01', '--to', '2026-11-21'];
  test.each([
    ['query', '*', ...period],
    ['history', 'shop.orders', '1042', ...period],
    ['who', 'alice', ...period],
    ['export', ...period, '--format', 'jsonl', '--out', '-'],
    ['verify'],
  ])('`audit-register %s` fails and shows nothing, instead of half', async (...args) => {
    const { code, stdout, stderr }: CommandEnd = await runCommand(args, access('audit_reader', urlOf(0)));
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(stderr).toContain('Connection refused');
  });
});
