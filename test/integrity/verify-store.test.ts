import { beforeEach, describe, expect, test } from 'vitest';
import { generateKeyPairSync } from 'node:crypto';
import { openClickHouseSource } from '../../src/integrity/clickhouse-source.ts';
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
const LONG_AGO = '2026-01-01 00:00:00';
const HOUR = 3_600_000;

async function verified(options: Partial<VerifyOptions> = {}): Promise<Report> {
  const period = options.period ?? { from: '', to: '', service: '' };
  const source = await openClickHouseSource({
    client: store().client,
    database: 'audit',
    name: 'the test',
    period,
  });
  return verify(source, {
    period,
    keys,
    retentionDays: undefined,
    known: [],
    heartbeatIntervalMillis: 60_000,
    ...options,
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

/** Certificates came in long ago, so that nothing may be underway. */
async function delivered(all: readonly WrittenSegment[]): Promise<void> {
  for (const { segment } of all) await insertRows(store(), segment);
  await insertCertificates(
    store(),
    all.map(({ certificate }) => certificate),
    LONG_AGO,
  );
}

beforeEach(async () => {
  for (const table of ['records', 'segments', 'purges']) await command(`TRUNCATE TABLE audit.${table}`);
});

describe('a register that nobody has touched', () => {
  test('is good, and the report names what was looked at', async () => {
    const { first, second, all } = await written();
    await delivered(all);
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
    await delivered((await written()).all);
    const period = { from: '2020-01-01', to: '2020-02-01', service: '' };
    expect(await verified({ period })).toMatchObject({ verdict: 'nothing', totals: { segments: 0 } });
  });
});
