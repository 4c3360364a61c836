import { generateKeyPairSync } from 'node:crypto';
import { userInfo } from 'node:os';
import { beforeEach, describe, expect, test } from 'vitest';
import { openClickHouseSource } from '../../src/integrity/clickhouse-source.ts';
import { parsePublicKeys } from '../../src/integrity/keys.ts';
import type { Report } from '../../src/integrity/report.ts';
import { createSigner } from '../../src/integrity/signature.ts';
import { verify } from '../../src/integrity/verify.ts';
import { startInsertGate } from '../import/insert-gate.ts';
import { until } from '../process/condition.ts';
import { WrittenChain, deliver, insertRows } from '../integrity/written-chain.ts';
import type { WrittenSegment } from '../integrity/written-chain.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { startPurge } from './purge-process.ts';
import type { Ending } from './purge-process.ts';

const store = useClickHouse();
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const PRIVATE = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
const signer = createSigner(PRIVATE);
const keys = parsePublicKeys(publicKey.export({ format: 'pem', type: 'spki' }) as string, 'key');

const now = new Date();
/** The first moment of a month, months ago. */
function monthStart(monthsAgo: number): number {
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - monthsAgo, 1);
}
function dateOf(millis: number): string {
  return new Date(millis).toISOString().slice(0, 10);
}
const TOMORROW = dateOf(now.getTime() + 86_400_000);

function purge(args: readonly string[], env: Record<string, string> = {}): Promise<Ending> {
  return startPurge(store().url, args, { AUDIT_REGISTER_SIGNING_KEY: PRIVATE, ...env }).ended;
}

async function verified(): Promise<Report> {
  const period = { from: '', to: '', service: '' };
  const source = await openClickHouseSource({
    client: store().client,
    database: 'audit',
    name: 'test',
    period,
  });
  return verify(source, {
    period,
    keys,
    retentionDays: undefined,
    known: [],
    heartbeatIntervalMillis: 60_000,
  });
}

async function countOf(where: string): Promise<number> {
  const [row] = await store().query<{ rows: string }>(
    `SELECT toString(count()) AS rows FROM audit.records WHERE ${where}`,
  );
  return Number(row?.rows);
}

const purgeRecords = (): Promise<Record<string, unknown>[]> =>
  store().query(
    `SELECT outcome, actor_id, actor_assurance, attributes FROM audit.records
     WHERE category = 'app' AND action = 'purge' ORDER BY recorded_at`,
  );

const OLD = monthStart(3) + 60_000;
/** Half of its first segment lies in the month before last. */
const ACROSS = monthStart(2) - 3;
const YOUNG = monthStart(1) + 60_000;

/** Three services: one in an old month, one across the end of a month, one in a younger one; ann and bob everywhere. */
async function writeHistory(): Promise<WrittenSegment[]> {
  const written: WrittenSegment[] = [];
  for (const [service, startMillis] of [
    ['old', OLD],
    ['across', ACROSS],
    ['young', YOUNG],
  ] as const) {
    const chain = new WrittenChain({ signer, service, startMillis });
    await chain.add(4, 'records', { record: { actor_id: 'ann' } });
    await chain.add(3, 'records', { record: { actor_id: 'bob', target_tables: ['shop.orders'] } });
    await chain.add(0, 'closing');
    written.push(...chain.written);
  }
  await deliver(store(), written);
  return written;
}

beforeEach(async () => {
  for (const table of ['records', 'segments', 'purges'])
    await store().client.command({ query: `TRUNCATE TABLE audit.${table}` });
});

