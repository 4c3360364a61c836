import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createClickHouseSink } from '../../src/delivery/sinks/clickhouse.ts';
import type { Segment } from '../../src/delivery/segment.ts';
import type { SinkResult } from '../../src/delivery/sinks/sink.ts';
import { keptDaysOf } from '../../src/integrity/table-retention.ts';
import { createSigner } from '../../src/integrity/signature.ts';
import { uuidV4 } from '../../src/record/uuid.ts';
import { migrate } from '../../src/store/migrate.ts';
import { loadMigrations } from '../../src/store/migrations.ts';
import { runCommand } from '../commands/command-process.ts';
import type { CommandEnd } from '../commands/command-process.ts';
import { createLines } from '../delivery/fake-sink.ts';
import { WrittenChain } from '../integrity/written-chain.ts';
import { END_OF_MONTH, insertSegment, segmentOf } from '../store/segments.ts';
import { startTestClickHouse, temporaryDirectory } from '../support/clickhouse.ts';
import type { TestClickHouse } from '../support/clickhouse.ts';
import { seedHistory } from '../support/seeded-history.ts';
import { carry } from './carry.ts';
import { CLUSTER, PASSWORD, startCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { notReplicated } from './not-replicated.ts';

/**
 * Two shards, each a process with data of its own, under the files of deploy/cluster. What the engine out of npm cannot do is done
 * by a stand-in: `ON CLUSTER` (ddl-queue.ts), and a shard here has one server, whose tables are not replicated.
 */
const ALL = loadMigrations().map(({ name }) => name);

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const PRIVATE = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
const PUBLIC = publicKey.export({ format: 'pem', type: 'spki' }) as string;

let directory: string;
/** File of the public key. */
let key: string;
let cluster: Cluster;
let migrated: CommandEnd;

function command(args: readonly string[], user: string, url = cluster.url): Promise<CommandEnd> {
  return runCommand(args, {
    AUDIT_REGISTER_CLICKHOUSE_URL: url,
    AUDIT_REGISTER_CLICKHOUSE_USER: user,
    AUDIT_REGISTER_CLICKHOUSE_PASSWORD: user === 'default' ? '' : PASSWORD,
    AUDIT_REGISTER_SIGNING_KEY: PRIVATE,
  });
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  key = join(directory, 'key.pem');
  writeFileSync(key, PUBLIC);
  cluster = await startCluster({ servers: ['1a', '2a'], keeperPort: 1, turn: notReplicated });
  migrated = await command(['migrate', '--cluster', CLUSTER], 'audit_migrator');
  expect(migrated).toMatchObject({ code: 0, stderr: '' });
});
afterAll(async () => {
  await cluster?.stop();
  await rm(directory, { recursive: true, force: true });
});

async function send(segment: Segment, node = 0): Promise<SinkResult> {
  const url = cluster.nodes[node]?.url ?? '';
  const sink = createClickHouseSink(
    {
      url,
      username: 'audit_writer',
      password: PASSWORD,
      database: 'audit',
      cluster: '',
      migrate: 'off',
      timeoutMillis: 10_000,
    },
    createLines().log,
  );
  const result = await sink.send(segment, { mayBeOld: false });
  await sink.close();
  return result;
}

