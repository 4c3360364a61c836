import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Segment } from '../../src/delivery/segment.ts';
import { createClickHouseSink } from '../../src/delivery/sinks/clickhouse.ts';
import { createLog } from '../../src/log.ts';
import { COLUMNS } from '../../src/record/columns.ts';
import { decodeRecords } from '../../src/record/decode.ts';
import { uuidV4 } from '../../src/record/uuid.ts';
import { EDGE_RECORDS } from '../record/edge-values.ts';
import { segmentOf } from '../store/segments.ts';
import { SECRETS } from '../compose/compose-clickhouse.ts';
import { until } from '../process/condition.ts';
import { startPostgres } from '../support/postgres.ts';
import { startPreloaded } from '../support/preloaded.ts';
import { run as runCommand } from '../integrity/command.ts';
import { Collecting } from './collecting.ts';
import { bytesOfChain } from './otel-logs-table.ts';

const ACCEPTED = { status: 'accepted' };
const FRESH = { mayBeOld: false };
const LAST_TIME = 9_214_646_400_000_000_000n;

let collecting: Collecting;
beforeAll(async () => {
  collecting = await Collecting.start();
  // NOTE: some of the times at the edge are past the retention.
  await collecting.administrator().command({ query: 'SYSTEM STOP MERGES audit.records' });
});
afterAll(() => collecting?.stop());

describe('the same segment', () => {
  afterAll(() => collecting.administrator().command({ query: 'TRUNCATE TABLE audit.records' }));

  /** By the collector, then, when that is forgotten, directly. */
  async function bothWays(segment: Segment): Promise<[direct: Buffer, collected: Buffer]> {
    const collector = collecting.sink();
    expect(await collector.send(segment, FRESH)).toEqual(ACCEPTED);
    await collecting.untilStored(segment.rowCount, `segment_id = '${segment.id}'`);
    const collected = await bytesOfChain(collecting.administrator(), segment.chainId);
    await collecting.administrator().command({ query: 'TRUNCATE TABLE audit.records' });
    const direct = createClickHouseSink(directConfig(), createLog('silent'));
    expect(await direct.send(segment, FRESH)).toEqual(ACCEPTED);
    await Promise.all([collector.close(), direct.close()]);
    return [await bytesOfChain(collecting.administrator(), segment.chainId), collected];
  }

  test('is the same bytes by both ways: every column with every value at the edge of its type', async () => {
    // NOTE: but for the last moment of a time, of the year 2262, which the exporter refuses.
    const records = EDGE_RECORDS.map(({ record }) => record).filter(({ occurred_at: at }) => at < LAST_TIME);
    expect(records).toHaveLength(EDGE_RECORDS.length - 1);
    const [direct, collected] = await bothWays(segmentOf(records));
    expect([...decodeRecords(collected)]).toEqual([...decodeRecords(direct)]);
    expect(collected.equals(direct)).toBe(true);
  });

  test('is one insert also where it is as large as a segment gets, and taken once however often it is sent', async () => {
    const chain = uuidV4();
    const records = Array.from({ length: 10_000 }, (_, index) => ({
      occurred_at: BigInt(Date.now()) * 1_000_000n,
      db_statement: 'UPDATE orders SET status = ? WHERE id = ?',
      new_values: { status: `state ${index}`, note: 'x'.repeat(300) },
    }));
    const segment = segmentOf(records, { chain });
    const sink = collecting.sink();
    const sent = await Promise.all([1, 2, 3].map(() => sink.send(segment, FRESH)));
    expect(sent).toEqual([ACCEPTED, ACCEPTED, ACCEPTED]);
    await collecting.untilStored(10_000, `chain_id = '${chain}'`);
    expect(await sink.send(segment, { mayBeOld: true })).toEqual(ACCEPTED);
    await collecting.untilDrained();
    const [counted] = await collecting.query(
      'SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(sequence)) AS records FROM audit.records WHERE chain_id = {chain: UUID}',
      { chain },
    );
    expect(counted).toEqual({ rows: 10_000, records: 10_000 });
    const bytes = await bytesOfChain(collecting.administrator(), chain);
    expect(bytes.equals(Buffer.from(segment.rows))).toBe(true);
    await sink.close();
  });

  function directConfig() {
    const { url } = collecting.store;
    const user = { username: 'audit_writer', password: SECRETS.AUDIT_WRITER_PASSWORD };
    return { url, ...user, database: 'audit', cluster: '', migrate: 'off', timeoutMillis: 30_000 } as const;
  }
});

