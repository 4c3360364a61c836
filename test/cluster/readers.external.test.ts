import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClickHouseClient } from '@clickhouse/client';
import { createStoreClient } from '../../src/store/client.ts';
import { runCommand } from '../commands/command-process.ts';
import { ACTIVITY_HOUR, TRACE_ID, addActivity } from '../dashboards/activity-history.ts';
import { EVERYTHING, QUERIES } from '../dashboards/asking.ts';
import { expandQuery } from '../dashboards/data-source.ts';
import type { Surroundings } from '../dashboards/data-source.ts';
import { FROM, TO, addHistory } from '../dashboards/history.ts';
import { addPipelineHistory, lastHour } from '../dashboards/pipeline-history.ts';
import type { DashboardQuery } from '../dashboards/read-dashboards.ts';
import { SECURITY_HOUR, addSecurityHistory } from '../dashboards/security-history.ts';
import { startTestClickHouse } from '../support/clickhouse.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';
import { carry } from './carry.ts';
import { CLUSTER, PASSWORD, startCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { notReplicated } from './not-replicated.ts';

/** What the dashboards ask, of one server and of a cluster with the same rows: as the user that may only read. */
let one: TestClickHouse;
let cluster: Cluster;
let readers: ClickHouseClient[];

beforeAll(async () => {
  one = await startTestClickHouse();
  for (const add of [addHistory, addActivity, addSecurityHistory, addPipelineHistory]) await add(one);
  cluster = await startCluster({ servers: ['1a', '2a'], keeperPort: 1, turn: notReplicated });
  const migrated = await runCommand(['migrate', '--cluster', CLUSTER], {
    AUDIT_REGISTER_CLICKHOUSE_URL: cluster.url,
    AUDIT_REGISTER_CLICKHOUSE_USER: 'audit_migrator',
    AUDIT_REGISTER_CLICKHOUSE_PASSWORD: PASSWORD,
  });
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
  test.each(QUERIES.map((query, at) => ({ ...query, at })))(
    '$dashboard: $title tells of a cluster what it tells of one server',
    async (query) => {
      const sql = expandQuery(query.rawSql, surroundingsOf(query));
      const told = await ask(readers[0], sql);
      expect(await ask(readers[1 + (query.at % 2)], sql)).toEqual(told);
    },
  );
});