describe('a purge', () => {
  test('removes what was chosen of every segment, and verification knows that it was a purge', async () => {
    await writeHistory();
    const { code, stdout, stderr } = await purge([
      '--before',
      TOMORROW,
      '--filter',
      'actor=ann',
      '--reason',
      'asked to be forgotten',
      '--yes',
    ]);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('audit-register')]);
    expect(stdout).toContain('12 rows of 3 segments');
    expect(await countOf("actor_id = 'ann'")).toBe(0);
    expect(await countOf("actor_id = 'bob'")).toBe(9);
    const report = await verified();
    expect(report.findings).toEqual([]);
    expect(report.totals).toMatchObject({ purged: 3 });
  });

  test('says who, what and why, before and after, in chains of its own', async () => {
    await writeHistory();
    await purge([
      '--before',
      TOMORROW,
      '--filter',
      'actor=ann',
      '--reason',
      'asked for',
      '--service',
      'old',
      '--yes',
    ]);
    const records = await purgeRecords();
    expect(records).toMatchObject([
      { outcome: 'unknown', attributes: { 'audit.purge.phase': 'announced' } },
      { outcome: 'success', attributes: { 'audit.purge.phase': 'finished' } },
    ]);
    for (const record of records) {
      expect(record).toMatchObject({
        actor_id: userInfo().username,
        actor_assurance: 'claimed',
        attributes: {
          'audit.purge.reason': 'asked for',
          'audit.purge.rows': '4',
          'audit.purge.segments': '1',
          'audit.purge.store_user': 'default',
          'audit.purge.selection': expect.stringContaining('actor "ann", service "old"'),
        },
      });
    }
    const chains = await store().query(
      "SELECT kind, key_id != '' AS signed FROM audit.segments WHERE service_name NOT IN ('old', 'across', 'young')",
    );
    expect(chains).toEqual([
      { kind: 'closing', signed: 1 },
      { kind: 'closing', signed: 1 },
    ]);
  });

  test('drops a month that holds nothing else', async () => {
    await writeHistory();
    const { code, stdout } = await purge(['--before', dateOf(monthStart(2)), '--yes']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/which are dropped: 20/);
    expect(stdout).toMatch(/9 rows purged \(partition dropped\)/);
    expect(await countOf("service_name = 'old'")).toBe(0);
    // What lies on the other side of the end of the month is there.
    expect(await countOf("service_name = 'across'")).toBe(5);
    const report = await verified();
    expect(report.findings).toEqual([]);
    expect(report.totals).toMatchObject({ purged: 3 });
  });

  test('may be followed by another of the same segments', async () => {
    await writeHistory();
    expect((await purge(['--before', dateOf(monthStart(2)), '--yes'])).code).toBe(0);
    expect(
      (await purge(['--before', TOMORROW, '--filter', 'actor=ann', '--filter', 'actor_id=bob', '--yes']))
        .code,
    ).toBe(0);
    expect(await countOf("actor_id IN ('ann', 'bob')")).toBe(0);
    expect((await verified()).findings).toEqual([]);
  });

  test('never takes the records of purges, which explain what is gone', async () => {
    await writeHistory();
    await purge(['--before', TOMORROW, '--filter', 'actor=ann', '--yes']);
    const before = await purgeRecords();
    const { code } = await purge(['--before', TOMORROW, '--yes']);
    expect(code).toBe(0);
    expect((await purgeRecords()).slice(0, before.length)).toEqual(before);
    expect(await countOf("action != 'purge'")).toBe(0);
    expect((await verified()).findings).toEqual([]);
  });

  test('finds records by the tables they are about', async () => {
    await writeHistory();
    const { stdout } = await purge(['--before', TOMORROW, '--filter', 'table=shop.orders', '--dry-run']);
    expect(stdout).toContain('9 rows of 3 segments');
  });

  test('of copies promises what is there once', async () => {
    const written = await writeHistory();
    for (const { segment } of written) await insertRows(store(), segment);
    expect((await purge(['--before', TOMORROW, '--filter', 'actor=ann', '--yes'])).code).toBe(0);
    expect(await countOf("actor_id = 'ann'")).toBe(0);
    expect((await verified()).findings).toEqual([]);
  });
});