/** Rows of a segment on each shard. */
async function spread({ id }: Segment): Promise<number[]> {
  const rows = await Promise.all(
    cluster.nodes.map((_, node) =>
      cluster.query<{ rows: number }>(
        `SELECT toUInt32(count()) AS rows FROM audit.records_local WHERE segment_id = '${id}'`,
        node,
      ),
    ),
  );
  return rows.map(([row]) => row?.rows ?? 0);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Forty records of ten traces, over the end of a month. */
function traces(trace = (row: number): string => `trace ${row % 10}`): Segment {
  return segmentOf(
    Array.from({ length: 40 }, (_, row) => ({
      occurred_at: END_OF_MONTH + BigInt(row) * 100_000_000n,
      trace_id: trace(row),
    })),
  );
}

describe('migrating', () => {
  test('is told by the command, for a user who may not change a record', () => {
    expect(migrated.stdout.trim().split('\n')).toEqual(ALL.map((name) => `applied ${name}`));
  });

  test('finds a cluster that has all', async () => {
    const again = await command(['migrate', '--cluster', CLUSTER], 'audit_migrator');
    expect(again.stdout.trim()).toBe(`database audit is up to date (${ALL.length} migrations)`);
  });

  test('makes what a server lacks that was added, or has lost its disk', async () => {
    await cluster.query('SELECT 1', 1);
    const lost = cluster.nodes[1]?.url ?? '';
    await fetch(lost, { method: 'POST', body: 'DROP TABLE audit.purges_local SYNC' });
    const mended = await command(['migrate', '--cluster', CLUSTER], 'audit_migrator');
    expect(mended.stdout.trim().split('\n')).toHaveLength(ALL.length);
    expect(await cluster.query('SELECT * FROM audit.purges_local', 1)).toEqual([]);
  });

  test('refuses a cluster that the server does not know', async () => {
    const { code, stderr } = await command(['migrate', '--cluster', 'another'], 'audit_migrator');
    expect(code).not.toBe(0);
    expect(stderr).toContain(
      'knows no cluster "another" (it knows: audit): set AUDIT_REGISTER_CLICKHOUSE_CLUSTER',
    );
  });
});

describe('a database', () => {
  const next = { version: 9999, name: '9999_next', checksum: 'next', text: 'SELECT 1' };
  const migrations = [...loadMigrations(), next];

  test('that was made on a cluster is not brought up to date as that of one server', async () => {
    await expect(migrate(cluster.client, { database: 'audit', migrations })).rejects.toThrow(
      'was made on cluster "audit": set AUDIT_REGISTER_CLICKHOUSE_CLUSTER=audit',
    );
  });

  test('that was made for one server is not made one of a cluster', async () => {
    await migrate(cluster.client, { database: 'alone' });
    await expect(
      migrate(cluster.client, { database: 'alone', cluster: CLUSTER, migrations }),
    ).rejects.toThrow('was made for one server');
    const told = await command(['migrate', '--cluster', CLUSTER, '--database', 'alone'], 'default');
    expect(told.stderr).toContain('set AUDIT_REGISTER_CLICKHOUSE_DATABASE to another database');
  });
});

describe('a segment', () => {
  test('is on all shards, each trace on one of them', async () => {
    const segment = traces();
    expect(await send(segment)).toEqual({ status: 'accepted' });
    const shards = await spread(segment);
    expect(sum(shards)).toBe(40);
    expect(Math.min(...shards)).toBeGreaterThan(0);
    const parted = await cluster.query(
      `SELECT trace_id FROM audit.records WHERE segment_id = '${segment.id}' GROUP BY trace_id HAVING uniqExact(_shard_num) > 1`,
    );
    expect(parted).toEqual([]);
  });

  test('without traces is on one', async () => {
    const segment = traces(() => '');
    await send(segment);
    expect((await spread(segment)).toSorted((a, b) => a - b)).toEqual([0, 40]);
  });

  test('that is sent again to any server, many times at once, is there once', async () => {
    const segment = traces();
    await Promise.all(Array.from({ length: 8 }, (_, sender) => send(segment, sender % 2)));
    expect(sum(await spread(segment))).toBe(40);
  });

  test('of which one shard has taken its part and the other none is whole, and there once, after it was sent again', async () => {
    const segment = traces();
    const onTheOther = async (change: string): Promise<void> => {
      const body = `ALTER TABLE audit.records_local ${change}`;
      const answer = await fetch(cluster.nodes[1]?.url ?? '', { method: 'POST', body });
      expect(await answer.text()).toBe('');
    };
    await onTheOther('ADD CONSTRAINT none_now CHECK length(trace_id) > 100');
    expect((await send(segment)).status).not.toBe('accepted');
    const [taken = 0, refused] = await spread(segment);
    expect(taken).toBeGreaterThan(0);
    expect(refused).toBe(0);
    await onTheOther('DROP CONSTRAINT none_now');
    for (const node of [1, 0]) expect(await send(segment, node)).toEqual({ status: 'accepted' });
    expect(await spread(segment)).toEqual([taken, 40 - taken]);
  });

  test('for which a shard was down is taken once when that is back', async () => {
    const segment = traces();
    await cluster.nodes[1]?.kill();
    expect(await send(segment)).toMatchObject({ status: 'retry' });
    await cluster.nodes[1]?.start();
    await vi.waitUntil(async () => (await send(segment)).status === 'accepted', { timeout: 30_000 });
    await send(segment, 1);
    expect(sum(await spread(segment))).toBe(40);
    const [row] = await cluster.query<{ rows: string }>(
      `SELECT toString(count()) AS rows FROM audit.unique_records WHERE segment_id = '${segment.id}'`,
    );
    expect(row?.rows).toBe('40');
  });
});

describe('what a collector inserts', () => {
  /** Forty logs of ten traces, of somebody else: of no chain. */
  const rows = Array.from(
    { length: 40 },
    (_, row) =>
      `('2026-11-20 10:00:00', 'trace ${row % 10}', 'landed', map('audit.record.id', '${uuidV4()}', 'audit.action', 'landed'))`,
  );

  test('is taken once, whichever server gets it how often, and divided by trace', async () => {
    for (const node of [0, 0, 1]) {
      const url = new URL(cluster.nodes[node]?.url ?? '');
      url.searchParams.set('async_insert', '0');
      const authorization = `Basic ${Buffer.from(`audit_collector:${PASSWORD}`).toString('base64')}`;
      const body = `INSERT INTO audit.otel_logs (Timestamp, TraceId, Body, LogAttributes) VALUES ${rows.join(', ')}`;
      const answer = await fetch(url, { method: 'POST', headers: { authorization }, body });
      expect(await answer.text()).toBe('');
    }
    const landed = await cluster.query(
      "SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(record_id)) AS records, toUInt32(uniqExact(_shard_num)) AS shards FROM audit.records WHERE action = 'landed'",
    );
    expect(landed).toEqual([{ rows: 40, records: 40, shards: 2 }]);
    const parted = await cluster.query(
      "SELECT trace_id FROM audit.records WHERE action = 'landed' GROUP BY trace_id HAVING uniqExact(_shard_num) > 1",
    );
    expect(parted).toEqual([]);
  });
});

describe('storage tiers', () => {
  const DAY_NANOS = 86_400_000_000_000n;

  test('keep what is older than a month on the cold disk, and retention is read where the rows are', async () => {
    const about = 'ALTER TABLE audit.records_local ON CLUSTER audit';
    for (const query of [
      `${about} MODIFY SETTING storage_policy = 'audit_tiers'`,
      `${about} MODIFY TTL toDateTime(occurred_at) + INTERVAL 30 DAY TO VOLUME 'cold', toDateTime(occurred_at) + INTERVAL 730 DAY DELETE`,
    ]) {
      const answer = await fetch(cluster.url, { method: 'POST', body: query });
      expect(await answer.text()).toBe('');
    }
    const now = BigInt(Date.now()) * 1_000_000n;
    const old = segmentOf([{ occurred_at: now - 60n * DAY_NANOS }, { occurred_at: now - 61n * DAY_NANOS }]);
    await send(old);
    const node = (await spread(old)).findIndex((rows) => rows > 0);
    const question = `SELECT DISTINCT disk_name FROM system.parts WHERE table = 'records_local' AND active AND name IN (SELECT _part FROM audit.records_local WHERE segment_id = '${old.id}')`;
    await vi.waitUntil(
      async () => JSON.stringify(await cluster.query(question, node)) === '[{"disk_name":"audit_cold"}]',
      { timeout: 30_000, interval: 200 },
    );
    expect(await keptDaysOf(cluster.client, 'audit')).toBe(730);
  });
});

describe('copies past the window', () => {
  test.each([0, 1])('on one shard only are left out, whichever server is asked (shard %i)', async (node) => {
    const segment = traces();
    await send(segment);
    const copy = { url: cluster.nodes[node]?.url ?? '' };
    const [there] = [await spread(segment)];
    await fetch(copy.url, {
      method: 'POST',
      body: `INSERT INTO audit.records_local SELECT * FROM audit.records_local WHERE segment_id = '${segment.id}'`,
    });
    expect(sum(await spread(segment))).toBe(40 + (there[node] ?? 0));
    for (const asked of [0, 1]) {
      const [row] = await cluster.query(
        `SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(record_id)) AS records FROM audit.unique_records WHERE segment_id = '${segment.id}'`,
        asked,
      );
      expect(row).toEqual({ rows: 40, records: 40 });
    }
  });
});

describe('the register of one server, carried to a cluster with all its copies', () => {
  let one: TestClickHouse;
  const chain = new WrittenChain({ signer: createSigner(PRIVATE), startMillis: Date.now() - 3_600_000 });

  beforeAll(async () => {
    for (const node of [0, 1])
      for (const table of ['records_local', 'segments_local'])
        await fetch(cluster.nodes[node]?.url ?? '', {
          method: 'POST',
          body: `TRUNCATE TABLE audit.${table}`,
        });
    one = await startTestClickHouse();
    await seedHistory(one);
    for (let segment = 0; segment < 5; segment++)
      await chain.add(60, 'records', {
        record: (row) => ({ trace_id: row % 7 === 0 ? '' : `trace ${row % 9}` }),
      });
    await chain.add(0, 'closing');
    for (const { segment } of chain.written)
      if (segment.rowCount > 0) await insertSegment(one, segment, segment.id);
    await insertSegment(one, chain.written[1]?.segment as Segment, uuidV4());
    await one.client.insert({
      table: 'audit.segments',
      columns: ['seal', 'shortfall', 'signature', 'key_id'],
      values: chain.written.map(({ certificate: { keyId, ...rest } }) => ({ ...rest, key_id: keyId })),
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0 },
    });
    await carry(one, cluster, 'records');
    await carry(one, cluster, 'segments');
  });
  afterAll(() => one?.stop());

  test('has as many copies there', async () => {
    const question = 'SELECT count() AS copies FROM audit.later_copies';
    expect(await cluster.query(question)).toEqual(await one.query(question));
    expect(await one.query(question)).not.toEqual([{ copies: '0' }]);
  });

  test('is told by every view as it is told on one server', async () => {
    const views = await one.query<{ name: string }>(
      "SELECT name FROM system.tables WHERE database = 'audit' AND engine = 'View' AND name NOT IN ('repeated_runs', 'later_copies')",
    );
    expect(views.length).toBeGreaterThan(20);
    for (const [at, { name }] of views.entries()) {
      // Counted from the moment in which it is asked.
      const what = name === 'process_health' ? '* EXCEPT silent_seconds' : '*';
      const question = `SELECT ${what} FROM audit.${name} ORDER BY ALL`;
      const told = await one.query(question);
      expect([name, sorted(await cluster.query(question, at % 2))]).toEqual([name, sorted(told)]);
    }
  }, 180_000);

  test.each([
    ['query', 'actor:alice', '--from', '2026-11-01', '--format', 'json', '--limit', 'all'],
    ['history', 'shop.orders', '1042', '--from', '2026-11-01'],
    ['who', 'alice', '--from', '2026-11-01'],
    ['export', '--from', '2026-11-01', '--to', '2026-11-21', '--format', 'jsonl', '--out', '-'],
  ])('is shown by `audit-register %s` as on one server', async (...args) => {
    const reader = { AUDIT_REGISTER_CLICKHOUSE_USER: 'audit_reader' };
    const shown = await runCommand(args, {
      ...reader,
      AUDIT_REGISTER_CLICKHOUSE_URL: one.url,
      AUDIT_REGISTER_CLICKHOUSE_PASSWORD: one.engine.passwords.audit_reader,
    });
    expect(shown.code).toBe(0);
    const { code, stdout } = await command(args, 'audit_reader', cluster.nodes[1]?.url);
    expect({ code, stdout }).toEqual({ code: shown.code, stdout: shown.stdout });
  });

  test('verifies, as a user who may only read', async () => {
    const question = ['verify', '--public-key', key];
    const verified = await command(question, 'audit_reader', cluster.nodes[1]?.url);
    expect(verified.code).toBe(0);
    expect(verified.stdout).toContain('300 of them compared');
    expect(verified.stdout).toContain('6 of 6 segments signed');
    expect(verified.stdout).toContain('duplicates: 60 rows');
  });

  test('is checked by `audit-register doctor`, with a test record that is read back', async () => {
    const password = join(directory, 'reader-password');
    writeFileSync(password, PASSWORD, { mode: 0o600 });
    const reader = ['--reader-user', 'audit_reader', '--reader-password-file', password];
    const { stdout } = await command(['doctor', ...reader, '--timeout', '30', '--json'], 'audit_writer');
    const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; says: string }[] };
    const of = (name: string) => checks.find((check) => check.name === name);
    expect(of('test record')).toMatchObject({ status: 'good' });
    expect(checks.filter(({ status }) => status === 'failure')).toEqual([]);
  });

  test('loses by a purge what it is told to, on all shards, and still verifies', async () => {
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const what = ['--before', tomorrow, '--filter', 'actor=actor 7', '--filter', 'actor=actor 8'];
    const purged = await command(
      ['purge', ...what, '--reason', 'a test', '--yes', '--public-key', key],
      'default',
    );
    expect(purged).toMatchObject({ code: 0 });
    const question =
      "SELECT toUInt32(count()) AS rows FROM audit.records WHERE actor_id IN ('actor 7', 'actor 8')";
    expect(await cluster.query(question, 1)).toEqual([{ rows: 0 }]);
    const verified = await command(['verify', '--public-key', key], 'audit_reader');
    expect(verified.code).toBe(0);
    expect(verified.stdout).toContain('GOOD: nothing was altered, removed or added in the register');
  });
});

/** Lists whose order nobody promises. */
function sorted(rows: readonly Record<string, unknown>[]): unknown {
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        Array.isArray(value) && value.every((item) => typeof item === 'string') ? value.toSorted() : value,
      ]),
    ),
  );
}
