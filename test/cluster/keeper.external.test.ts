import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStoreClient } from '../../src/store/client.ts';
import { turnForCluster } from '../../src/store/cluster-statements.ts';
import { migrate } from '../../src/store/migrate.ts';
import { loadMigrations } from '../../src/store/migrations.ts';
import { splitStatements } from '../../src/store/statements.ts';
import { CLUSTER, PASSWORD, startCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { startZooKeeper } from './zookeeper.ts';
import type { ZooKeeper } from './zookeeper.ts';

/**
 * All four servers of deploy/cluster and a real ZooKeeper. The engine out of npm registers its replicas there, and compares what
 * it is told with what the other replica was told; then the table stays read-only, for this build has no port from which another
 * server could fetch parts. So what is tested here is that the tables can be made, and where they stand.
 */
let keeper: ZooKeeper;
let cluster: Cluster;

beforeAll(async () => {
  keeper = await startZooKeeper();
  cluster = await startCluster({
    servers: ['1a', '1b', '2a', '2b'],
    keeperPort: keeper.port,
    turn: (statement) => statement,
  });
  await expect(migrateByCluster()).rejects.toThrow('migration 0001_records');
  for (const { text } of loadMigrations()) {
    for (const statement of splitStatements(text)) {
      // A table that is read-only cannot be altered.
      if (/^(?:(?:--.*)?\n)*ALTER TABLE/.test(statement)) continue;
      for (const turned of turnForCluster(statement, { name: CLUSTER, database: 'audit' }))
        await command(turned.replaceAll('{{database}}', 'audit'));
    }
  }
});
afterAll(async () => {
  await cluster?.stop();
  await keeper?.stop();
});

/** Makes the database, its list of migrations and the first tables: the note of that is the first row that nobody takes here. */
async function migrateByCluster(): Promise<void> {
  const access = { url: cluster.url, username: 'audit_migrator', password: PASSWORD, timeoutMillis: 8_000 };
  const client = createStoreClient(access);
  try {
    await migrate(client, { database: 'audit', cluster: CLUSTER });
  } finally {
    await client.close();
  }
}

async function command(statement: string): Promise<void> {
  const authorization = `Basic ${Buffer.from(`audit_migrator:${PASSWORD}`).toString('base64')}`;
  const answer = await fetch(cluster.url, { method: 'POST', headers: { authorization }, body: statement });
  if (!answer.ok) throw new Error(await answer.text());
  await answer.text();
}

test('each table of a shard has its place in ZooKeeper, with both replicas of that shard', async () => {
  for (const [node, { name, shard }] of cluster.nodes.entries()) {
    const replicas = await cluster.query(
      "SELECT table, zookeeper_path, replica_name, total_replicas FROM system.replicas WHERE database = 'audit' AND table != 'migrations' ORDER BY table",
      node,
    );
    expect(replicas).toEqual(
      ['purges_local', 'records_local', 'segments_local'].map((table) => ({
        table,
        zookeeper_path: `/clickhouse/tables/${shard}/audit/${table}`,
        replica_name: name[1],
        total_replicas: 2,
      })),
    );
  }
});

test('the list of migrations is one for all servers', async () => {
  const lists = await Promise.all(
    cluster.nodes.map((_, node) =>
      cluster.query(
        "SELECT zookeeper_path, replica_name, total_replicas FROM system.replicas WHERE table = 'migrations'",
        node,
      ),
    ),
  );
  expect(lists.flat()).toEqual(
    ['1-a', '1-b', '2-a', '2-b'].map((replica_name) => ({
      zookeeper_path: '/clickhouse/tables/all/audit/migrations',
      replica_name,
      total_replicas: 4,
    })),
  );
});

test('a table of a shard remembers as many tokens as that of one server, for a month', async () => {
  const [records] = await cluster.query<{ engine_full: string }>(
    "SELECT engine_full FROM system.tables WHERE database = 'audit' AND name = 'records_local'",
    3,
  );
  expect(records?.engine_full).toContain('replicated_deduplication_window = 100000');
  expect(records?.engine_full).toContain('replicated_deduplication_window_seconds = 2592000');
  expect(records?.engine_full).toContain('fsync_after_insert = 1');
});

test('a replica that is told another table is refused by what the first has registered', async () => {
  const create = (columns: string): string =>
    `CREATE TABLE audit.other (${columns}) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/audit/other', '{replica}') ORDER BY a`;
  const answers = [];
  for (const [node, columns] of ['a UInt8', 'a UInt8, b UInt8'].entries())
    answers.push(await fetch(cluster.nodes[node]?.url ?? '', { method: 'POST', body: create(columns) }));
  expect(answers.map(({ ok }) => ok)).toEqual([true, false]);
});