describe('a purge changes nothing', () => {
  async function expectNothing(args: readonly string[], env: Record<string, string> = {}): Promise<Ending> {
    const before = await store().query('SELECT * FROM audit.records ORDER BY ALL');
    const ending = await purge(args, env);
    expect(await store().query('SELECT * FROM audit.records ORDER BY ALL')).toEqual(before);
    expect(await store().query('SELECT * FROM audit.purges')).toEqual([]);
    return ending;
  }

  test('when it only shows', async () => {
    await writeHistory();
    const { code, stdout } = await expectNothing(['--before', TOMORROW, '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toContain('21 rows of 6 segments');
    for (const service of ['old', 'across', 'young'])
      expect(stdout).toContain(`${service}: 7 rows of 2 segments`);
  });

  test('when there is nobody to ask', async () => {
    await writeHistory();
    const { code, stderr } = await expectNothing(['--before', TOMORROW]);
    expect(code).toBe(2);
    expect(stderr).toContain('--yes');
  });

  test.each([
    [['--before', 'yesterday'], 2, 'A time is 2026-11-01'],
    [[], 2, '--before'],
    [['--before', TOMORROW, '--filter', 'actr=ann'], 78, 'did you mean actor?'],
    [['--before', TOMORROW, '--filter', 'actor'], 78, 'expected <name>=<value>'],
    [['--before', '2001-01-01', '--yes'], 0, ''],
  ])('with %j', async (args, code, says) => {
    await writeHistory();
    const ending = await expectNothing(args);
    expect(ending.stderr).toContain(says);
    expect(ending.code).toBe(code);
  });

  test('by a user who may not, and says which grant is missing', async () => {
    await writeHistory();
    const { username, password } = store().config('audit_writer');
    const { code, stderr } = await expectNothing(['--before', TOMORROW, '--yes'], {
      AUDIT_REGISTER_CLICKHOUSE_USER: username,
      AUDIT_REGISTER_CLICKHOUSE_PASSWORD: password,
    });
    expect(code).toBe(78);
    expect(stderr).toContain('ALTER DELETE ON audit.records');
  });

  test('of signed records without a key', async () => {
    await writeHistory();
    const { code, stderr } = await expectNothing(['--before', TOMORROW, '--yes'], {
      AUDIT_REGISTER_SIGNING_KEY: '',
    });
    expect(code).toBe(78);
    expect(stderr).toContain('AUDIT_REGISTER_SIGNING_KEY');
  });

  test('of segments that are not what was sealed, or that nobody has certified', async () => {
    const [first] = await writeHistory();
    await store().client.command({
      query:
        "ALTER TABLE audit.records UPDATE actor_name = 'forged' WHERE segment_id = {id:UUID} AND sequence = 1",
      query_params: { id: first?.segment.id },
      clickhouse_settings: { mutations_sync: '2' },
    });
    const altered = await expectNothing(['--before', TOMORROW, '--yes']);
    expect(altered.code).toBe(78);
    expect(altered.stderr).toContain(first?.segment.id);
    const { stdout, code } = await expectNothing(['--before', TOMORROW, '--dry-run']);
    expect(stdout).toContain('not what was sealed: 1 segment\n');
    expect(code).toBe(1);
    await store().client.command({ query: 'TRUNCATE TABLE audit.segments' });
    const unsealed = await expectNothing(['--before', TOMORROW, '--yes'], { AUDIT_REGISTER_SIGNING_KEY: '' });
    expect(unsealed.stderr).toContain('21 rows stand in segments that nobody has certified');
  });
});

test('what was altered before goes only when asked for, and stays a finding', async () => {
  const [first] = await writeHistory();
  await store().client.command({
    query:
      "ALTER TABLE audit.records UPDATE actor_name = 'forged' WHERE segment_id = {id:UUID} AND sequence = 1",
    query_params: { id: first?.segment.id },
    clickhouse_settings: { mutations_sync: '2' },
  });
  const { code } = await purge(['--before', TOMORROW, '--filter', 'actor=ann', '--even-if-altered', '--yes']);
  expect(code).toBe(0);
  expect(await countOf("actor_id = 'ann'")).toBe(0);
  // NOTE: rows whose entry has only just come might follow it.
  await store().client.command({
    query: 'ALTER TABLE audit.segments UPDATE ingested_at = ingested_at - INTERVAL 1 HOUR WHERE true',
    clickhouse_settings: { mutations_sync: '2' },
  });
  const { findings } = await verified();
  expect(findings.map(({ segment }) => segment)).toEqual([first?.segment.id]);
});

describe('a purge that is killed', () => {
  /** Kills it when so many of its inserts have been taken and the next is on its way. */
  async function killAfter(inserts: number): Promise<void> {
    const gate = await startInsertGate(store().url);
    try {
      const { child, ended } = startPurge(
        gate.url,
        ['--before', TOMORROW, '--service', 'old', '--filter', 'actor=ann', '--yes'],
        {
          AUDIT_REGISTER_SIGNING_KEY: PRIVATE,
        },
      );
      for (let done = 0; done < inserts; done++) {
        await until('an insert', () => gate.held() > 0);
        await gate.release();
      }
      await until('the next insert', () => gate.held() > 0);
      child.kill('SIGKILL');
      await ended;
    } finally {
      await gate.close();
    }
  }

  test.each([
    ['promised what will be left', 1, 4],
    ['written its announcement', 2, 4],
    ['announced itself', 3, 0],
    ['written how it ended', 4, 0],
  ])(
    'once it has %s leaves what verification explains, and the next one finishes it',
    async (_step, inserts, left) => {
      await writeHistory();
      await killAfter(inserts);
      expect(await countOf("actor_id = 'ann' AND service_name = 'old'")).toBe(left);
      expect((await verified()).findings).toEqual([]);
      const { code } = await purge([
        '--before',
        TOMORROW,
        '--service',
        'old',
        '--filter',
        'actor=ann',
        '--yes',
      ]);
      expect(code).toBe(0);
      expect(await countOf("actor_id = 'ann' AND service_name = 'old'")).toBe(0);
      const finished = await purgeRecords();
      expect(finished.filter(({ outcome }) => outcome === 'success').length).toBeGreaterThan(0);
      expect((await verified()).findings).toEqual([]);
    },
  );
});
