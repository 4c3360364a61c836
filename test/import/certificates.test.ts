import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openClickHouseSource } from '../../src/integrity/clickhouse-source.ts';
import { parsePublicKeys } from '../../src/integrity/keys.ts';
import type { Seal } from '../../src/integrity/seal.ts';
import { sealHash } from '../../src/integrity/seal.ts';
import { verify } from '../../src/integrity/verify.ts';
import { until } from '../process/condition.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { startPostgres } from '../support/postgres.ts';
import type { Postgres } from '../support/postgres.ts';
import { addRequests, createDjangoDatabase } from './django-tables.ts';
import type { DjangoDatabase } from './django-tables.ts';
import { startImport } from './import-process.ts';
import type { ImportProcess } from './import-process.ts';
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

function start(
  database: DjangoDatabase,
  env: Readonly<Record<string, string>> = {},
  url = store().url,
): ImportProcess {
  return startImport({
    postgresUrl: database.url,
    clickhouseUrl: url,
    args: ['--service', database.name],
    env,
  });
}

interface Certificate {
  readonly seal: string;
  readonly signature: string;
  readonly keyId: string;
}

/** Of the history's chain, in order. */
function certificatesOf(database: DjangoDatabase): Promise<Certificate[]> {
  return store().query<Certificate>(
    `SELECT seal, signature, key_id AS keyId FROM audit.segments
     WHERE chain_id IN (SELECT chain_id FROM audit.records WHERE service_name = {service: String} AND category = 'http')
     ORDER BY segments.number, segments.ingested_at`,
    { service: database.name },
  );
}

/** What stands in the register, digested by its segments. */
async function storedDigests(database: DjangoDatabase): Promise<string[]> {
  const columns = await store().query<{ name: string }>(
    `SELECT name FROM system.columns WHERE database = 'audit' AND table = 'records' AND name != 'ingested_at' ORDER BY position`,
  );
  const rows = await store().query<{ digest: string }>(
    `SELECT lower(hex(SHA256(arrayStringConcat(groupArray(bytes))))) AS digest, min(sequence) AS first
     FROM (
       SELECT segment_id, sequence, formatRow('RowBinary', ${columns.map(({ name }) => name).join(', ')}) AS bytes
       FROM audit.records WHERE service_name = {service: String} AND category = 'http' ORDER BY records.sequence
     )
     GROUP BY segment_id ORDER BY first`,
    { service: database.name },
  );
  return rows.map(({ digest }) => digest);
}

/** Every segment of the history has one certificate, and together they are one chain. */
async function expectOneChain(database: DjangoDatabase, rows: number): Promise<readonly Seal[]> {
  const texts = (await certificatesOf(database)).map(({ seal }) => seal);
  const seals = texts.map((text) => JSON.parse(text) as Seal);
  expect(seals.map(({ number }) => number)).toEqual(seals.map((_seal, index) => index + 1));
  expect(seals.map(({ previous }) => previous)).toEqual(['', ...texts.slice(0, -1).map(sealHash)]);
  expect(seals.map(({ first }) => first)).toEqual([1, ...seals.slice(0, -1).map(({ last }) => last + 1)]);
  expect(seals.at(-1)?.last).toBe(rows);
  expect(seals.map(({ digest }) => digest)).toEqual(await storedDigests(database));
  expect(new Set(seals.map(({ kind }) => kind))).toEqual(new Set(['records']));
  return seals;
}