describe('the same application under the preload', () => {
  const FIXTURE = `${import.meta.dirname}/../drivers/fixtures/cases-app.cjs`;
  const CASES =
    'insertReturning insertLiterals insertManyRows insertOwnKey updateById updateManyReturning updateIn deleteAny noRows readById valueTypes emptyTexts errorPromise syntaxError uniqueViolation secrets manyValues cteWrites upsert committed rolledBack savepoints multiStatement'.split(
      ' ',
    );
  /** Different each time, by their nature. */
  const OWN = new Set([
    'record_id',
    'occurred_at',
    'recorded_at',
    'duration_us',
    'source_port',
    'service_instance',
    'process_id',
    'trace_id',
    'span_id',
    'parent_span_id',
    'correlation_id',
    'request_id',
    'db_backend_pid',
    'transaction_id',
    'chain_id',
    'segment_id',
  ]);

  let rows: Record<'direct' | 'collected', Record<string, unknown>[]>;
  beforeAll(async () => {
    const postgres = await startPostgres();
    try {
      const direct = await run(postgres.url, 'direct', {
        AUDIT_REGISTER_SINK: 'clickhouse',
        AUDIT_REGISTER_CLICKHOUSE_URL: collecting.store.url,
        AUDIT_REGISTER_CLICKHOUSE_USER: 'audit_writer',
        AUDIT_REGISTER_CLICKHOUSE_PASSWORD: SECRETS.AUDIT_WRITER_PASSWORD,
        AUDIT_REGISTER_MIGRATE: 'off',
      });
      const collected = await run(postgres.url, 'collected', {
        AUDIT_REGISTER_SINK: 'otlp',
        AUDIT_REGISTER_OTLP_ENDPOINT: collecting.collector.url,
      });
      rows = { direct, collected };
    } finally {
      await postgres.stop();
    }
  });

  async function run(
    postgresUrl: string,
    version: string,
    env: Record<string, string>,
  ): Promise<Record<string, unknown>[]> {
    const database = new URL(postgresUrl);
    database.pathname = 'shop';
    await execute(postgresUrl, 'drop database if exists shop', 'create database shop');
    await execute(database.href, ...TABLES);
    const app = await startPreloaded(FIXTURE, {
      store: { env: {}, read: () => Promise.resolve([]) },
      env: {
        ...env,
        XDG_STATE_HOME: `${process.env['TMPDIR'] ?? '/tmp'}/audit-register-${uuidV4()}`,
        DATABASE_URL: database.href,
        AUDIT_REGISTER_CAPTURE_READS: 'true',
        OTEL_SERVICE_NAME: 'shop',
        OTEL_RESOURCE_ATTRIBUTES: `service.version=${version}`,
      },
    });
    for (const name of CASES) await (await fetch(`${app.url}/${name}`)).text();
    const { exitCode, stderr } = await app.end();
    expect([exitCode, stderr]).toEqual([0, '']);
    await until('the end of the chain', async () => {
      const [end] = await collecting.query(
        "SELECT 1 AS there FROM audit.segments WHERE service_version = {version: String} AND kind = 'closing'",
        { version },
      );
      return end !== undefined;
    });
    return await collecting.query(
      'SELECT * FROM audit.records WHERE service_version = {version: String} ORDER BY sequence',
      { version },
    );
  }

  test('makes the same records by both ways, column by column', () => {
    expect(rows.direct.length).toBeGreaterThan(20);
    expect(rows.collected).toHaveLength(rows.direct.length);
    const filled = new Set<string>();
    for (const { name } of COLUMNS) {
      if (name === 'service_version') continue;
      const [direct, collected] = [rows.direct, rows.collected].map((of) => of.map((row) => row[name]));
      if (OWN.has(name)) expect(collected?.map(shapeOf), name).toEqual(direct?.map(shapeOf));
      else expect(collected?.map(withoutIds), name).toEqual(direct?.map(withoutIds));
      if (collected?.some((value) => shapeOf(value) !== shapeOf('') && value !== 0)) filled.add(name);
    }
    expect(filled.size).toBeGreaterThan(35);
  });

  test('is verified: its chain, its segments and its rows are whole', async () => {
    const env = {
      AUDIT_REGISTER_CLICKHOUSE_URL: collecting.store.url,
      AUDIT_REGISTER_CLICKHOUSE_USER: 'audit_reader',
      AUDIT_REGISTER_CLICKHOUSE_PASSWORD: SECRETS.AUDIT_READER_PASSWORD,
    };
    const { code, stdout, stderr } = await runCommand(
      ['verify', '--json', '--service', 'shop'],
      import.meta.dirname,
      env,
    );
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^No public key was given.*\n$/)]);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'good', findings: [] });
  });
});

const TABLES = [
  'create table users (id serial primary key, email text unique, password text, age int)',
  'create table orders (order_id serial primary key, status text)',
  'create table kinds (document jsonb, bytes bytea, day date, nothing text, flags boolean[], large bigint)',
  'create table notes (text text)',
  'create table counters (id int primary key, age int)',
  'insert into counters values (1, 0)',
];

async function execute(url: string, ...texts: string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const text of texts) await client.query(text);
  } finally {
    await client.end();
  }
}

/** Attributes name other records. */
function withoutIds(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, 'id');
}

/** What can be compared of a value that is another each time: whether it is there. */
function shapeOf(value: unknown): boolean {
  return value === '' || value === 0 || value === '0' || value === '00000000-0000-0000-0000-000000000000';
}
