import { beforeEach, describe, expect, test } from 'vitest';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openClickHouseSource } from '../../src/integrity/clickhouse-source.ts';
import type { EvidenceSource } from '../../src/integrity/evidence.ts';
import { openArchiveSource } from '../../src/integrity/archive-source.ts';
import { writeAtOnce } from '../../src/export/partial-file.ts';
import { exportArchive } from '../../src/integrity/export-archive.ts';
import { PURGE_DIGEST_ATTRIBUTE, PurgeDigest } from '../../src/integrity/purge.ts';
import { parsePublicKeys } from '../../src/integrity/keys.ts';
import type { Report } from '../../src/integrity/report.ts';
import { createSigner } from '../../src/integrity/signature.ts';
import { verify } from '../../src/integrity/verify.ts';
import type { VerifyOptions } from '../../src/integrity/verify.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { WrittenChain, certify, deliver, insertCertificates, insertRows } from './written-chain.ts';
import type { WrittenSegment } from './written-chain.ts';

const store = useClickHouse();
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const PRIVATE = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
const PUBLIC = publicKey.export({ format: 'pem', type: 'spki' }) as string;
const signer = createSigner(PRIVATE);
const keys = parsePublicKeys(PUBLIC, 'key');
const HOUR = 3_600_000;

async function verified(options: Partial<VerifyOptions> = {}): Promise<Report> {
  const period = options.period ?? { from: '', to: '', service: '' };
  const source = await openClickHouseSource({
    client: store().client,
    database: 'audit',
    name: 'the test',
    period,
  });
  return verify(anHourLater(source), {
    period,
    keys,
    retentionDays: undefined,
    known: [],
    heartbeatIntervalMillis: 60_000,
    ...options,
  });
}