describe('The history that an import brings is certified', () => {
  test('segment by segment, in one chain that a later import goes on with', async () => {
    const database = await createDatabase();
    await addRequests(database, 3_000, 100);
    const first = await start(database).ended;
    expect(first.code).toBe(0);
    const seals = await expectOneChain(database, 3_000);
    expect(seals.length).toBeGreaterThan(2);
    expect(seals[0]?.process).toMatchObject({ service: database.name, host: '', pid: 0 });
    await addRequests(database, 500, 0.001);
    expect((await start(database).ended).code).toBe(0);
    const later = await expectOneChain(database, 3_500);
    expect(later.slice(0, seals.length)).toEqual(seals);
    expect(later.length).toBeGreaterThan(seals.length);
  });

  test('with a signature where a key is configured, and verifies however long ago it was', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const database = await createDatabase();
    await addRequests(database, 10, 0.001);
    expect((await start(database, { AUDIT_REGISTER_SIGNING_KEY: pem }).ended).code).toBe(0);
    const certificates = await certificatesOf(database);
    expect(certificates).toEqual([
      {
        seal: expect.any(String),
        signature: expect.stringMatching(/^[\w-]+\.\.[\w-]+$/),
        keyId: expect.stringMatching(/^[\w-]{43}$/),
      },
    ]);
    const period = { from: '', to: '', service: database.name };
    const { client } = store();
    const source = await openClickHouseSource({ client, database: 'audit', name: 'the test', period });
    const report = await verify(source, {
      period,
      keys: parsePublicKeys(publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'key'),
      retentionDays: undefined,
      known: [],
      heartbeatIntervalMillis: 0,
    });
    expect(report.findings).toEqual([]);
    expect(report.verdict).toBe('good');
  });

  test('and every import that brings something leaves a record of itself, which names how far it came', async () => {
    const database = await createDatabase();
    await addRequests(database, 10, 0.001);
    expect((await start(database).ended).code).toBe(0);
    expect((await start(database).ended).code).toBe(0);
    const [history] = (await expectOneChain(database, 10)) as [Seal];
    const runs = await store().query<{ seal: string; action: string; attributes: Record<string, string> }>(
      `SELECT seal, action, outcome, attributes FROM audit.segments INNER JOIN audit.records ON records.segment_id = segments.segment_id
       WHERE action = 'import' AND position(seal, {chain: String}) > 0`,
      { chain: history.chain },
    );
    expect(runs).toMatchObject([
      {
        action: 'import',
        outcome: 'success',
        attributes: {
          'audit.import.easyaudit_requestevent': `1 segment of chain ${history.chain}, source up to id 10`,
        },
      },
    ]);
    const seal = runs[0]?.seal ?? '';
    const [{ seal: text }] = (await certificatesOf(database)) as [Certificate];
    expect(JSON.parse(seal)).toMatchObject({
      kind: 'closing',
      number: 1,
      rows: 1,
      predecessors: [{ chain: history.chain, number: 1, hash: sealHash(text) }],
    });
  });

  test('after its death between the rows and their certificate', async () => {
    const database = await createDatabase();
    await addRequests(database, 1_000, 0.01);
    const gate = await startInsertGate(store().url);
    opened.push(gate);
    const dying = start(database, {}, gate.url);
    await until('the rows', () => gate.held() === 1);
    void gate.release();
    await until('the certificate', () => gate.held() === 1);
    dying.child.kill('SIGKILL');
    await dying.ended;
    expect(await certificatesOf(database)).toEqual([]);
    expect((await start(database).ended).code).toBe(0);
    const seals = await expectOneChain(database, 1_000);
    await gate.release();
    expect(await expectOneChain(database, 1_000)).toEqual(seals);
  });

  test('once, by several imports at once', async () => {
    const database = await createDatabase();
    await addRequests(database, 6_000, 150);
    const endings = await Promise.all([1, 2, 3].map(() => start(database).ended));
    expect(endings.map(({ code }) => code)).toEqual([0, 0, 0]);
    await expectOneChain(database, 6_000);
  });

  test('but not rows that somebody else has put into its chain', async () => {
    const database = await createDatabase();
    await addRequests(database, 10, 0.001);
    expect((await start(database).ended).code).toBe(0);
    await store().client.command({
      query: `INSERT INTO audit.records SELECT * REPLACE (generateUUIDv4() AS segment_id, 11 AS sequence)
        FROM audit.records WHERE service_name = {service: String} AND records.sequence = 10`,
      query_params: { service: database.name },
    });
    const { code, stdout } = await start(database).ended;
    expect(stdout).toContain('1 segment is not what an import brings');
    expect(code).toBe(1);
    expect(await certificatesOf(database)).toHaveLength(1);
  });
});
