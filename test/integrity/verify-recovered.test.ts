import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { openArchiveSource } from '../../src/integrity/archive-source.ts';
import { openClickHouseSource } from '../../src/integrity/clickhouse-source.ts';
import { NO_ROWS } from '../../src/integrity/evidence.ts';
import type { EvidenceSource } from '../../src/integrity/evidence.ts';
import { writeAtOnce } from '../../src/export/partial-file.ts';
import { exportArchive } from '../../src/integrity/export-archive.ts';
import { parsePublicKeys } from '../../src/integrity/keys.ts';
import type { Report } from '../../src/integrity/report.ts';
import { sealText } from '../../src/integrity/seal.ts';
import type { SealText, SegmentKind } from '../../src/integrity/seal.ts';
import { createSigner } from '../../src/integrity/signature.ts';
import type { Signer } from '../../src/integrity/signature.ts';
import { verify } from '../../src/integrity/verify.ts';
import { useClickHouse } from '../support/clickhouse.ts';
import { WrittenChain, certify, deliver, insertCertificates, insertRows } from './written-chain.ts';
import type { WrittenSegment } from './written-chain.ts';

const store = useClickHouse();
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const signer = createSigner(privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
const keys = parsePublicKeys(publicKey.export({ format: 'pem', type: 'spki' }) as string, 'key');
const period = { from: '', to: '', service: '' };
const HOUR = 3_600_000;

function sourceOf(): Promise<EvidenceSource> {
  return openClickHouseSource({ client: store().client, database: 'audit', name: 'the test', period });
}

async function verified(given = keys, source?: EvidenceSource): Promise<Report> {
  return verify(source ?? (await sourceOf()), {
    period,
    keys: given,
    retentionDays: undefined,
    known: [],
    heartbeatIntervalMillis: 60_000,
  });
}

async function command(query: string, params: Record<string, unknown> = {}): Promise<void> {
  const settings = { mutations_sync: '2' } as const;
  await store().client.command({ query, query_params: params, clickhouse_settings: settings });
}

async function digestUpTo(chain: WrittenChain, last: number): Promise<string> {
  const [row] = await store().query<{ digest: string }>(
    `SELECT lower(hex(SHA256(arrayStringConcat(groupArray(row))))) AS digest
     FROM (SELECT formatRow('RowBinary', * EXCEPT ingested_at) AS row FROM audit.records
           WHERE chain_id = {chain:UUID} AND sequence <= {last:UInt64} ORDER BY sequence)`,
    { chain: chain.id, last },
  );
  return row?.digest ?? '';
}

/** The seal that an heir makes of the first rows of the first segment, from what was left of its file. */
async function copyOf(chain: WrittenChain, last: number, digest?: string): Promise<SealText> {
  const { seal } = (chain.written[0] as WrittenSegment).sealed;
  return sealText({
    ...seal,
    kind: 'records',
    last,
    rows: last,
    digest: digest ?? (await digestUpTo(chain, last)),
    occurredTo: String(BigInt(seal.occurredFrom) + BigInt(last - 1) * 1_000_000n),
  });
}

function endBehind({ seal, hash }: SealText): SealText {
  return sealText({
    ...seal,
    segment: seal.chain,
    number: seal.number + 1,
    kind: 'abandoned',
    first: seal.last + 1,
    rows: 0,
    digest: NO_ROWS.digest,
    previous: hash,
    occurredFrom: '0',
    occurredTo: '0',
  });
}

async function certificatesOf(by: Signer | undefined, ...seals: SealText[]): Promise<void> {
  for (const sealed of seals) await insertCertificates(store(), [await certify(sealed, '', by)]);
}

async function delivered(...kinds: SegmentKind[]): Promise<WrittenChain> {
  const chain = new WrittenChain({ signer, startMillis: Date.now() - HOUR });
  for (const kind of kinds) await chain.add(kind === 'records' || kinds.length === 1 ? 5 : 0, kind);
  await deliver(store(), chain.written);
  await command(
    'ALTER TABLE audit.segments UPDATE ingested_at = now64(3) - INTERVAL 30 MINUTE WHERE number > 0',
  );
  return chain;
}

function kindsOf({ findings }: Report): string[] {
  return findings.map(({ kind }) => kind).sort();
}

beforeEach(async () => {
  for (const table of ['records', 'segments', 'purges']) await command(`TRUNCATE TABLE audit.${table}`);
});

describe('a seal that an heir has recovered of a segment that had arrived whole', () => {
  test.each([
    ['with keys', keys],
    ['without keys', []],
  ])('is a note %s, and the end that follows it closes the chain', async (_what, given) => {
    const chain = await delivered('records');
    const copy = await copyOf(chain, 3);
    await certificatesOf(signer, copy, endBehind(copy));
    const report = await verified(given);
    expect(report.findings).toEqual([]);
    expect(report).toMatchObject({
      verdict: 'good',
      totals: { records: 5, checked: 5, segments: 2 },
      counts: { 'recovered-copy': 1 },
      heads: [{ number: 2, closed: true }],
    });
  });

  test('is a note where its rows were sent once more', async () => {
    const chain = await delivered('records', 'closing');
    await certificatesOf(signer, await copyOf(chain, 3));
    await insertRows(store(), (chain.written[0] as WrittenSegment).segment);
    expect(await verified()).toMatchObject({
      verdict: 'good',
      counts: { 'recovered-copy': 1, duplicate: 1 },
    });
  });

  test('is a note where the segment had ended its chain', async () => {
    const chain = await delivered('closing');
    const copy = await copyOf(chain, 2);
    await certificatesOf(signer, copy, endBehind(copy));
    expect(await verified()).toMatchObject({
      verdict: 'good',
      counts: { 'recovered-copy': 1, 'closed-early': 1 },
    });
  });

  test('is a note in an archive, too', async () => {
    const chain = await delivered('records');
    const copy = await copyOf(chain, 3);
    await certificatesOf(signer, copy, endBehind(copy));
    const directory = await mkdtemp(join(tmpdir(), 'audit-register-recovered-'));
    try {
      const path = join(directory, 'archive');
      const source = await sourceOf();
      await writeAtOnce(path, false, (write) => exportArchive(source, period, { write }));
      expect(await verified(keys, await openArchiveSource(path))).toMatchObject({
        verdict: 'good',
        counts: { 'recovered-copy': 1 },
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('a shorter seal is tampering', () => {
  test.each([
    ['with keys', keys],
    ['without keys', []],
  ])('where the rows were cut to it, %s', async (_what, given) => {
    const chain = await delivered('records', 'closing');
    await certificatesOf(signer, await copyOf(chain, 3));
    await command('DELETE FROM audit.records WHERE sequence > 3');
    expect(kindsOf(await verified(given))).toEqual(['deleted', 'replaced']);
  });

  test('where it is not signed and the genuine one is, though all rows are there', async () => {
    const chain = await delivered('records', 'closing');
    await certificatesOf(undefined, await copyOf(chain, 3));
    expect(kindsOf(await verified())).toEqual(['replaced']);
  });

  test('where it promises other rows than the first that are stored', async () => {
    const chain = await delivered('records', 'closing');
    await certificatesOf(signer, await copyOf(chain, 3, 'a'.repeat(64)));
    expect(kindsOf(await verified())).toContain('replaced');
  });

  test('where the rows were edited', async () => {
    const chain = await delivered('records', 'closing');
    await certificatesOf(signer, await copyOf(chain, 3));
    await command("ALTER TABLE audit.records UPDATE actor_id = 'nobody' WHERE sequence = 5");
    expect(kindsOf(await verified())).toEqual(expect.arrayContaining(['edited', 'replaced']));
  });

  test('where records go on from it', async () => {
    const chain = await delivered('records');
    const copy = await copyOf(chain, 3);
    const next = await chain.add(2, 'closing', { seal: { first: 4, last: 5, previous: copy.hash } });
    await certificatesOf(signer, copy);
    await insertCertificates(store(), [next.certificate]);
    expect(kindsOf(await verified())).toContain('reordered');
  });
});