/** So that nothing may be underway. */
function anHourLater(source: EvidenceSource): EvidenceSource {
  return new Proxy(source, {
    get: (target, name: keyof EvidenceSource) => {
      if (name === 'nowMillis') return target.nowMillis + HOUR;
      const value = target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

async function command(query: string, params: Record<string, unknown> = {}): Promise<void> {
  await store().client.command({
    query,
    query_params: params,
    clickhouse_settings: { mutations_sync: '2' },
  });
}

/** Two chains, closed, signed, the second naming the first. */
async function written(): Promise<{ first: WrittenChain; second: WrittenChain; all: WrittenSegment[] }> {
  const first = new WrittenChain({ signer, startMillis: Date.now() - 2 * HOUR });
  for (const rows of [3, 1, 5, 0, 4]) await first.add(rows, rows === 0 ? 'heartbeat' : 'records');
  await first.add(0, 'closing');
  const second = new WrittenChain({ signer, startMillis: Date.now() - HOUR, predecessors: [first.end] });
  for (const rows of [2, 7]) await second.add(rows);
  await second.add(1, 'closing');
  return { first, second, all: [...first.written, ...second.written] };
}

beforeEach(async () => {
  for (const table of ['records', 'segments', 'purges']) await command(`TRUNCATE TABLE audit.${table}`);
});

describe('a register that nobody has touched', () => {
  test('is good, and the report names what was looked at', async () => {
    const { first, second, all } = await written();
    await deliver(store(), all);
    const report = await verified();
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({
      verdict: 'good',
      totals: { chains: 2, segments: 9, signed: 9, records: 23, checked: 23 },
      keys: keys.map(({ keyId }) => keyId),
    });
    expect(report.heads.map(({ hash }) => hash).sort()).toEqual([first.end.hash, second.end.hash].sort());
  });

  test('is nothing where the period is empty', async () => {
    await deliver(store(), (await written()).all);
    const period = { from: '2020-01-01', to: '2020-02-01', service: '' };
    expect(await verified({ period })).toMatchObject({ verdict: 'nothing', totals: { segments: 0 } });
  });
});

describe('tampering is found and located:', () => {
  /** What is found after something was done to the tables. */
  async function after(
    tamper: (chains: Awaited<ReturnType<typeof written>>) => Promise<void>,
  ): Promise<{ report: Report; chains: Awaited<ReturnType<typeof written>> }> {
    const chains = await written();
    await deliver(store(), chains.all);
    await tamper(chains);
    return { report: await verified(), chains };
  }

  function at(segment: WrittenSegment | undefined): Record<string, unknown> {
    const { chain, number, segment: id } = (segment as WrittenSegment).sealed.seal;
    return { chain, number, segment: id };
  }

  test('a record that was updated', async () => {
    const { report, chains } = await after(({ first }) =>
      command(
        "ALTER TABLE audit.records UPDATE actor_id = 'nobody' WHERE chain_id = {chain:UUID} AND sequence = 7",
        { chain: first.id },
      ),
    );
    expect(report.verdict).toBe('findings');
    expect(report.findings).toMatchObject([
      {
        kind: 'edited',
        ...at(chains.first.written[2]),
        firstSequence: 5,
        lastSequence: 9,
        service: 'shop',
        pid: 42,
      },
    ]);
  });

  test('a record that was deleted and inserted again, changed: even which one', async () => {
    const { report, chains } = await after(async ({ first }) => {
      const chain = { chain: first.id };
      const [row] = await store().query(
        'SELECT * EXCEPT ingested_at FROM audit.records WHERE chain_id = {chain:UUID} AND sequence = 7',
        chain,
      );
      await command('DELETE FROM audit.records WHERE chain_id = {chain:UUID} AND sequence = 7', chain);
      await store().client.insert({
        table: 'audit.records',
        values: [{ ...row, actor_id: 'nobody' }],
        format: 'JSONEachRow',
        clickhouse_settings: { async_insert: 0 },
      });
    });
    expect(report.findings).toMatchObject([
      { kind: 'edited', ...at(chains.first.written[2]), firstSequence: 7, lastSequence: 7 },
    ]);
  });

  test.each([
    ['DELETE FROM', 'DELETE FROM audit.records WHERE chain_id = {chain:UUID} AND sequence IN (5, 8)'],
    ['ALTER DELETE', 'ALTER TABLE audit.records DELETE WHERE chain_id = {chain:UUID} AND sequence IN (5, 8)'],
  ])('records that were deleted by %s', async (_how, query) => {
    const { report, chains } = await after(({ first }) => command(query, { chain: first.id }));
    expect(report.findings).toMatchObject([
      { kind: 'deleted', ...at(chains.first.written[2]), firstSequence: 5, lastSequence: 8 },
    ]);
    expect(report.findings[0]?.text).toBe('2 of 5 records are gone: 5, 8');
  });

  test('a record that was added to a segment, in its place or behind it', async () => {
    const add = (sequence: number, chain: string): Promise<void> =>
      command(
        `INSERT INTO audit.records SELECT * EXCEPT ingested_at REPLACE (toUInt64(${sequence}) AS sequence, 'mallory' AS actor_id), now64(3)
         FROM (SELECT * FROM audit.records WHERE chain_id = {chain:UUID} AND sequence = 6)`,
        { chain },
      );
    const { report, chains } = await after(async ({ first }) => {
      await add(8, first.id);
      await add(99, first.id);
    });
    const place = at(chains.first.written[2]);
    expect(report.findings).toMatchObject([
      { kind: 'inserted', ...place, firstSequence: 99, lastSequence: 99 },
      { kind: 'inserted', ...place, firstSequence: 8, lastSequence: 8 },
    ]);
  });

  test('a record added to a certified segment at another time than the segment says', async () => {
    const { report, chains } = await after(({ first }) =>
      command(
        `INSERT INTO audit.records (record_id, chain_id, segment_id, sequence, occurred_at)
         SELECT generateUUIDv4(), chain_id, segment_id, 6, now() - INTERVAL 5 DAY
         FROM audit.records WHERE chain_id = {chain:UUID} AND sequence = 6`,
        { chain: first.id },
      ),
    );
    const { chain, segment } = at(chains.first.written[2]);
    expect(report.findings).toMatchObject([{ kind: 'inserted', chain, segment, firstSequence: 6 }]);
  });

  test('records of a segment that nobody has certified, also when they claim to come from the future', async () => {
    const { report } = await after(() =>
      command(
        `INSERT INTO audit.records (record_id, chain_id, segment_id, sequence, occurred_at, service_name, ingested_at) VALUES
         (generateUUIDv4(), '00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002', 1, now() - 5, 'shop', now64(3)),
         (generateUUIDv4(), '00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000004', 1, now() - 5, 'shop', now64(3) + 7200)`,
      ),
    );
    expect(report.findings.map(({ kind, segment }) => [kind, segment]).sort()).toEqual([
      ['inserted', '00000000-0000-4000-8000-000000000002'],
      ['inserted', '00000000-0000-4000-8000-000000000004'],
    ]);
  });

  test('records that nobody has certified, to which somebody adds a fresh one now and then', async () => {
    const { report } = await after(async () => {
      const forged = [randomUUID(), randomUUID()];
      for (const minutes of [90, 60, 0]) {
        await command(
          `INSERT INTO audit.records (record_id, chain_id, segment_id, sequence, occurred_at, ingested_at)
           SELECT generateUUIDv4(), {chain:UUID}, {segment:UUID}, ${100 - minutes}, now(), now64(3) + INTERVAL 1 HOUR - INTERVAL ${minutes} MINUTE`,
          { chain: forged[0], segment: forged[1] },
        );
      }
    });
    expect(report.counts).toEqual({ inserted: 1 });
    expect(report.findings[0]?.text).toMatch(/^3 records: nobody has certified their segment/);
  });

  test('an entry that was deleted in the middle of its chain', async () => {
    const { report, chains } = await after(({ first }) =>
      command('DELETE FROM audit.segments WHERE chain_id = {chain:UUID} AND number = 3', { chain: first.id }),
    );
    expect(report.findings).toMatchObject([
      {
        kind: 'missing-segment',
        chain: chains.first.id,
        number: 3,
        lastNumber: 3,
        firstSequence: 5,
        lastSequence: 9,
      },
      {
        kind: 'inserted',
        segment: at(chains.first.written[2])['segment'],
        firstSequence: 5,
        lastSequence: 9,
      },
    ]);
  });

  test('a segment that was deleted with its entry', async () => {
    const { report, chains } = await after(async ({ first }) => {
      const chain = { chain: first.id, segment: first.written[2]?.segment.id };
      await command('DELETE FROM audit.segments WHERE chain_id = {chain:UUID} AND number = 3', chain);
      await command('DELETE FROM audit.records WHERE segment_id = {segment:UUID}', chain);
    });
    expect(report.findings).toMatchObject([
      { kind: 'missing-segment', chain: chains.first.id, number: 3, firstSequence: 5, lastSequence: 9 },
    ]);
  });

  test('the beginning of a chain', async () => {
    const { report, chains } = await after(({ second }) =>
      command('DELETE FROM audit.segments WHERE chain_id = {chain:UUID} AND number = 1', {
        chain: second.id,
      }),
    );
    expect(report.findings).toMatchObject([
      { kind: 'missing-head', chain: chains.second.id, number: 2 },
      { kind: 'inserted', chain: chains.second.id, firstSequence: 1, lastSequence: 2 },
    ]);
  });

  test('the end of a chain that another names', async () => {
    const { report, chains } = await after(async ({ first }) => {
      const chain = { chain: first.id };
      await command('DELETE FROM audit.segments WHERE chain_id = {chain:UUID} AND number > 4', chain);
      await command('DELETE FROM audit.records WHERE chain_id = {chain:UUID} AND sequence > 9', chain);
    });
    expect(report.findings.map(({ kind, chain, number }) => ({ kind, chain, number }))).toEqual(
      expect.arrayContaining([
        { kind: 'unfinished', chain: chains.first.id, number: 4 },
        { kind: 'missing-chain', chain: chains.first.id, number: 6 },
      ]),
    );
    expect(report.findings).toHaveLength(2);
  });

  test('a whole chain that another names', async () => {
    const { report, chains } = await after(async ({ first }) => {
      for (const table of ['segments', 'records'])
        await command(`DELETE FROM audit.${table} WHERE chain_id = {chain:UUID}`, { chain: first.id });
    });
    expect(report.findings).toMatchObject([{ kind: 'missing-chain', chain: chains.first.id, number: 6 }]);
  });

  test('the newest chain, where an earlier report knows it', async () => {
    const { second, all } = await written();
    await deliver(store(), all);
    const known = (await verified()).heads;
    for (const table of ['segments', 'records'])
      await command(`DELETE FROM audit.${table} WHERE chain_id = {chain:UUID}`, { chain: second.id });
    expect(await verified()).toMatchObject({ verdict: 'good' });
    expect((await verified({ known })).findings).toMatchObject([
      { kind: 'missing-chain', chain: second.id, number: 3 },
    ]);
  });

  test('a table that was emptied, and a partition that was dropped', async () => {
    const emptied = await after(() => command('TRUNCATE TABLE audit.records'));
    expect(emptied.report.counts).toEqual({ deleted: 7 });
    await command('TRUNCATE TABLE audit.segments');
    const dropped = await after(async () => {
      const parts = await store().query<{ partition: string }>(
        "SELECT DISTINCT partition FROM system.parts WHERE database = 'audit' AND table = 'records' AND active",
      );
      for (const { partition } of parts)
        await command(`ALTER TABLE audit.records DROP PARTITION ${partition}`);
    });
    expect(dropped.report.counts).toEqual({ deleted: 7 });
    await command('TRUNCATE TABLE audit.segments');
    const unsealed = await after(() => command('TRUNCATE TABLE audit.segments'));
    expect(unsealed.report.counts).toEqual({ inserted: 7 });
  });

  test('a segment that was made anew with its seal, by somebody without the key', async () => {
    const { report, chains } = await after(async ({ first }) => {
      const forged = new WrittenChain();
      Object.assign(forged, { id: first.id });
      for (const row of [3, 1]) await forged.add(row);
      const { segment, sealed, certificate } = await forged.add(5, 'records', {
        record: { actor_id: 'nobody' },
        seal: { previous: first.written[1]?.sealed.hash ?? '' },
      });
      expect(sealed.seal.number).toBe(3);
      const chain = { chain: first.id };
      await command('DELETE FROM audit.segments WHERE chain_id = {chain:UUID} AND number = 3', chain);
      await command(
        'DELETE FROM audit.records WHERE chain_id = {chain:UUID} AND sequence BETWEEN 5 AND 9',
        chain,
      );
      await insertRows(store(), segment);
      await insertCertificates(store(), [certificate]);
    });
    expect(report.findings).toMatchObject([
      { kind: 'broken-link', chain: chains.first.id, number: 4 },
      { kind: 'forged', chain: chains.first.id, number: 3 },
    ]);
  });

  test('a seal that was put beside the genuine one, with a signature of its own', async () => {
    const stranger = generateKeyPairSync('ed25519').privateKey.export({
      format: 'pem',
      type: 'pkcs8',
    }) as string;
    const { report, chains } = await after(async ({ first }) => {
      const genuine = first.written[2] as WrittenSegment;
      const text = genuine.sealed.text.replace('"rows":5', '"rows":4');
      await insertCertificates(store(), [
        await certify({ ...genuine.sealed, text }, '', createSigner(stranger)),
      ]);
    });
    expect(report.findings.filter(({ kind }) => kind === 'replaced')).toMatchObject([
      { chain: chains.first.id, number: 3 },
    ]);
    expect(report.findings[0]?.text).toContain('the one with the valid signature is genuine');
  });

  test('an edit behind which somebody has put an entry that promises the edited rows, also without keys', async () => {
    const chains = await written();
    await deliver(store(), chains.all);
    const edited = chains.first.written[2] as WrittenSegment;
    await command(
      "ALTER TABLE audit.records UPDATE actor_id = 'x' WHERE chain_id = {chain:UUID} AND sequence = 7",
      {
        chain: chains.first.id,
      },
    );
    const [row] = await store().query<{ digest: string }>(
      `SELECT lower(hex(SHA256(arrayStringConcat(groupArray(row))))) AS digest FROM (SELECT formatRow('RowBinary', * EXCEPT ingested_at) AS row FROM audit.records WHERE segment_id = {segment:UUID} ORDER BY sequence)`,
      { segment: edited.segment.id },
    );
    const { occurredFrom, occurredTo } = edited.sealed.seal;
    for (const first of ['00000000', 'ffffffff']) {
      const forged = new WrittenChain();
      Object.assign(forged, { id: first + forged.id.slice(8) });
      const seal = { digest: row?.digest ?? '', segment: edited.segment.id, occurredFrom, occurredTo };
      const { certificate } = await forged.add(5, 'closing', { seal });
      await insertCertificates(store(), [certificate]);
    }
    const report = await verified({ keys: [] });
    expect(report.findings).toMatchObject([{ kind: 'edited', ...at(edited) }]);
  });

  test('a text that is no seal, and a signature that is none', async () => {
    const { report, chains } = await after(async ({ first }) => {
      const { certificate } = first.written[0] as WrittenSegment;
      await insertCertificates(store(), [
        { seal: '{"chain":1}', shortfall: '', signature: '', keyId: '' },
        { ...certificate, signature: `${certificate.signature.slice(0, -8)}AAAAAAAA` },
      ]);
    });
    expect(report.findings).toMatchObject([
      { kind: 'forged', number: 0 },
      { kind: 'forged', ...at(chains.first.written[0]) },
    ]);
  });

  test('a shortfall that was invented to excuse a deletion', async () => {
    const { report, chains } = await after(async ({ first }) => {
      const { certificate } = first.written[2] as WrittenSegment;
      const shortfall = JSON.stringify({
        digest: '0'.repeat(64),
        missing: [{ first: 5, last: 5, reason: 'refused' }],
      });
      await insertCertificates(store(), [{ ...certificate, shortfall }]);
      await command('DELETE FROM audit.records WHERE chain_id = {chain:UUID} AND sequence = 5', {
        chain: first.id,
      });
    });
    expect(report.findings).toMatchObject([
      { kind: 'forged', ...at(chains.first.written[2]) },
      { kind: 'deleted', ...at(chains.first.written[2]), firstSequence: 5, lastSequence: 5 },
    ]);
  });

  test('a retention that was shortened', async () => {
    try {
      const { report } = await after(() =>
        command('ALTER TABLE audit.records MODIFY TTL toDateTime(occurred_at) + INTERVAL 3 DAY'),
      );
      expect(report.findings).toMatchObject([{ kind: 'retention' }]);
      expect(report.findings[0]?.text).toContain('after 3 days, not after 400');
    } finally {
      await command('ALTER TABLE audit.records MODIFY TTL toDateTime(occurred_at) + INTERVAL 400 DAY');
    }
  });
});

describe('is told from tampering:', () => {
  test('records that are older than the retention and gone, wholly', async () => {
    const old = new WrittenChain({ signer, startMillis: Date.now() - 500 * 24 * HOUR });
    await old.add(4);
    await old.add(0, 'closing');
    await deliver(store(), old.written);
    await command('TRUNCATE TABLE audit.records');
    expect(await verified()).toMatchObject({ verdict: 'good', totals: { expired: 1 } });
    expect((await verified({ retentionDays: 600 })).counts).toEqual({ deleted: 1, retention: 1 });
  });

  test('a segment that was delivered twice, rows and entry', async () => {
    const { first, all } = await written();
    await deliver(store(), all);
    await deliver(store(), [first.written[2] as WrittenSegment]);
    const report = await verified();
    expect(report).toMatchObject({
      verdict: 'good',
      totals: { segments: 9, duplicates: 5 },
      counts: { duplicate: 1 },
    });
  });

  test('records that were purged, from the store and in an archive, unless the purge is not vouched for', async () => {
    const { first, all } = await written();
    await deliver(store(), all);
    const segment = first.written[2]?.segment.id ?? '';
    await command('DELETE FROM audit.records WHERE segment_id = {segment:UUID} AND sequence < 8', {
      segment,
    });
    const [left] = await store().query<{ digest: string }>(
      `SELECT lower(hex(SHA256(arrayStringConcat(groupArray(row))))) AS digest FROM (SELECT formatRow('RowBinary', * EXCEPT ingested_at) AS row FROM audit.records WHERE segment_id = {segment:UUID} ORDER BY sequence)`,
      { segment },
    );
    const amendment = { segment, rowsLeft: 2, digestLeft: left?.digest ?? '' };
    const purge = randomUUID();
    await store().client.insert({
      table: 'audit.purges',
      values: [{ purge_id: purge, segment_id: segment, rows_left: 2, digest_left: amendment.digestLeft }],
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0 },
    });
    expect((await verified()).counts).toEqual({ deleted: 1 });

    const digest = new PurgeDigest();
    digest.add(amendment);
    const own = new WrittenChain({ signer, startMillis: Date.now() - HOUR });
    const attributes = { [PURGE_DIGEST_ATTRIBUTE]: digest.digest() };
    await own.add(1, 'closing', { record: { record_id: purge, action: 'purge', attributes } });
    await deliver(store(), own.written);
    expect(await verified()).toMatchObject({ verdict: 'good', totals: { purged: 1 } });

    const directory = await mkdtemp(join(tmpdir(), 'audit-register-purge-'));
    try {
      const period = { from: '', to: '', service: '' };
      const path = join(directory, 'archive');
      const { client } = store();
      const source = await openClickHouseSource({ client, database: 'audit', name: 'the test', period });
      await writeAtOnce(path, false, (write) => exportArchive(source, period, { write }));
      const settings = { period, keys, retentionDays: undefined, known: [], heartbeatIntervalMillis: 60_000 };
      expect(await verify(await openArchiveSource(path), settings)).toMatchObject({
        verdict: 'good',
        totals: { purged: 1, records: 24 },
      });
    } finally {
      await rm(directory, { recursive: true });
    }

    await command("ALTER TABLE audit.records UPDATE actor_id = 'x' WHERE record_id = {purge:UUID}", {
      purge,
    });
    expect((await verified()).counts).toEqual({ deleted: 1, edited: 1 });
  });

  test('records that the store refused, as the certificate owns up to', async () => {
    const chain = new WrittenChain({ signer });
    const whole = await chain.add(3);
    const rest = await chain.add(0, 'closing');
    await insertRows(store(), whole.segment);
    await command('DELETE FROM audit.records WHERE chain_id = {chain:UUID} AND sequence = 2', {
      chain: chain.id,
    });
    const [digest] = await store().query<{ digest: string }>(
      `SELECT lower(hex(SHA256(arrayStringConcat(groupArray(row))))) AS digest FROM (SELECT formatRow('RowBinary', * EXCEPT ingested_at) AS row FROM audit.records ORDER BY sequence)`,
    );
    const shortfall = JSON.stringify({
      digest: digest?.digest,
      missing: [{ first: 2, last: 2, reason: 'refused' }],
    });
    await insertCertificates(store(), [await certify(whole.sealed, shortfall, signer), rest.certificate]);
    expect(await verified()).toMatchObject({ verdict: 'good', counts: { 'dead-letters': 1 } });
  });
});

test('a period takes the segments that lie in it, and knows what lies around', async () => {
  const chain = new WrittenChain({ signer, startMillis: Date.parse('2026-11-01T10:00:00Z') });
  for (let segment = 0; segment < 5; segment++) {
    await chain.add(2);
    chain.wait(HOUR);
  }
  await chain.add(0, 'closing');
  await deliver(store(), chain.written);
  const period = { from: '2026-11-01T11:30:00Z', to: '2026-11-01T13:30:00Z', service: '' };
  const report = await verified({ period });
  expect(report).toMatchObject({
    verdict: 'good',
    totals: { chains: 1, segments: 2, records: 4, checked: 4 },
    counts: { outside: 2 },
  });
  await command('DELETE FROM audit.segments WHERE number = 2');
  expect((await verified({ period })).findings).toMatchObject([{ kind: 'missing-head', number: 3 }]);
  expect(await verified({ period: { ...period, service: 'other' } })).toMatchObject({ verdict: 'nothing' });
});

test('a reader verifies, who may do nothing but read', async () => {
  const { all } = await written();
  await deliver(store(), all);
  const { createStoreClient } = await import('../../src/store/client.ts');
  const client = createStoreClient(store().config('audit_reader'));
  try {
    const period = { from: '', to: '', service: '' };
    const source = await openClickHouseSource({ client, database: 'audit', name: 'reader', period });
    const report = await verify(source, {
      period,
      keys,
      retentionDays: undefined,
      known: [],
      heartbeatIntervalMillis: 60_000,
    });
    expect(report).toMatchObject({ verdict: 'good', totals: { checked: 23 }, retentionDays: 400 });
  } finally {
    await client.close();
  }
});
